"""The models that are always there: a tiny text-to-image model, a tiny CLIP and a tiny upscaler, trained by this
project on scenes it draws.

MODEL_CARD.md says what they are and are not.
"""

from __future__ import annotations

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"


def pipeline_path() -> Path:
    """Return the folder of the diffusers pipeline."""
    return WEIGHTS / "pipeline"


def clip_path() -> Path:
    """Return the folder of the CLIP, for open_clip's ``local-dir:``."""
    return WEIGHTS / "clip"


def upscaler_path() -> Path:
    """Return the weights of the super-resolution network, which doubles a picture's width and height."""
    return WEIGHTS / "upscaler-x2.safetensors"
