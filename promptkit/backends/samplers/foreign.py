"""Schedulers that a plugin wrote without diffusers' base classes: what they leave out is added.

Such a class has ``set_timesteps(num_inference_steps, device=None)``, which sets ``timesteps``, and ``step(model_output,
timestep, sample)``, which gives the next latents: alone, first in a tuple, or as ``prev_sample`` of an object, with
``pred_original_sample`` where previews are to work. Its ``__init__`` names what it takes of the model's noise, such as
``beta_start``, ``beta_end``, ``beta_schedule``, ``num_train_timesteps`` and ``prediction_type``, or takes all of it by
``**noise``. ``order`` (calls of the model a step), ``init_noise_sigma`` and ``scale_model_input`` are for those who
need them, and a ``generator`` in the signature of ``step`` for those who draw noise: a list comes, one a candidate.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from promptkit.errors import SettingsError

NEEDED = ("set_timesteps", "step")
"""Without these a class is no scheduler."""
EPSILON = "epsilon"
"""What models predict unless they say otherwise."""


def is_foreign(scheduler: Any) -> bool:
    """Whether a class is a scheduler without diffusers' base classes."""
    return not hasattr(scheduler, "from_config") and all(callable(getattr(scheduler, name, None)) for name in NEEDED)


def completed(scheduler: Any) -> Any:
    """Return a subclass, of the same name, that has all that pipelines ask of a scheduler."""
    members: dict[str, Any] = {"__module__": scheduler.__module__, "__doc__": scheduler.__doc__}
    members |= {name: value for name, value in USUAL.items() if not hasattr(scheduler, name)}
    return type(scheduler.__name__, (scheduler,), {**members, "step": _with_an_answer(scheduler)})


def made_with(scheduler: Any, settings: Mapping[str, Any], sampler: str) -> Any:
    """Make a completed scheduler with what it takes of a model's noise. Raises SettingsError where it does not take
    what the model predicts."""
    from diffusers.configuration_utils import FrozenDict

    kept = {key: value for key, value in settings.items() if takes(scheduler, key)}
    predicts = settings.get("prediction_type", EPSILON)
    if predicts != EPSILON and "prediction_type" not in kept:
        raise SettingsError(
            f"The sampler '{sampler}' does not suit this model, which predicts '{predicts}': it knows noise alone.",
            hint="Leave --sampler out, or choose another.",
        )
    made = scheduler(**kept)
    if not hasattr(made, "config"):
        made.config = FrozenDict(settings)
    return made


def takes(scheduler: Any, name: str) -> bool:
    """Whether a class can be given a setting; one without an ``__init__`` of its own takes none."""
    if scheduler.__init__ is object.__init__:
        return False
    parameters = inspect.signature(scheduler.__init__).parameters
    return name in parameters or any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())


def _as_it_is(self: Any, sample: Any, timestep: Any = None) -> Any:  # noqa: ARG001
    return sample


USUAL: Mapping[str, Any] = {"order": 1, "init_noise_sigma": 1.0, "scale_model_input": _as_it_is}
"""What a class may leave out: one call a step, latents that begin as plain noise, and that the model sees as is."""


def _with_an_answer(scheduler: Any) -> Callable[..., Any]:
    """Return ``step`` with an answer that is whole, whatever the class gives."""
    named = "return_dict" in inspect.signature(scheduler.step).parameters

    @wraps(scheduler.step)
    def step(self: Any, model_output: Any, timestep: Any, sample: Any, *more: Any, **others: Any) -> Any:
        whole = others.pop("return_dict", True)
        wanted = {"return_dict": True} if named else {}
        answer = _answer(scheduler.step(self, model_output, timestep, sample, *more, **others, **wanted))
        return answer if whole else answer.to_tuple()

    return step


def _answer(given: Any) -> Any:
    """Return diffusers' own kind of answer for latents that came alone, in a tuple, or in an object."""
    from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteSchedulerOutput

    if hasattr(given, "to_tuple"):
        return given
    if isinstance(given, (tuple, list)):
        latents, original = given[0], (given[1] if len(given) > 1 else None)
    else:
        latents = getattr(given, "prev_sample", given)
        original = getattr(given, "pred_original_sample", None)
    return EulerDiscreteSchedulerOutput(prev_sample=latents, pred_original_sample=original)
