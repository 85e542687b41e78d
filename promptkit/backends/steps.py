"""The one callback of the denoising steps: what the prompt says next, progress, preview, interrupt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit.backends.conditioning import Conditioning
from promptkit.backends.pixels import decode
from promptkit.interfaces import OnStep, StepEvent

if TYPE_CHECKING:
    from torch import Tensor


class StepCallback:
    """Called by a pipeline at the end of each call of its denoiser.

    What it returns counts from the next call on; the first call's embeddings are the pipeline's arguments.
    """

    def __init__(
        self, conditioning: Conditioning, indices: Sequence[int], num_inference_steps: int, on_step: OnStep | None
    ) -> None:
        self.conditioning, self.indices, self.on_step = conditioning, tuple(indices), on_step
        self.num_inference_steps = num_inference_steps

    def __call__(self, pipeline: Any, call: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        latents = values["latents"]
        step = self._step(pipeline, call)
        if self.on_step is not None:
            self.on_step(
                StepEvent(
                    step=step,
                    num_inference_steps=self.num_inference_steps,
                    indices=self.indices,
                    previews=lambda wanted: [decode(pipeline.vae, latents[self.indices.index(i)]) for i in wanted],
                )
            )
        now, following = (self.conditioning.at(at) for at in (step, self._step(pipeline, call + 1)))
        return values if now is following else {**values, **self._rows(pipeline, following)}

    def _step(self, pipeline: Any, call: int) -> int:
        """Return the step, from 1, of a call, from 0: some samplers call the denoiser twice a step."""
        calls = getattr(pipeline, "num_timesteps", self.num_inference_steps)
        return max(1, self.num_inference_steps - math.ceil((calls - 1 - call) / pipeline.scheduler.order))

    def _rows(self, pipeline: Any, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return embeddings as the pipeline's loop holds them: rows of the negative prompt, if any, then the others."""
        import torch

        def rows(name: str) -> Tensor:
            sides = [f"negative_{name}", name] if pipeline.do_classifier_free_guidance else [name]
            found = torch.cat([given[side].repeat_interleave(len(self.indices), 0) for side in sides])
            return found.to(pipeline._execution_device, pipeline.unet.dtype)

        found = {"prompt_embeds": rows("prompt_embeds")}
        return found | {"add_text_embeds": rows("pooled_prompt_embeds")} if "pooled_prompt_embeds" in given else found
