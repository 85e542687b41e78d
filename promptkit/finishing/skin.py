"""Where skin is, by its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLUE = (77, 127)
RED = (133, 173)
"""Levels of Cb and Cr between which skin lies, dark or light (Chai and Ngan, IEEE Trans. CSVT 9(4), 1999)."""
SOFT = 6.0
"""Levels over which a colour stops being skin's."""
GREY = 3.0
"""Mean distance of Cb and Cr from 128, in levels, under which a picture has no colours to judge by."""


def skin(found: NDArray[Any]) -> NDArray[Any]:
    """Return float32 (height, width) in 0 to 1: how much the colour of values (height, width, 3) is skin's."""
    import numpy as np

    blue, red = chroma(found)
    share = np.ones(found.shape[:2], np.float32)
    for levels, (low, high) in ((blue, BLUE), (red, RED)):
        share *= np.clip((levels - low + SOFT) / SOFT, 0, 1) * np.clip((high + SOFT - levels) / SOFT, 0, 1)
    return share


def coloured(found: NDArray[Any]) -> bool:
    """Say whether values (height, width, 3) have colours: black-and-white pictures have no skin's."""
    import numpy as np

    blue, red = chroma(found)
    return bool(np.hypot(blue - 128, red - 128).mean() > GREY)


def chroma(found: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return Cb and Cr (ITU-R BT.601, full range) in levels, 128 where there is no colour."""
    red, green, blue = found[..., 0], found[..., 1], found[..., 2]
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return 128 + 255 * (blue - luma) / 1.772, 128 + 255 * (red - luma) / 1.402
