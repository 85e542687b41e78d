"""The photograph with a face that scikit-image ships (NASA, public domain), and what a test does to it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from promptkit.interfaces import Face

BOX = (173, 67, 273, 167)
LANDMARKS = ((202.0, 101.0), (247.0, 104.0), (228.0, 128.0), (206.0, 143.0), (243.0, 144.0))
"""Eyes, nose and corners of the mouth, read off the photograph."""
FACE = Face(box=BOX, landmarks=LANDMARKS, score=1.0)


@cache
def portrait() -> Any:
    """Return the photograph, RGB, 512 by 512."""
    from skimage.data import astronaut

    return Image.fromarray(astronaut())


def scaled(factor: float) -> Any:
    image = portrait()
    return image.resize((round(512 * factor), round(512 * factor)), Image.Resampling.LANCZOS)


def noisy(sigma: float, seed: int = 0) -> Any:
    noise = np.random.default_rng(seed).normal(0, sigma, (512, 512, 3))
    return Image.fromarray(np.clip(np.rint(np.asarray(portrait()) + noise), 0, 255).astype(np.uint8))


def with_red_eyes() -> Any:
    image = portrait().copy()
    draw = ImageDraw.Draw(image)
    for x, y in LANDMARKS[:2]:
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=(200, 40, 40))
    return image


def in_mode(image: Any, mode: str) -> Any:
    """Return a picture in a mode of a chain; alpha is a slope, and 16 bits are used in full."""
    if mode == "I;16":
        grey = np.asarray(image.convert("L")).astype(np.uint16) * 257
        grain = np.random.default_rng(1).integers(-100, 100, grey.shape)
        return Image.fromarray(np.clip(grey + grain, 0, 65535).astype(np.uint16))
    made = image.convert(mode.removesuffix("A").replace("LA", "L") or "L")
    if mode in ("RGBA", "LA"):
        made.putalpha(Image.linear_gradient("L").resize(made.size))
    return made


class Knowing:
    """Knows where the face of the photograph is."""

    name = "knowing"

    def __init__(self, *faces: Face) -> None:
        self.faces = faces or (FACE,)

    def detect(self, image: Any, *, model: str = "", sha256: str = "") -> list[Face]:
        return list(self.faces)
