"""The model that is always there: a tiny text-to-image model and a tiny CLIP, trained by this project on scenes it
draws.

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
