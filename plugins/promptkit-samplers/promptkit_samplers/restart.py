"""Restart: down almost to the end, back up into more noise, and down again."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from promptkit_samplers.legs import Leg, LegScheduler, towards

if TYPE_CHECKING:
    from torch import Tensor

TWICE = 36
"""Steps from which on it goes back twice."""
LEAST = 6
"""Fewer steps leave none to go back with: it is Heun then."""
RHO = 7


class Restart(LegScheduler):
    """Heun's method that goes back up (Xu et al., Restart Sampling, arXiv:2306.14878, algorithm 2).

    From the level nearest ``low`` it returns to ``high`` with fresh noise and comes down again, once, or twice from 36
    steps on, each time with a quarter of the steps. Those count among the steps that were asked for.
    """

    order = 2

    def __init__(self, *, low: float = 0.1, high: float = 2.0, **noise: Any) -> None:
        super().__init__(**noise)
        self.low, self.high = low, high

    def plan(self, num_inference_steps: int) -> Iterator[Leg]:
        times = 0 if num_inference_steps < LEAST else 1 if num_inference_steps < TWICE else 2
        length = num_inference_steps // 4
        levels = self.levels(num_inference_steps - times * length)
        turn = min(range(1, len(levels) - 1), key=lambda at: abs(math.log(levels[at] / self.low)), default=0)
        high = min(self.high, levels[0])
        if not times or levels[turn] >= high:
            yield from _down(self.levels(num_inference_steps))
            return
        back = _between(high, levels[turn], length)
        fresh = (high**2 - levels[turn] ** 2) ** 0.5
        yield from _down(levels[: turn + 1], fresh)
        for time in range(times):
            yield from _down(back, fresh if time < times - 1 else 0.0)
        yield from _down(levels[turn:])

    def first(self, leg: Leg, sample: Tensor, denoised: Tensor) -> Tensor:
        """Go to the leg's end straight."""
        self._kept = [sample, (sample - denoised) / leg.start]
        return towards(sample, denoised, leg.down / leg.start)

    def second(self, leg: Leg, sample: Tensor, denoised: Tensor) -> Tensor:
        """Go there again by the mean of the slopes at both ends."""
        began, slope = self._kept
        return began + (slope + (sample - denoised) / leg.down) * ((leg.down - leg.start) / 2)


def _down(levels: Sequence[float], fresh: float = 0.0) -> Iterator[Leg]:
    """Yield legs from level to level, the last of them with fresh noise behind it."""
    for at, (now, then) in enumerate(itertools.pairwise(levels)):
        last = at == len(levels) - 2
        yield Leg(start=now, down=then, up=fresh if last else 0.0, middle=then or None)


def _between(high: float, low: float, steps: int) -> list[float]:
    """Return levels that are densest at low noise (Karras et al., arXiv:2206.00364, eq. 5)."""
    top, bottom = high ** (1 / RHO), low ** (1 / RHO)
    inner = [(top + at / steps * (bottom - top)) ** RHO for at in range(1, steps)]
    return [high, *inner, low]
