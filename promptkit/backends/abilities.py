"""What can be done with a pipeline, read from its own signature."""

from __future__ import annotations

import inspect
from typing import Any

from promptkit.backends.conditioning.plan import SUPPORTED
from promptkit.backends.narrowing import denoiser
from promptkit.backends.pixels import can_preview
from promptkit.records import NEGATIVE, PREVIEW, PRUNING, STEPS, VARIATION, WEIGHTS


def abilities(pipeline: Any) -> frozenset[str]:
    """Return which of ``records.ABILITIES`` promptkit has with this pipeline."""
    known = inspect.signature(pipeline.__call__).parameters
    steps = "callback_on_step_end" in known and "latents" in getattr(pipeline, "_callback_tensor_inputs", ())
    present = {
        STEPS: steps,
        PREVIEW: steps and can_preview(pipeline),
        PRUNING: steps and denoiser(pipeline) is not None,
        WEIGHTS: type(pipeline).__name__ in SUPPORTED,
        NEGATIVE: "negative_prompt" in known,
        VARIATION: hasattr(pipeline, "prepare_latents"),
    }
    return frozenset(name for name, there in present.items() if there)
