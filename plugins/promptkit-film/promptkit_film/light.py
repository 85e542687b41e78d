"""Light that spreads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def blurred(plane: NDArray[Any], radius: float) -> NDArray[Any]:
    """Return a float plane (height, width) blurred by a Gaussian of ``radius`` pixels."""
    import numpy as np
    from PIL import Image as Pillow
    from PIL import ImageFilter

    bands = Pillow.fromarray(np.rint(np.clip(plane, 0, 1) * 255).astype(np.uint8))
    return np.asarray(bands.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32) / 255
