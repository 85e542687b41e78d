"""An ideal model in closed form, for any scheduler: it knows one picture, whose every value is ``VALUE``.

For a diffusion x = α·x₀ + σ·n with σ² = 1 − α² (Ho et al., arXiv:2006.11239, Eq. 4), for a flow x = (1 − σ)·x₀ + σ·n
(Lipman et al., arXiv:2210.02747). Whatever the noise, a solver has to come out at the picture.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.records import FLOW

if TYPE_CHECKING:
    from torch import Tensor

VALUE = 0.7
SIDE = 4


V_PREDICTION = "diffusion that predicts v"
"""Salimans and Ho, arXiv:2202.00512."""


def own_scheduler(kind: str) -> Any:
    """Return the scheduler of a model of a kind: SD 1's of a ``diffusion``, SD 3's of a ``flow``, and the embedded
    model's, which predicts v and has another schedule of noise."""
    from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler

    from promptkit.embedded import pipeline_path

    if kind == FLOW:
        return FlowMatchEulerDiscreteScheduler(shift=3.0)
    if kind == V_PREDICTION:
        return DPMSolverMultistepScheduler.from_pretrained(str(pipeline_path() / "scheduler"))
    return DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="trailing")


@dataclass
class Step:
    """What went into one step of a scheduler and what came out."""

    sample: Tensor
    output: Tensor
    changed: bool
    """Whether the scheduler wrote into what it was handed."""


def denoise(own: Any, scheduler: Any, *, kind: str, steps: int, seeds: Sequence[int], start: int = 0) -> list[Step]:
    """Run a pipeline's loop on the ideal model of ``own``'s noise: float32 latents (seeds, 4, 4, 4), one generator a
    row.

    Row i begins with the noise of ``start + i``, and noise that is added on the way is drawn by its seed.
    """
    import torch

    scheduler.set_timesteps(steps)
    if hasattr(scheduler, "noise_sampler_seed"):
        scheduler.noise_sampler_seed = list(seeds)
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    shape = (1, SIDE, SIDE, SIDE)
    rows = [torch.randn(shape, generator=torch.Generator().manual_seed(start + row)) for row in range(len(seeds))]
    x = torch.cat(rows) * (1.0 if kind == FLOW else scheduler.init_noise_sigma)
    given = {"generator": generators} if "generator" in inspect.signature(scheduler.step).parameters else {}
    found = []
    for timestep in scheduler.timesteps:
        seen = x if kind == FLOW else scheduler.scale_model_input(x, timestep)
        predicted = _predicted(own, kind, seen, float(timestep))
        before = x.clone(), predicted.clone()
        output = scheduler.step(predicted, timestep, x, **given, return_dict=False)[0]
        changed = not (torch.equal(before[0], x) and torch.equal(before[1], predicted))
        found.append(Step(sample=x, output=output, changed=changed))
        x = output
    return found


def _predicted(own: Any, kind: str, x: Tensor, timestep: float) -> Tensor:
    """Return what the ideal model says of noisy x, in the words of its own scheduler."""
    if kind == FLOW:
        sigma = timestep / own.config.num_train_timesteps
        return (x - VALUE) / sigma
    alpha = _alpha(own, timestep)
    sigma = math.sqrt(1 - alpha**2)
    noise = (x - alpha * VALUE) / sigma
    return noise if own.config.prediction_type == "epsilon" else alpha * noise - sigma * VALUE


def _alpha(own: Any, timestep: float) -> float:
    """Return α of a timestep; between whole ones by the logarithm of σ / α, as k-diffusion has it."""
    import numpy as np

    alphas = own.alphas_cumprod.double().numpy()
    logarithms = 0.5 * np.log((1 - alphas) / alphas)
    return float(1 / math.sqrt(1 + math.exp(2 * np.interp(timestep, np.arange(len(logarithms)), logarithms))))
