"""The built-in rankers, as an ordinary plugin."""

from __future__ import annotations

from collections.abc import Sequence

from promptkit.hookspecs import hookimpl
from promptkit.interfaces import RankerLoader
from promptkit.rankers.clip import ClipLoader
from promptkit.rankers.plain import PlainClipLoader


@hookimpl(trylast=True)
def register_rankers() -> Sequence[RankerLoader]:
    return [ClipLoader(), PlainClipLoader()]
