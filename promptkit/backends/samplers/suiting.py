"""Which samplers suit a model, by what the model's own scheduler says of itself; nothing is imported for that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from promptkit.backends.samplers.table import SAMPLERS, abilities
from promptkit.errors import SettingsError
from promptkit.records import DIFFUSION, FLOW, SamplerSpec

FLOW_CLASSES = ("FlowMatchEulerDiscreteScheduler", "FlowMatchHeunDiscreteScheduler", "FlowMatchLCMScheduler")


def is_flow(scheduler: str) -> bool:
    """Whether a scheduler class integrates nothing but flows."""
    return scheduler.startswith("FlowMatch")


def model_kind(scheduler: str, config: Mapping[str, Any]) -> str | None:
    """Return ``"diffusion"`` or ``"flow"`` for a model whose own scheduler is of that class and configuration.

    ``None`` stands for any other process (EDM's noise, trigonometric flows, masked tokens, …): such a model runs on its
    own scheduler alone.
    """
    if scheduler in FLOW_CLASSES or config.get("use_flow_sigmas") or config.get("prediction_type") == "flow_prediction":
        return FLOW
    return DIFFUSION if "beta_start" in config else None


def kinds(spec: SamplerSpec) -> tuple[str, ...]:
    """Return which of ``"diffusion"`` and ``"flow"`` a sampler integrates."""
    named = spec.suits or ((FLOW,) if is_flow(spec.scheduler) else (DIFFUSION,))
    return tuple(kind for kind in (DIFFUSION, FLOW) if kind in named)


def unsuitable(spec: SamplerSpec, scheduler: str, config: Mapping[str, Any]) -> str | None:
    """Return why a sampler does not suit a model with that scheduler; ``None`` where it does."""
    kind = model_kind(scheduler, config)
    if kind is None:
        return f"the model runs only on its own {scheduler}"
    if kind not in kinds(spec):
        return f"it is no solver for a {kind} model"
    if kind == FLOW:
        return "the model's noise runs the other way round" if config.get("invert_sigmas") else None
    known = abilities(spec)
    if config.get("rescale_betas_zero_snr") and not known.zero_snr:
        return "it cannot begin at pure noise, as the model does (zero terminal signal-to-noise ratio)"
    if config.get("prediction_type") == "sample" and not known.samples:
        return "the model predicts pictures, not noise"
    return None


def suiting(
    scheduler: str, config: Mapping[str, Any], specs: Iterable[SamplerSpec] = SAMPLERS
) -> tuple[SamplerSpec, ...]:
    """Return those of ``specs`` that suit a model with that scheduler."""
    return tuple(spec for spec in specs if unsuitable(spec, scheduler, config) is None)


def check_suits(spec: SamplerSpec, scheduler: str, config: Mapping[str, Any]) -> None:
    """Raise SettingsError when a sampler does not suit a model with that scheduler, with those that do."""
    why = unsuitable(spec, scheduler, config)
    if why is None:
        return
    names = [one.name for one in suiting(scheduler, config) if not one.name.startswith("flow_")]
    raise SettingsError(
        f"The sampler '{spec.name}' does not suit this model, whose scheduler is {scheduler}: {why}.",
        hint=f"These suit it: {', '.join(names)}." if names else "Leave --sampler out.",
    )
