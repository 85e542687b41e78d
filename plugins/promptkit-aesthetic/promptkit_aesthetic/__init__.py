"""Rankers that look at the picture alone, whatever the prompt says."""

from __future__ import annotations

from collections.abc import Sequence

from promptkit import hookimpl
from promptkit.interfaces import RankerLoader
from promptkit_aesthetic.head import AestheticLoader
from promptkit_aesthetic.statistics import StatisticsLoader


@hookimpl
def register_rankers() -> Sequence[RankerLoader]:
    return [AestheticLoader(), StatisticsLoader()]
