"""Small pictures that stand in the page itself."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

QUALITY = 80
"""Of WebP, in per cent."""
ENLARGED = 2
"""A picture that fits so many times into its place is shown in whole pixels."""


@dataclass(frozen=True, kw_only=True)
class Thumbnail:
    """A small picture as a ``data:`` URI."""

    uri: str
    width: int
    """Pixels of the small picture."""
    height: int
    tiny: bool = False
    """Whether it is so small that it is shown enlarged, without smoothing."""


def small(image: Image, side: int) -> Image:
    """Return a picture of any mode as RGB within ``side`` pixels; one that is smaller keeps its size."""
    from promptkit.rgb import as_rgb

    found = as_rgb(image).copy()
    found.thumbnail((side, side), reducing_gap=3.0)
    return found


def thumbnail(image: Image, side: int) -> Thumbnail:
    """Return a picture within ``side`` pixels, as WebP; one that fits already keeps its bits."""
    found = small(image, side)
    profile = {"icc_profile": image.info["icc_profile"]} if _is_rgb_profile(image) else {}
    handle = io.BytesIO()
    found.save(handle, format="WEBP", lossless=found.size == image.size, quality=QUALITY, **profile)
    uri = "data:image/webp;base64," + base64.b64encode(handle.getvalue()).decode("ascii")
    tiny = max(found.size) * ENLARGED <= side
    return Thumbnail(uri=uri, width=found.width, height=found.height, tiny=tiny)


def _is_rgb_profile(image: Image) -> bool:
    """Whether a picture's colour profile is still true of it as RGB."""
    return image.mode in ("RGB", "RGBA") and bool(image.info.get("icc_profile"))
