"""The built-in searches, as an ordinary plugin."""

from __future__ import annotations

from collections.abc import Sequence

from promptkit.hookspecs import hookimpl
from promptkit.interfaces import SearchStrategy
from promptkit.searches.best_of_n import BestOfNStrategy
from promptkit.searches.halving import HalvingStrategy


@hookimpl(trylast=True)
def register_searches() -> Sequence[SearchStrategy]:
    return [BestOfNStrategy(), HalvingStrategy()]
