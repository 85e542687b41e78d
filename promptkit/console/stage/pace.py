"""How often a half-finished picture is decoded to be looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERVAL = 0.25
"""Seconds between two previews at least: four a second."""
SHARE = 0.1
"""Of a run's time, what previews may take."""


class Pace:
    """Lets a preview through where it takes a tenth of the time since the last one at most, so that a run of slow
    decodes sees few of them and never loses more than a tenth. The first one shows what it costs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ended: float | None = None
        self.cost = 0.0
        """Seconds that the last preview took."""
        self.spent = 0.0
        """Seconds that all previews took."""
        self.count = 0

    @property
    def due(self) -> bool:
        if self._ended is None:
            return True
        return self._clock() - self._ended >= max(INTERVAL, self.cost / SHARE)

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Measure a preview that is made in the block."""
        begun = self._clock()
        yield
        self._ended = self._clock()
        self.cost = self._ended - begun
        self.spent += self.cost
        self.count += 1
