"""Strip: take out what a file says of its picture."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promptkit.interfaces import MODES, Processed, Setting

if TYPE_CHECKING:
    from PIL.Image import Image

PROFILE = "icc_profile"


class Strip:
    """Takes out EXIF with its camera and place, XMP, texts, and promptkit's own recipe."""

    name = "strip"
    summary = "takes out EXIF, XMP, texts and the recipe, and keeps the colour profile"
    modes = MODES
    strips_metadata = True
    settings = (
        Setting(
            name="profile", default="keep", choices=("keep", "drop"),
            summary="what becomes of the colour profile, without which colours may be shown wrong",
        ),
    )  # fmt: skip

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Processed:  # noqa: ARG002
        """Return the same pixels, with nothing but the profile, where that is kept, in ``info``."""
        made = image.copy()
        keeps = settings["profile"] == "keep" and PROFILE in image.info
        made.info = {PROFILE: image.info[PROFILE]} if keeps else {}
        profile = ", the colour profile stays" if keeps else ""
        return Processed(
            image=made,
            note=f"EXIF, XMP, texts and recipe are out{profile}; the file can no longer be reproduced or searched",
        )
