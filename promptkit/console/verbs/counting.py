"""What working verbs share: numbers of pictures, and how many."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptkit.console.bench import Bench
from promptkit.errors import PromptkitError

MOST = 10_000
"""The largest number that is taken for a count or a place."""
_NUMBER = re.compile(r"[0-9]{1,5}")


def number(text: str) -> int | None:
    """Return a whole number from 1 to ``MOST``; ``None`` for another text."""
    return int(text) if _NUMBER.fullmatch(text) and 1 <= int(text) <= MOST else None


def is_number(_: Bench, rest: str) -> bool:
    """Whether one number stands behind a verb."""
    return number(rest) is not None


def maybe_number(_: Bench, rest: str) -> bool:
    """Whether nothing stands behind a verb, or a number."""
    return not rest or number(rest) is not None


def places(bench: Bench, rest: str = "") -> Iterator[str]:
    """Complete the number of a picture of the run on show."""
    try:
        ranked = bench.shown.ranked
    except PromptkitError:
        return
    yield from (str(place) for place in range(1, len(ranked) + 1) if str(place).startswith(rest))
