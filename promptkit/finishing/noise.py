"""How much noise a picture has."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

CLEAN = 2.5 / 255
"""Below this a picture counts as clean: photographs without visible noise measure up to 2.2 levels, which is detail."""
ROWS = 64
MOST_PIXELS = 4_000_000
"""Larger pictures are measured on bands of ``ROWS`` rows, evenly apart, since memory has to be bounded."""


def estimated_sigma(image: Image) -> float:
    """Return the standard deviation of a picture's noise, as a share of white, the mean of its channels.

    The median of the finest diagonal wavelet coefficients tells it, since most of them are noise (Donoho and Johnstone,
    "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81(3), 1994). Fine texture all over the picture is
    taken for noise.
    """
    import numpy as np
    from skimage.restoration import estimate_sigma

    sampled = bands(image)
    if min(sampled.shape[:2]) < 2:
        return 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the median of a flat channel is one of nothing
        found = estimate_sigma(sampled, channel_axis=-1)
    return float(np.mean(np.nan_to_num(found)))


def bands(image: Image) -> NDArray[Any]:
    """Return the values of a picture (height, width, 1 or 3), or of bands of it where it is large."""
    import numpy as np

    from promptkit.finishing.arrays import values

    every = -(-image.width * image.height // MOST_PIXELS)
    if every == 1 or image.height < 2 * ROWS:
        return values(image)
    tops = range(0, image.height - ROWS + 1, ROWS * every)
    return np.concatenate([values(image.crop((0, top, image.width, top + ROWS))) for top in tops])
