"""Grain: brightness that wavers, most in the middle tones."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promptkit.finishing.arrays import LUMA, picture, values
from promptkit.interfaces import Setting

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

STRONGEST = 0.18
"""Standard deviation, of values in 0 to 1, of full grain in middle grey."""


class Grain:
    """Grain that the image seed draws. It is the same in red, green and blue, as silver is; ``colour`` parts them."""

    name = "grain"
    summary = "film grain, strongest in the middle tones"
    settings = (
        Setting(name="amount", default=0.3, least=0, most=1, summary="0 is none"),
        Setting(name="size", default=1.0, least=0.5, most=8, summary="pixels a grain is wide"),
        Setting(name="colour", default=0.0, least=0, most=1, summary="0 is grey grain, 1 a grain of its own a channel"),
    )

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Image:
        import numpy as np

        found = values(image)
        draw = np.random.default_rng(rng.getrandbits(64))
        grey, own = (
            _noise(draw, found.shape[:2], settings["size"], 1),
            _noise(draw, found.shape[:2], settings["size"], 3),
        )
        noise = (1 - settings["colour"]) * grey + settings["colour"] * own
        brightness = found @ np.asarray(LUMA, dtype=np.float32)
        middle = 4 * brightness * (1 - brightness)
        return picture(found + STRONGEST * settings["amount"] * middle[..., None] * noise, image)


def _noise(draw: Any, shape: tuple[int, ...], size: float, channels: int) -> NDArray[Any]:
    """Return noise (height, width, channels) of unit variance whose grains are ``size`` pixels wide."""
    import numpy as np
    from PIL import Image as Pillow

    height, width = (max(1, round(side / size)) for side in shape[:2])
    coarse = draw.standard_normal((channels, height, width)).astype(np.float32)
    if (height, width) != tuple(shape[:2]):
        scaled = [
            np.asarray(Pillow.fromarray(plane).resize((shape[1], shape[0]), Pillow.Resampling.BICUBIC))
            for plane in coarse
        ]
        coarse = np.stack(scaled)
        spread = coarse.std()
        coarse = coarse / spread if spread > 0 else coarse
    return np.moveaxis(coarse, 0, -1)
