"""Pictures of any mode as RGB."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")


def as_rgb(image: Image) -> Image:
    """Return an RGB picture of any mode: what is transparent lies on white, 16 bits are brought down to 8."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    from PIL import Image as Pillow

    if image.mode in SIXTEEN_BITS:
        import numpy as np

        return Pillow.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        white = Pillow.new("RGBA", image.size, "white")
        return Pillow.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")
