"""What the solvers share: noise levels, and a run cut into legs.

All is said of x̂ = x / √ᾱ, whose noise level is σ = √((1 − ᾱ) / ᾱ): there the ideal path is dx̂/dσ = (x̂ − D) / σ with D
the predicted picture (Karras et al., arXiv:2206.00364, eq. 3 and 7). A leg follows that path from ``start`` down to
``down``, and then adds fresh noise of standard deviation ``up``. A solver says how it goes down; where to and how often
is its plan.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One step of the user's, in noise levels σ ≥ 0."""

    start: float
    down: float
    up: float = 0.0
    """Standard deviation of the noise that is added at the end."""
    middle: float | None = None
    """Where a solver of two calls asks the model again; ``None`` where one call is enough."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a step gives."""

    prev_sample: Tensor
    pred_original_sample: Tensor


class LegScheduler:
    """A scheduler that runs legs. Subclasses write ``plan`` and ``first``, and ``second`` where they call twice.

    Tensors it keeps between calls are shaped like the latents, so a batch may lose rows on the way.
    """

    order = 1

    def __init__(self, *, s_noise: float = 1.0, **noise: Any) -> None:
        """Take a model's own noise, in the words of diffusers' ``EulerDiscreteScheduler``, which knows its levels."""
        from diffusers import EulerDiscreteScheduler

        known = inspect.signature(EulerDiscreteScheduler.__init__).parameters
        self.s_noise = s_noise
        self.noise = EulerDiscreteScheduler(**{name: value for name, value in noise.items() if name in known})
        self.legs: tuple[Leg, ...] = ()
        self.timesteps: Any = None
        self._calls: list[tuple[Leg, bool]] = []
        self._at = 0
        self._kept: list[Tensor] = []

    @property
    def alphas_cumprod(self) -> Tensor:
        return self.noise.alphas_cumprod

    @property
    def init_noise_sigma(self) -> float:
        return float(self.noise.init_noise_sigma)

    def plan(self, num_inference_steps: int) -> Iterable[Leg]:
        """Return one leg a step, the last of which goes down to 0."""
        raise NotImplementedError

    def first(self, leg: Leg, sample: Tensor, denoised: Tensor) -> Tensor:
        """Return x̂ at the leg's middle, or at its end where it has none."""
        raise NotImplementedError

    def second(self, leg: Leg, sample: Tensor, denoised: Tensor) -> Tensor:
        """Return x̂ at the leg's end, from x̂ and D at its middle."""
        raise NotImplementedError

    def levels(self, num_inference_steps: int) -> list[float]:
        """Return the noise levels of so many steps as the model has them, from the highest down to 0."""
        self.noise.set_timesteps(num_inference_steps)
        return [float(sigma) for sigma in self.noise.sigmas]

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        import torch

        self.legs = tuple(self.plan(num_inference_steps))
        self._calls = [
            (leg, again) for leg in self.legs for again in ([False] if leg.middle is None else [False, True])
        ]
        self._at, self._kept = 0, []
        times = self._times([_level(leg, again) for leg, again in self._calls])
        self.timesteps = torch.tensor(times, dtype=torch.float32, device=device)

    def scale_model_input(self, sample: Tensor, timestep: Any = None) -> Tensor:  # noqa: ARG002
        """Return x = √ᾱ x̂, which is what the model was trained to see."""
        return sample / (_level(*self._calls[self._at]) ** 2 + 1) ** 0.5

    def step(
        self,
        model_output: Tensor,
        timestep: Any,  # noqa: ARG002
        sample: Tensor,
        generator: Generator | Sequence[Generator] | None = None,
    ) -> Answer:
        """Return the next x̂ and D; ``generator`` draws the noise, one a row."""
        leg, again = self._calls[self._at]
        self._at += 1
        x = sample.float()
        denoised = self._denoised(model_output.float(), x, _level(leg, again))
        found = self.second(leg, x, denoised) if again else self.first(leg, x, denoised)
        if leg.up and (again or leg.middle is None):
            found = found + self._drawn(found, generator) * (leg.up * self.s_noise)
        return Answer(prev_sample=found.to(sample.dtype), pred_original_sample=denoised.to(sample.dtype))

    def _denoised(self, model_output: Tensor, sample: Tensor, sigma: float) -> Tensor:
        """Return D from what the model predicts: noise, v (Salimans and Ho, arXiv:2202.00512), or D itself."""
        predicts = self.noise.config.prediction_type
        if predicts == "sample":
            return model_output
        if predicts == "v_prediction":
            return sample / (sigma**2 + 1) - model_output * (sigma / (sigma**2 + 1) ** 0.5)
        return sample - sigma * model_output

    @staticmethod
    def _drawn(like: Tensor, generator: Any) -> Tensor:
        from diffusers.utils.torch_utils import randn_tensor

        return randn_tensor(like.shape, generator=generator, device=like.device, dtype=like.dtype)

    def _times(self, sigmas: Sequence[float]) -> list[float]:
        """Return the model's timesteps of noise levels; between whole ones by the logarithm of σ."""
        import numpy as np

        alphas = self.alphas_cumprod.double().numpy()
        table = 0.5 * np.log((1 - alphas) / alphas)
        return [float(time) for time in np.interp(np.log(sigmas), table, np.arange(len(table)))]


def _level(leg: Leg, again: bool) -> float:
    return leg.middle if again and leg.middle is not None else leg.start


def towards(sample: Tensor, denoised: Tensor, share: float) -> Tensor:
    """Go straight towards D until ``share`` of the noise is left: Euler's step, which is exact where D stays."""
    return share * sample + (1 - share) * denoised
