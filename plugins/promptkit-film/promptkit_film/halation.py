"""Halation: light that goes through the film, comes back from behind it, and glows red round what is bright."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promptkit.finishing.arrays import LUMA, from_light, picture, to_light, values
from promptkit.interfaces import Setting
from promptkit_film.light import blurred

if TYPE_CHECKING:
    from PIL.Image import Image

TINT = (1.0, 0.28, 0.06)
"""What comes back: the red layer lies deepest, and sees most of it."""


class Halation:
    """A red glow round highlights. It is added as light, so nothing gets darker."""

    name = "halation"
    summary = "a red glow round what is bright"
    settings = (
        Setting(name="amount", default=0.4, least=0, most=1, summary="0 is none"),
        Setting(name="above", default=0.7, least=0, most=0.99, summary="the brightness, 0 to 1, from which it glows"),
        Setting(
            name="radius", default=0.02, least=0.001, most=0.2, summary="of the glow, as a share of the longer side"
        ),
    )

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Image:  # noqa: ARG002
        import numpy as np

        light = to_light(values(image))
        edge = to_light(np.asarray(settings["above"], dtype=np.float32))
        bright = np.clip((light @ np.asarray(LUMA, dtype=np.float32) - edge) / (1 - edge), 0, 1)
        glow = blurred(bright, settings["radius"] * max(image.size))
        tint = np.asarray(TINT, dtype=np.float32) * settings["amount"]
        return picture(from_light(light + (1 - light) * glow[..., None] * tint), image)
