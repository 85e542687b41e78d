"""Vignette: the corners get less light."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promptkit.finishing.arrays import from_light, picture, to_light, values
from promptkit.interfaces import Setting

if TYPE_CHECKING:
    from PIL.Image import Image


class Vignette:
    """Light that falls off by the fourth power of the cosine of its angle, as through any plain lens."""

    name = "vignette"
    summary = "corners darken as through a lens, by cos⁴"
    settings = (
        Setting(name="amount", default=0.5, least=0, most=1, summary="the share of light that the corners lose"),
    )

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Image:  # noqa: ARG002
        import numpy as np

        height, width = image.height, image.width
        y, x = np.mgrid[:height, :width].astype(np.float32)
        corner = max(1.0, ((width - 1) / 2) ** 2 + ((height - 1) / 2) ** 2)
        away = ((x - (width - 1) / 2) ** 2 + (y - (height - 1) / 2) ** 2) / corner
        left = 1 - settings["amount"]
        slope = left**-0.5 - 1 if left > 0 else 1e6
        return picture(from_light(to_light(values(image)) / (1 + slope * away[..., None]) ** 2), image)
