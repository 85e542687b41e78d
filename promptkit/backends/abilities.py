"""What can be done with a pipeline, read from its own signature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from promptkit.backends.conditioning.plan import SUPPORTED
from promptkit.backends.families import denoiser, follows_negative, parameters
from promptkit.backends.pixels import can_preview
from promptkit.records import NEGATIVE, PREVIEW, PRUNING, STEPS, VARIATION, WEIGHTS

LACKS = {
    STEPS: "no progress within a batch",
    PREVIEW: "no previews of steps",
    PRUNING: "no dropping of candidates half-way",
    VARIATION: "no variation seeds",
}
"""What it means to lack an ability; weights and negative prompts are spoken of where a prompt has some."""


def abilities(pipeline: Any) -> frozenset[str]:
    """Return which of ``records.ABILITIES`` promptkit has with this pipeline."""
    known = parameters(pipeline)
    steps = "callback_on_step_end" in known and "latents" in getattr(pipeline, "_callback_tensor_inputs", ())
    present = {
        STEPS: steps,
        PREVIEW: steps and can_preview(pipeline),
        PRUNING: steps and denoiser(pipeline) is not None,
        WEIGHTS: type(pipeline).__name__ in SUPPORTED,
        NEGATIVE: follows_negative(pipeline),
        VARIATION: hasattr(pipeline, "prepare_latents"),
    }
    return frozenset(name for name, there in present.items() if there)


def missing(pipeline: Any) -> Iterator[str]:
    """Yield what a pipeline cannot do whatever the prompt, in words for the user."""
    lacking = [LACKS[name] for name in LACKS if name not in abilities(pipeline)]
    if lacking:
        yield f"{type(pipeline).__name__} lets promptkit do less: {', '.join(lacking)}."
