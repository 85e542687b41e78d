"""What a batch is predicted to become: x₀ of the last step, from what the scheduler was given.

With x_t = α x₀ + σ ε (Kingma et al., arXiv:2107.00630): x₀ = (x_t − σ ε) / α for a network that predicts ε,
α x_t − σ v for one that predicts v (Salimans and Ho, arXiv:2202.00512), and x_t − σ v for a flow, where α = 1 − σ.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.backends.samplers.suiting import model_kind
from promptkit.errors import GenerationError
from promptkit.records import FLOW

if TYPE_CHECKING:
    from torch import Tensor

ANSWERS = ("pred_original_sample", "denoised")
"""What schedulers that give x₀ themselves call it."""


@dataclass
class Prediction:
    """What the last step was made of; x₀ is worked out only when it is asked for."""

    scheduler: Any
    output: Any = None
    model_output: Any = None
    timestep: Any = None
    sample: Any = None

    def original(self) -> Tensor:
        """Return x₀ (batch, …), shaped like the latents. Raises GenerationError for a scheduler that does not tell."""
        answer = next((getattr(self.output, name) for name in ANSWERS if hasattr(self.output, name)), None)
        if answer is not None:
            return answer
        kind = _predicts(self.scheduler)
        if kind == "sample":
            return self.model_output
        alpha, sigma = self._noise_level()
        if kind == FLOW:
            return self.sample - sigma * self.model_output
        if kind == "v_prediction":
            return alpha * self.sample - sigma * self.model_output
        return (self.sample - sigma * self.model_output) / alpha

    def _noise_level(self) -> tuple[Any, Any]:
        """Return α and σ of the last step. The step's own index has moved on by one."""
        scheduler = self.scheduler
        index = getattr(scheduler, "step_index", None)
        if index is not None and hasattr(scheduler, "sigmas"):
            sigma = scheduler.sigmas[index - 1].to(self.sample.device)
            split = getattr(scheduler, "_sigma_to_alpha_sigma_t", None)
            return split(sigma) if split is not None else (1 - sigma, sigma)
        if hasattr(scheduler, "alphas_cumprod"):
            share = scheduler.alphas_cumprod[int(self.timestep)].to(self.sample.device)
            return share.sqrt(), (1 - share).sqrt()
        raise GenerationError(
            f"{type(scheduler).__name__} does not tell what a half-finished picture will become.",
            hint="Choose another --sampler, or --search best-of-n.",
        )


def _predicts(scheduler: Any) -> str:
    config = scheduler.config
    flow = model_kind(type(scheduler).__name__, config) == FLOW
    return FLOW if flow else config.get("prediction_type", "epsilon")


@contextmanager
def predicted(scheduler: Any, generators: Sequence[Any]) -> Iterator[Prediction]:
    """Listen to a scheduler's steps. The pipeline asks for tuples; x₀ comes only with the full answer.

    A scheduler that draws noise is given the candidates' generators where the pipeline does not hand them on, as those
    of flow-matching models do not: its noise would come from global state.
    """
    found = Prediction(scheduler)
    honest = scheduler.step
    draws = "generator" in inspect.signature(honest).parameters

    @functools.wraps(honest)
    def step(model_output: Any, timestep: Any, sample: Any, *more: Any, return_dict: bool = True, **named: Any) -> Any:
        if draws and not more and named.get("generator") is None:
            named["generator"] = generators
        output = honest(model_output, timestep, sample, *more, return_dict=True, **named)
        found.output, found.model_output, found.timestep, found.sample = output, model_output, timestep, sample
        return output if return_dict else output.to_tuple()

    scheduler.step = step
    try:
        yield found
    finally:
        del scheduler.step
