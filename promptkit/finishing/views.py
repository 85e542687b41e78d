"""Small views of large pictures, so that looking at a picture costs a few megabytes whatever its size is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promptkit.finishing.arrays import values

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""
PIXELS = 1 << 22
"""Pixels of the picture that are looked at at once."""


def colours(image: Image, box: Box | None = None, factor: int = 1) -> NDArray[Any]:
    """Return float32 (height, width, 3) in 0 to 1 of a part of a picture of any mode, ``factor`` times smaller.

    Each value is the mean of ``factor`` by ``factor`` pixels; what is left over at the right and below is left out.
    Grey stands in all three channels, alpha is left out.
    """
    import numpy as np

    left, top, right, bottom = box or (0, 0, *image.size)
    height, width = (bottom - top) // factor, (right - left) // factor
    found = np.empty((height, width, 3), np.float32)
    most = max(1, PIXELS // (factor * factor * max(width, 1)))
    for row in range(0, height, most):
        rows = min(most, height - row)
        strip = (left, top + row * factor, left + width * factor, top + (row + rows) * factor)
        found[row : row + rows] = _mean(values(image.crop(strip)), factor)
    return found


def small(image: Image, side: int) -> tuple[Image, int]:
    """Return an RGB picture whose longer side is at most ``side``, and how many times smaller it is."""
    import numpy as np
    from PIL import Image as Pillow

    factor = min(-(-max(image.size) // side), *image.size)
    if factor == 1 and image.mode == "RGB":
        return image, 1
    return Pillow.fromarray(np.rint(colours(image, factor=factor) * 255).astype(np.uint8)), factor


def _mean(found: NDArray[Any], factor: int) -> NDArray[Any]:
    height, width, channels = found.shape
    cells = found.reshape(height // factor, factor, width // factor, factor, channels)
    return cells.mean(axis=(1, 3)) if factor > 1 else found
