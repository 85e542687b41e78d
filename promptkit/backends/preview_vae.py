"""A small decoder for previews, such as TAESD: diffusers' ``AutoencoderTiny``, beside the model or named by the user.

It shows latents as a pipeline denoises them, without a scale, in a fraction of the time of the model's own decoder.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from promptkit.errors import ModelError

PREVIEW_VAE = "preview_vae"
"""The folder beside a pipeline's parts, and the pipeline's attribute that holds the decoder, or where it lies."""

HUB_ID = re.compile(r"\w[\w.-]*/[\w.-]+")
CURE = "Name a folder or a hub id of an AutoencoderTiny that suits the model, or leave --preview-vae out."


def offer_preview_vae(pipeline: Any, model: str, given: str | None = None) -> None:
    """Remember where the decoder lies: as ``given``, a folder or a hub id, else in the model's own folder.

    Raises ModelError where ``given`` can be neither.
    """
    if given and not Path(given).is_dir() and not HUB_ID.fullmatch(given):
        raise ModelError(f"The preview decoder '{given}' is neither a folder nor a hub id.", hint=CURE)
    beside = Path(model) / PREVIEW_VAE
    setattr(pipeline, PREVIEW_VAE, given or (str(beside) if beside.is_dir() else None))


def preview_vae(pipeline: Any) -> Any:
    """Return the decoder, loaded when it is first asked for; ``None`` where there is none. Raises ModelError."""
    found = getattr(pipeline, PREVIEW_VAE, None)
    if isinstance(found, str):
        found = _load(found, pipeline)
        setattr(pipeline, PREVIEW_VAE, found)
    return found


def _load(source: str, pipeline: Any) -> Any:
    from diffusers import AutoencoderTiny

    try:
        tiny = AutoencoderTiny.from_pretrained(source, torch_dtype=pipeline.dtype, use_safetensors=True)
    except (OSError, ValueError, RuntimeError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"The preview decoder '{source}' cannot be loaded: {first}",
            hint=CURE,
        ) from error
    return tiny.to(pipeline._execution_device).eval()
