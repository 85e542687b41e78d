"""RES multistep: one call a step, with the exact integral of a line through the last two predictions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from promptkit_samplers.legs import Leg, LegScheduler, towards

if TYPE_CHECKING:
    from torch import Tensor


class RESMultistep(LegScheduler):
    """Second-order multistep exponential integrator (Zhang et al., arXiv:2308.02157, section 4): over λ = −log σ,
    x̂(λ + h) = e^−h x̂ + h φ₁(−h) D + h² φ₂(−h) D′, with D′ from the last two predictions."""

    def __init__(self, **noise: Any) -> None:
        super().__init__(**noise)
        self._before: float | None = None
        """σ of the step before."""

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        super().set_timesteps(num_inference_steps, device)
        self._before = None

    def plan(self, num_inference_steps: int) -> Iterator[Leg]:
        levels = self.levels(num_inference_steps)
        for now, then in itertools.pairwise(levels):
            yield Leg(start=now, down=then)

    def first(self, leg: Leg, sample: Tensor, denoised: Tensor) -> Tensor:
        found = towards(sample, denoised, leg.down / leg.start)
        if self._kept and self._before is not None and leg.down:
            length, before = math.log(leg.start / leg.down), math.log(self._before / leg.start)
            bend = length + math.expm1(-length)  # h² φ₂(−h)
            found = found + (denoised - self._kept[0]) * (bend / before)
        self._kept, self._before = [denoised], leg.start
        return found
