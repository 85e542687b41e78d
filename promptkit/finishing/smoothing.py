"""Three ways to take out noise of a known standard deviation, each on values (height, width, 1 or 3) in 0 to 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

PATCH, AWAY = 5, 6
"""Non-local means: pixels across a patch, and how far away an alike one is looked for."""
LIKENESS = 0.8
"""Its cut-off, in standard deviations of the noise: skimage's own advice for the fast form."""
TOLERANCE, WIDTH = {1: 2.25, 3: 4.0}, 2.0
"""Bilateral: standard deviations of colour, in those of the noise, by the number of channels, whose differences OpenCV
adds up; and of distance, in pixels. Tried on four photographs with noise of 5 to 40 levels."""
REACH = 9
"""Pixels across the bilateral window."""
WAVELET, LEVELS = "db2", 3
"""A quarter of a decibel better than Haar's on photographs, and without its blocks; more levels gain nothing, and make
tiles depend on more of what lies around."""
SHIFTS = ((0, 0), (1, 2), (2, 1), (3, 3))
"""Wavelets see a picture by blocks of pixels; the mean over several ways to lay them has no pattern of its own (Coifman
and Donoho, "Translation-invariant de-noising", 1995)."""


@dataclass(frozen=True, kw_only=True)
class Method:
    """A way to take out noise."""

    work: Callable[[NDArray[Any], float], NDArray[Any]]
    """Is handed values and the standard deviation, as a share of white."""
    overlap: int
    """Pixels of the neighbourhood that a tile needs."""
    module: str
    """The library's, whose version decides the bits."""

    @property
    def library(self) -> str:
        """The library and its version, as recipes keep them."""
        return f"{self.module} {import_module(self.module).__version__}"


def non_local_means(found: NDArray[Any], sigma: float) -> NDArray[Any]:
    """Return the mean of pixels whose neighbourhoods are alike (Buades, Coll and Morel, CVPR 2005; by integral images
    as of Darbon et al., ISBI 2008)."""
    import numpy as np
    from skimage.restoration import denoise_nl_means

    made = denoise_nl_means(
        found, PATCH, AWAY, h=LIKENESS * sigma, sigma=sigma, fast_mode=True, channel_axis=-1, preserve_range=True
    )
    return made.reshape(found.shape).astype(np.float32, copy=False)


def bilateral(found: NDArray[Any], sigma: float) -> NDArray[Any]:
    """Return the mean of near pixels of near colours (Tomasi and Manduchi, ICCV 1998)."""
    import cv2
    import numpy as np

    made = cv2.bilateralFilter(np.ascontiguousarray(found), REACH, TOLERANCE[found.shape[-1]] * sigma, WIDTH)
    return made.reshape(found.shape)


def wavelets(found: NDArray[Any], sigma: float) -> NDArray[Any]:
    """Return values whose small wavelet coefficients were shrunk, band by band as BayesShrink has it (Chang, Yu and
    Vetterli, IEEE Transactions on Image Processing 9(9), 2000), colour apart from brightness."""
    import numpy as np
    from skimage.restoration import denoise_wavelet

    channels = found.shape[-1]
    total = np.zeros_like(found)
    for shift in SHIFTS:
        moved = np.roll(found, shift, (0, 1))
        made = denoise_wavelet(
            moved,
            sigma=[sigma] * channels,
            wavelet=WAVELET,
            wavelet_levels=LEVELS,
            channel_axis=-1,
            convert2ycbcr=channels == 3,
            rescale_sigma=True,
        )
        total += np.roll(made, tuple(-step for step in shift), (0, 1))
    return total / len(SHIFTS)


METHODS = {
    "nlm": Method(work=non_local_means, overlap=AWAY + PATCH // 2, module="skimage"),
    "bilateral": Method(work=bilateral, overlap=REACH // 2, module="cv2"),
    "wavelet": Method(work=wavelets, overlap=32, module="skimage"),
}
