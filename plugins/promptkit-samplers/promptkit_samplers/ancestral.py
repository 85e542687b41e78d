"""DPM++ 2S ancestral: two calls a step, and fresh noise after each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from promptkit_samplers.legs import Leg, LegScheduler, towards

if TYPE_CHECKING:
    from torch import Tensor


class DPMPP2SAncestral(LegScheduler):
    """DPM-Solver++(2S) (Lu et al., arXiv:2211.01095, algorithm 1, r = ½) down to less noise than the next level has,
    and the rest of that level's noise drawn anew, as ``sample_dpmpp_2s_ancestral`` of k-diffusion has it.

    ``eta`` from 0, no fresh noise, to 1.
    """

    order = 2

    def __init__(self, *, eta: float = 1.0, **noise: Any) -> None:
        super().__init__(**noise)
        self.eta = eta

    def plan(self, num_inference_steps: int) -> Iterator[Leg]:
        levels = self.levels(num_inference_steps)
        for now, then in itertools.pairwise(levels):
            fresh = min(then, self.eta * then * max(0.0, 1 - (then / now) ** 2) ** 0.5)
            down = max(0.0, then**2 - fresh**2) ** 0.5
            yield Leg(start=now, down=down, up=fresh, middle=(now * down) ** 0.5 if down else None)

    def first(self, leg: Leg, sample: Tensor, denoised: Tensor) -> Tensor:
        """Go to the middle, in log σ, of the leg."""
        self._kept = [sample]
        return towards(sample, denoised, (leg.middle or leg.down) / leg.start)

    def second(self, leg: Leg, sample: Tensor, denoised: Tensor) -> Tensor:  # noqa: ARG002
        """Go from the leg's start to its end by what the model says in the middle."""
        (began,) = self._kept
        return towards(began, denoised, leg.down / leg.start)
