"""Any solver on a flow-matching model's own noise levels.

Pipelines of flows hand their noise levels and shift to ``set_timesteps``, and only some classes of diffusers take them.
So the levels are always worked out by one class that takes everything, FlowMatchEulerDiscreteScheduler, with the
model's own configuration; the sampler's class only integrates. Multistep solvers get even steps down to 0, as their
classes have it too: from a last level near 0 they would extrapolate far beyond what they know.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from promptkit.backends.samplers.suiting import is_flow

DEIS = "DEISMultistepScheduler"

NEARLY_ONE = 1 - 1e-6
"""The highest noise level for solvers that take its logarithmic signal-to-noise ratio, which is −∞ at 1."""

FAR_FROM_ONE = 1 - 1e-3
"""The same for DEIS, which divides by what is left of 1; diffusers' own flow levels begin there too."""

NEARLY_ZERO = 1e-3
"""The last noise level for solvers that cannot end at 0: ComfyUI has the same for UniPC."""

UNEVEN = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas")
"""Spreads that reach over all levels the model was trained on."""


def on_flow(scheduler: Any) -> dict[str, Any]:
    """Return the members that put a scheduler class on a flow's noise levels."""
    takes_shift = "sigmas" in inspect.signature(scheduler.set_timesteps).parameters

    def set_timesteps(
        self: Any,
        num_inference_steps: int | None = None,
        device: Any = None,
        sigmas: Sequence[float] | None = None,
        mu: float | None = None,
    ) -> None:
        """Set the noise levels of the steps; ``sigmas`` (1 to 0) and ``mu`` are what pipelines of flows hand over."""
        levels = _levels(self.config, num_inference_steps, sigmas, mu)
        own_levels = max(len(levels) - 1, 2)  # they are replaced below, and diffusers cannot stretch a single one
        scheduler.set_timesteps(self, own_levels, device=device, **({"mu": mu} if takes_shift else {}))
        times = levels[:-1] * self.config.num_train_timesteps
        if not is_flow(scheduler.__name__):
            levels[0] = levels[0].clamp(max=FAR_FROM_ONE if scheduler.__name__ == DEIS else NEARLY_ONE)
            levels[-1] = _last(self.config, scheduler.__name__)
        if self.order == 2:
            times = _twice(times[:1], times[1:])
            levels = _twice(levels[:1], levels[1:-1], levels[-1:])
        self.sigmas, self.timesteps = levels.to(self.sigmas.device), times.to(device)
        self.num_inference_steps = len(times)
        if hasattr(self, "set_begin_index"):
            self.set_begin_index(0)

    return {"set_timesteps": set_timesteps}


def _levels(config: Any, steps: int | None, sigmas: Sequence[float] | None, mu: float | None) -> Any:
    """Return the noise levels of the steps, from near 1 down to 0, shifted as the model has it; one more than steps.

    A single step is not stretched to end at ``shift_terminal``: it is the beginning and the end.
    """
    import numpy as np
    from diffusers import FlowMatchEulerDiscreteScheduler

    count = len(sigmas) if sigmas is not None else steps or 1
    spacing = config.get("timestep_spacing")
    if any(config.get(uneven) for uneven in UNEVEN) or spacing == "linspace":
        sigmas = np.linspace(1, 1 / config.num_train_timesteps, count).tolist()
    elif spacing == "trailing":
        sigmas = np.linspace(1, 1 / count, count).tolist()
    names = inspect.signature(FlowMatchEulerDiscreteScheduler.__init__).parameters
    own = {key: value for key, value in config.items() if key in names}
    if count == 1:
        own["shift_terminal"] = None
    schedule = FlowMatchEulerDiscreteScheduler(**own)
    schedule.set_timesteps(count, sigmas=sigmas, mu=mu)
    return schedule.sigmas


def _last(config: Any, scheduler: str) -> float:
    cannot = scheduler == DEIS or config.get("final_sigmas_type") == "sigma_min"
    return NEARLY_ZERO if cannot else 0.0


def _twice(first: Any, between: Any, *rest: Any) -> Any:
    """Repeat what lies behind the first value: solvers of two evaluations a step see each level twice."""
    import torch

    return torch.cat([first, between.repeat_interleave(2), *rest])
