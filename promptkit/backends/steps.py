"""The one callback of the denoising steps: what the prompt says next, progress, previews, pruning, interrupt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.backends.batch import Batch
from promptkit.backends.conditioning import Conditioning
from promptkit.backends.narrowing import narrow_scheduler
from promptkit.backends.pixels import previews
from promptkit.backends.prediction import Prediction
from promptkit.errors import GenerationError
from promptkit.interfaces import OnStep, StepEvent
from promptkit.records import GenerationSettings

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor


class NonFiniteError(Exception):
    """A half-finished batch holds numbers that are none: it has to be run again with more precision."""


@dataclass(kw_only=True)
class StepCallback:
    """Called by a pipeline at the end of each call of its denoiser.

    What it returns counts from the next call on; the first call's embeddings are the pipeline's arguments.
    """

    conditioning: Conditioning
    batch: Batch
    prediction: Prediction
    settings: GenerationSettings
    on_step: OnStep | None = None
    shrink: tuple[tuple[int, int], ...] = ()
    """Where a recorded batch shrank: (after step, to so many rows)."""

    def __call__(self, pipeline: Any, call: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        step, following = (self._step(pipeline, at) for at in (call, call + 1))
        latents = values["latents"]
        if step < following:
            places = self._kept(pipeline, step)
            if len(places) < len(self.batch.rows):
                narrow_scheduler(pipeline.scheduler, places, len(self.batch.rows), latents.ndim)
                self.batch.keep(places, step)
                values = {**values, "latents": latents[places]}
        now, then = (self.conditioning.at(at) for at in (step, following))
        return values if now is then else {**values, **self._rows(pipeline, then)}

    @property
    def _steps(self) -> int:
        return self.settings.num_inference_steps or 1

    def _step(self, pipeline: Any, call: int) -> int:
        """Return the step, from 1, of a call, from 0: some samplers call the denoiser twice a step. Behind the last
        call is one step more."""
        left = getattr(pipeline, "num_timesteps", self._steps) - 1 - call
        return max(1, self._steps - math.ceil(left / pipeline.scheduler.order)) if left >= 0 else self._steps + 1

    def _kept(self, pipeline: Any, step: int) -> list[int]:
        """Return the places of the rows that go on: as recorded, or as the search says."""
        left = self.batch.left
        planned = dict(self.shrink).get(step)
        if planned is not None:
            return self.batch.places(left, planned - len(left))
        wanted = None if self.on_step is None else self.on_step(self._event(pipeline, step))
        if wanted is None:
            return list(range(len(self.batch.rows)))
        kept = [index for index in left if index in set(wanted)]
        if not kept:
            raise GenerationError(
                f"The search kept none of the candidates {', '.join(map(str, left))} after step {step}.",
                hint="Its step callback has to return at least one of the event's indices, or None.",
            )
        return self.batch.places(kept) if len(kept) < len(left) else list(range(len(self.batch.rows)))

    def _event(self, pipeline: Any, step: int) -> StepEvent:
        def show(wanted: Sequence[int]) -> list[Image]:
            original = self.prediction.original()[[self.batch.place(index) for index in wanted]]
            if original.element_size() < 4 and not bool(original.isfinite().all()):
                raise NonFiniteError
            return previews(pipeline, original, self.settings.height or 0, self.settings.width or 0)

        return StepEvent(step=step, num_inference_steps=self._steps, indices=self.batch.left, previews=show)

    def _rows(self, pipeline: Any, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return embeddings as the pipeline's loop holds them: rows of the negative prompt, if any, then the others."""
        import torch

        def rows(name: str) -> Tensor:
            sides = [f"negative_{name}", name] if pipeline.do_classifier_free_guidance else [name]
            found = torch.cat([given[side].repeat_interleave(self.batch.size, 0) for side in sides])
            return found.to(pipeline._execution_device, pipeline.unet.dtype)

        found = {"prompt_embeds": rows("prompt_embeds")}
        return found | {"add_text_embeds": rows("pooled_prompt_embeds")} if "pooled_prompt_embeds" in given else found
