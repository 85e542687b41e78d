"""Where scheduler classes of diffusers 0.42 do not do what their names say, they are mended here, in subclasses.

Each cure is checked by a closed form in tests/backends/samplers: without it the sampler fails, repeats no seed, or
misses its order.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import wraps
from typing import Any

from promptkit.backends.samplers.flow import NEARLY_ZERO, on_flow


def mended(scheduler: Any, *, flow: bool) -> Any:
    """Return a subclass, of the same name, that does what the sampler is said to do."""
    members: dict[str, Any] = {"__module__": scheduler.__module__, "__doc__": scheduler.__doc__}
    members |= on_flow(scheduler) if flow else {"set_timesteps": _with_its_steps_mended(scheduler)}
    cure = CURES.get(scheduler.__name__)
    if cure is not None:
        members |= cure(scheduler)
    return type(scheduler.__name__, (scheduler,), members)


def _with_its_steps_mended(scheduler: Any) -> Callable[..., None]:
    """Begin at step 0, not where the first timestep is found: rounded timesteps can be equal (beta, many steps), and
    the second of them is one too far. Then mend the noise levels of classes that want it."""
    after = LEVELS.get(scheduler.__name__)

    @wraps(scheduler.set_timesteps)
    def set_timesteps(self: Any, *arguments: Any, **named: Any) -> None:
        scheduler.set_timesteps(self, *arguments, **named)
        if hasattr(self, "set_begin_index"):
            self.set_begin_index(0)
        if after is not None:
            after(self)

    return set_timesteps


def _in_double(scheduler: Any) -> None:
    """Keep σ in float64: where the noise falls to a small part of itself in a step, what is left of it after the fresh
    noise is lost in float32, and the root of it is not a number."""
    scheduler.sigmas = scheduler.sigmas.double()


def _ancestral_midpoints(scheduler: Any) -> None:
    """Write out, for the same reason, what the ancestral step comes to: from σ to τ it goes down to τ²/σ, and the
    midpoint of the two, in their logarithm, is τ itself."""
    import torch

    levels = torch.cat([scheduler.sigmas[:1], scheduler.sigmas[1::2]])[:-1]
    following = torch.cat([levels[1:], levels[-1:]])
    down = torch.where(levels > 0, following**2 / levels, 0.0)
    middle = following.clone()
    middle[-2:] = 0.0
    scheduler.sigmas_down, scheduler.sigmas_interpol = (
        torch.cat([each[:1], each[1:].repeat_interleave(2), each[-1:]]) for each in (down, middle)
    )
    scheduler.timesteps[1::2] = scheduler.timesteps[2::2]


def _nearly_to_the_end(scheduler: Any) -> None:
    """End near 0 where a class cannot end at 0: by itself it leaves the noise of the last training step, or repeats the
    last noise level, which is a step for nothing."""
    if scheduler.config.get("final_sigmas_type", "sigma_min") == "sigma_min":
        scheduler.sigmas[-1] = NEARLY_ZERO


LEVELS: dict[str, Callable[[Any], None]] = {
    "EulerAncestralDiscreteScheduler": _in_double,
    "KDPM2AncestralDiscreteScheduler": _ancestral_midpoints,
    "DEISMultistepScheduler": _nearly_to_the_end,
    "SASolverScheduler": _nearly_to_the_end,
    "UniPCMultistepScheduler": _nearly_to_the_end,
}
"""What to do to the noise levels of a class, by its name."""


def _to_the_next_timestep(scheduler: Any) -> dict[str, Any]:
    """Step to the timestep that comes next: DDIMScheduler goes ``1000 // steps`` down, which is another one where
    spacings other than ``leading`` do not divide evenly."""

    @wraps(scheduler.step)
    def step(self: Any, model_output: Any, timestep: Any, sample: Any, *arguments: Any, **named: Any) -> Any:
        steps, times = self.num_inference_steps, self.timesteps.tolist()
        at = times.index(int(timestep))
        length = times[at] - (times[at + 1] if at + 1 < len(times) else -1)
        self.num_inference_steps = Fraction(self.config.num_train_timesteps, length)
        try:
            return scheduler.step(self, model_output, timestep, sample, *arguments, **named)
        finally:
            self.num_inference_steps = steps

    return {"step": step}


def _first_order_at_the_end(scheduler: Any) -> dict[str, Any]:
    """Take the long last step, in the logarithm of σ, by the first order: DEIS extrapolates a line through it, unless
    there are fewer than 15 steps."""

    @wraps(scheduler.step)
    def step(self: Any, *arguments: Any, **named: Any) -> Any:
        if self.step_index == len(self.timesteps) - 1:
            self.lower_order_nums = 0
        return scheduler.step(self, *arguments, **named)

    return {"step": step}


def _third_order_sde(scheduler: Any) -> dict[str, Any]:
    """Add what the third-order SDE update lacks: its last coefficient has the wrong sign before 1/2 (compare
    k-diffusion's ``sample_dpmpp_3m_sde``), so that it is worse than the second-order one."""

    @wraps(scheduler.multistep_dpm_solver_third_order_update)
    def update(self: Any, model_output_list: Any, *arguments: Any, **named: Any) -> Any:
        found = scheduler.multistep_dpm_solver_third_order_update(self, model_output_list, *arguments, **named)
        if self.config.algorithm_type != "sde-dpmsolver++":
            return found
        alphas, sigmas = zip(
            *(self._sigma_to_alpha_sigma_t(self.sigmas[self.step_index + at]) for at in (1, 0, -1, -2)), strict=True
        )
        now, first, second, third = (alpha.log() - sigma.log() for alpha, sigma in zip(alphas, sigmas, strict=True))
        before, long_before = (first - second) / (now - first), (second - third) / (now - first)
        newest, older, oldest = (model_output_list[-at] for at in (1, 2, 3))
        bend = ((newest - older) / before - (older - oldest) / long_before) / (before + long_before)
        return found + alphas[0] * bend

    return {"multistep_dpm_solver_third_order_update": update}


def _noise_of_each_seed(scheduler: Any) -> dict[str, Any]:
    """Draw each candidate's Brownian noise by its own generator's seed: DPMSolverSDEScheduler draws one seed for the
    whole batch, from global state."""

    @wraps(scheduler.step)
    def step(self: Any, model_output: Any, timestep: Any, sample: Any, *arguments: Any, **named: Any) -> Any:
        self.generators = named.pop("generator", None)
        if self.generators is not None and self.noise_sampler is None:
            self.noise_sampler = _BrownianNoise(self, sample[0])
        return scheduler.step(self, model_output, timestep, sample, *arguments, **named)

    step.__signature__ = _with_generator(scheduler.step)  # type: ignore[attr-defined]
    return {"step": step}


def _with_generator(step: Callable[..., Any]) -> Any:
    """Return the signature with a ``generator``: pipelines hand theirs to schedulers that name one."""
    from inspect import Parameter, signature

    found = signature(step)
    return found.replace(parameters=[*found.parameters.values(), Parameter("generator", Parameter.KEYWORD_ONLY)])


ROOM = 1.001
"""How much further than the noise levels a Brownian path reaches: it rounds its ends, and warns beyond them."""


class _BrownianNoise:
    """One Brownian path a generator: a batch may shrink on the way, and each candidate keeps its own."""

    def __init__(self, scheduler: Any, like: Any) -> None:
        self.scheduler, self.like = scheduler, like
        self._paths: dict[int, Any] = {}

    def __call__(self, sigma: Any, sigma_next: Any) -> Any:
        """Return noise of unit variance (batch, channels, height, width) for the step between two noise levels."""
        import torch

        generators = self.scheduler.generators
        listed = generators if isinstance(generators, list) else [generators]
        return torch.stack([self._path(one.initial_seed())(sigma, sigma_next) for one in listed])

    def _path(self, seed: int) -> Any:
        from diffusers.schedulers.scheduling_dpmsolver_sde import BrownianTreeNoiseSampler

        if seed not in self._paths:
            sigmas = self.scheduler.sigmas
            least, most = sigmas[sigmas > 0].min() / ROOM, sigmas.max() * ROOM
            self._paths[seed] = BrownianTreeNoiseSampler(self.like, least, most, seed)
        return self._paths[seed]


CURES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "DDIMScheduler": _to_the_next_timestep,
    "DEISMultistepScheduler": _first_order_at_the_end,
    "DPMSolverMultistepScheduler": _third_order_sde,
    "DPMSolverSDEScheduler": _noise_of_each_seed,
}
"""What to do for a class, by its name."""
