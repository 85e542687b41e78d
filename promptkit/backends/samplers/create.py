"""From a sampler to a scheduler that keeps what the model says of its own noise."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promptkit.backends.samplers.foreign import NEEDED, completed, is_foreign, made_with, takes
from promptkit.backends.samplers.mended import mended
from promptkit.backends.samplers.suiting import check_suits, is_flow, model_kind
from promptkit.errors import PluginError, SettingsError
from promptkit.records import FLOW, SamplerSpec

if TYPE_CHECKING:
    from diffusers import SchedulerMixin

SOLVERS_OWN = (
    "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas", "interpolation_type",
    "algorithm_type", "solver_type", "solver_order", "lower_order_final", "euler_at_final", "final_sigmas_type",
    "skip_prk_steps", "predict_x0", "disable_corrector", "solver_p", "stochastic_sampling",
)  # fmt: skip
"""Settings that belong to the model's present solver, not to its noise: another solver does not take them over."""

FLOW_SETTINGS = (
    "use_flow_sigmas", "flow_shift", "prediction_type", "beta_start", "beta_end", "beta_schedule", "timestep_spacing",
)  # fmt: skip
"""Settings of a flow model that are said in our own words, or mean something for diffusions only."""

MEND = "Update or leave out the plugin that registers it: promptkit plugins list names it."
TORCHSDE = "DPMSolverSDEScheduler"


def create_scheduler(sampler: SamplerSpec, current: SchedulerMixin) -> SchedulerMixin:
    """Make the sampler's scheduler with the model's own noise: its betas, prediction type, shift and spacing.

    Raises SettingsError when the sampler does not suit the model, with those that do, or lacks a package; PluginError
    when the class of a plugin cannot be had.
    """
    config = _own(current)
    name = type(current).__name__
    check_suits(sampler, name, config)
    flow = model_kind(name, config) == FLOW
    found = _scheduler_class(sampler, flow)
    foreign = is_foreign(found)
    scheduler_class = mended(completed(found) if foreign else found, flow=flow)
    kept = {key: value for key, value in config.items() if key not in SOLVERS_OWN}
    settings = _flow_settings(sampler, kept, scheduler_class.__name__) if flow else {**kept, **sampler.config}
    unknown = [key for key in sampler.config if not takes(scheduler_class, key) and not flow]
    if unknown:
        raise PluginError(
            f"The sampler '{sampler.name}' sets {', '.join(unknown)}, which {scheduler_class.__name__} does not know.",
            hint=MEND,
        )
    try:
        if foreign:
            return made_with(scheduler_class, settings, sampler.name)
        return _made(scheduler_class, settings, flow=flow)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise SettingsError(
            f"The sampler '{sampler.name}' cannot be set up for this model: {error}", hint="Choose another --sampler."
        ) from error


def _made(scheduler_class: Any, settings: Mapping[str, Any], *, flow: bool) -> SchedulerMixin:
    """Make a scheduler of diffusers. On a flow it remembers settings that its class does not know, too."""
    known = inspect.signature(scheduler_class.__init__).parameters
    scheduler: SchedulerMixin = scheduler_class.from_config(
        {key: value for key, value in settings.items() if key in known}
    )
    if flow:
        scheduler.register_to_config(**{key: value for key, value in settings.items() if key not in known})
    return scheduler


def _own(current: SchedulerMixin) -> dict[str, Any]:
    """Return what the model itself says of its scheduler: defaults of its class are not carried into another one."""
    config = dict(current.config)
    defaults = config.get("_use_default_values", ())
    return {
        key: value
        for key, value in config.items()
        if not key.startswith("_") and value is not None and (key not in defaults or key in IDENTITY)
    }


IDENTITY = ("beta_start", "beta_end", "beta_schedule", "num_train_timesteps", "prediction_type", "use_flow_sigmas")
"""What says which noise the model was trained on, even where it is a default of its class."""


def _flow_settings(sampler: SamplerSpec, config: Mapping[str, Any], scheduler: str) -> dict[str, Any]:
    """Say a model's flow and a sampler's settings in the words of every class: the shift has two names in diffusers,
    and multistep solvers know one even spacing on flows, whatever they call it."""
    shift = config.get("shift", config.get("flow_shift", 1.0))
    rest = {key: value for key, value in config.items() if key not in FLOW_SETTINGS}
    said = {"shift": shift, "flow_shift": shift, "use_flow_sigmas": True, "prediction_type": "flow_prediction"}
    spacing = {} if is_flow(scheduler) else {"timestep_spacing": "trailing"}
    return {**rest, **said, **sampler.config, **spacing}


def _scheduler_class(sampler: SamplerSpec, flow: bool) -> Any:
    """Find a class of diffusers, or ``module:Class`` of a plugin. Raises PluginError and SettingsError."""
    from importlib import import_module
    from importlib.util import find_spec

    wanted = sampler.flow if flow and sampler.flow else sampler.scheduler
    if wanted == TORCHSDE and find_spec("torchsde") is None:
        raise SettingsError(
            f"The sampler '{sampler.name}' needs the package torchsde, which is not installed.",
            hint="Install it: pip install 'promptkit[sde]'; or use dpmpp_2m_sde, which needs nothing.",
        )
    module, _, attribute = wanted.rpartition(":")
    try:
        found = getattr(import_module(module or "diffusers"), attribute)
    except (ImportError, AttributeError) as error:
        raise PluginError(
            f"The scheduler '{wanted}' of '{sampler.name}' cannot be loaded: {error}", hint=MEND
        ) from error
    if not is_foreign(found) and not all(hasattr(found, name) for name in ("from_config", *NEEDED)):
        raise PluginError(f"'{wanted}', which the sampler '{sampler.name}' names, is no scheduler.", hint=MEND)
    return found
