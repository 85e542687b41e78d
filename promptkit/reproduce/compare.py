"""How far two pictures differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.rgb import as_rgb

if TYPE_CHECKING:
    from PIL.Image import Image

CLOSE = 1
"""Grey levels: what another batch shape may change."""
ROWS = 256
"""How many rows of two pictures are compared at once."""
DEEP = "I;16"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two pictures side by side."""

    same_size: bool
    largest: int = 0
    """The largest difference of a pixel in one channel, in levels of 0 to 255."""
    differing: float = 0.0
    """The share of pixels that differ, 0 to 1."""
    psnr: float = math.inf
    """Peak signal-to-noise ratio in decibels, higher is nearer; infinite for equal pictures."""

    @property
    def identical(self) -> bool:
        """Whether every pixel is the same."""
        return self.same_size and self.psnr == math.inf

    @property
    def close(self) -> bool:
        """Whether no pixel differs by more than one level."""
        return self.same_size and self.largest <= CLOSE

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; the ratio of equal pictures is ``None``."""
        return {
            "identical": self.identical,
            "close": self.close,
            "same_size": self.same_size,
            "largest_difference": self.largest if self.same_size else None,
            "differing": self.differing if self.same_size else None,
            "psnr_db": self.psnr if self.same_size and math.isfinite(self.psnr) else None,
        }

    def __str__(self) -> str:
        if self.identical:
            return "bit-identical"
        if not self.same_size:
            return "another size"
        level = "level" if self.largest == 1 else "levels"
        return f"up to {self.largest} {level}, {self.differing:.2%} of the pixels, {self.psnr:.1f} dB"


def compare(before: Image, after: Image) -> Comparison:
    """Compare two pictures in their own mode where they share it, else as RGB."""
    import numpy as np

    if before.size != after.size:
        return Comparison(same_size=False)
    if before.mode != after.mode:
        before, after = as_rgb(before), as_rgb(after)
    scale = 257 if before.mode == DEEP else 1
    largest, differing, squares, values = 0, 0, 0.0, 0
    for top in range(0, before.height, ROWS):
        box = (0, top, before.width, min(top + ROWS, before.height))
        first, second = (np.asarray(image.crop(box)).astype(np.int32) for image in (before, after))
        gaps = np.abs(first - second).reshape(-1, first.shape[2] if first.ndim == 3 else 1)
        largest = max(largest, int(gaps.max()))
        differing += int(gaps.any(1).sum())
        squares += float(np.square(gaps, dtype=np.float64).sum())
        values += gaps.size
    peak = 255.0 * scale
    ratio = math.inf if not squares else 10 * math.log10(peak**2 * values / squares)
    share = differing / (before.width * before.height)
    return Comparison(same_size=True, largest=-(-largest // scale), differing=share, psnr=ratio)
