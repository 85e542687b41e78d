"""One batch of candidates through a pipeline: its arguments, what listens while it runs, and what came of each
candidate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.backends.batch import Batch
from promptkit.backends.conditioning import Conditioning
from promptkit.backends.conditioning.composable import composed
from promptkit.backends.families import call_arguments
from promptkit.backends.narrowing import narrowed
from promptkit.backends.noise import varied
from promptkit.backends.pixels import to_image
from promptkit.backends.prediction import predicted
from promptkit.backends.steps import NonFiniteError, StepCallback
from promptkit.errors import GenerationError
from promptkit.interfaces import OnStep
from promptkit.records import BLOCKED, FAILED, FINISHED, PRUNED, GenerationRequest

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor


@dataclass(frozen=True)
class Run:
    """What all batches of a request share."""

    request: GenerationRequest
    conditioning: Conditioning
    on_step: OnStep | None


@dataclass(frozen=True)
class Outcome:
    """What came of one candidate; the image is there when it was finished."""

    outcome: str
    image: Image | None = None


def denoise(pipeline: Any, run: Run, batch: Batch) -> dict[int, Outcome]:
    """Run a batch to the end; return an outcome for each candidate."""
    variation = run.request.variation
    with ExitStack() as listening:
        listening.enter_context(composed(pipeline, run.conditioning.weights))
        prediction = listening.enter_context(predicted(pipeline.scheduler, batch.generators))
        listening.enter_context(narrowed(pipeline, batch))
        listening.enter_context(_blaming(run.conditioning.encoded_by))
        if variation is not None and 0 < variation.strength < 1:
            second = Batch(batch.indices, [variation.seeds[index] for index in batch.indices], size=batch.size)
            listening.enter_context(varied(pipeline, second.seeds, variation.strength))
        callback = StepCallback(
            conditioning=run.conditioning,
            batch=batch,
            prediction=prediction,
            settings=run.request.settings,
            on_step=run.on_step,
            shrink=run.request.shrink,
        )
        _seed_scheduler(pipeline.scheduler, batch)
        arguments = {**_arguments(run, batch), **_listener(run, callback)}
        try:
            output = pipeline(**call_arguments(pipeline, arguments))
        except NonFiniteError:
            return dict.fromkeys(batch.indices, Outcome(FAILED))
    blocked = getattr(output, "nsfw_content_detected", None) or [False] * len(batch.rows)
    found = dict.fromkeys(batch.indices, Outcome(PRUNED))
    for index in batch.left:
        found[index] = _outcome(output.images[batch.place(index)], bool(blocked[batch.place(index)]))
    return found


def _arguments(run: Run, batch: Batch) -> dict[str, Any]:
    settings = run.request.settings
    return {
        **run.conditioning.arguments,
        "num_images_per_prompt": batch.size,
        "num_inference_steps": settings.num_inference_steps,
        "guidance_scale": settings.guidance_scale,
        "width": settings.width,
        "height": settings.height,
        "generator": batch.generators,
        "output_type": "pt",
    }


def _listener(run: Run, callback: StepCallback) -> dict[str, Any]:
    """Return the callback where there is something to hear: without one, a pipeline need not know callbacks."""
    needed = run.on_step is not None or run.conditioning.changes or run.request.shrink
    return {"callback_on_step_end": callback} if needed else {}


def _seed_scheduler(scheduler: Any, batch: Batch) -> None:
    """Give a scheduler that draws noise by seeds of its own those of the candidates, one a row."""
    if hasattr(scheduler, "noise_sampler_seed"):
        scheduler.noise_sampler_seed = list(batch.seeds)


@contextmanager
def _blaming(plugin: str | None) -> Iterator[None]:
    """Name the plugin whose embeddings the pipeline cannot take. Raises GenerationError."""
    import torch

    try:
        yield
    except (ValueError, TypeError, AttributeError, RuntimeError) as error:
        if plugin is None or isinstance(error, torch.OutOfMemoryError):
            raise
        raise GenerationError(
            f"The embeddings of plugin '{plugin}' do not suit this model: {str(error).splitlines()[0]}",
            hint="Leave the plugin out: PROMPTKIT_LOAD_PLUGINS names those to load.",
        ) from error


def _outcome(image: Tensor, blocked: bool) -> Outcome:
    if blocked:
        return Outcome(BLOCKED)
    if not bool(image.isfinite().all()):
        return Outcome(FAILED)
    return Outcome(FINISHED, to_image(image))
