"""Sharpening: an unsharp mask on brightness, whose halos are bounded."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promptkit.finishing.arrays import LUMA
from promptkit.finishing.tiles import finished_in_tiles
from promptkit.interfaces import MODES, Processed, Setting

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

TRUNCATE = 3.0
"""Standard deviations after which the Gaussian ends."""


class Sharpen:
    """Adds what a blurred copy lacks, to brightness alone: colours keep their differences, so edges get no fringes."""

    name = "sharpen"
    summary = "an unsharp mask on brightness, without coloured fringes and with bounded halos"
    modes = MODES
    settings = (
        Setting(name="amount", default=0.6, least=0, most=5, summary="0 is none"),
        Setting(name="radius", default=1.0, least=0.3, most=20, summary="pixels, the Gaussian's standard deviation"),
        Setting(
            name="threshold",
            default=0.01,
            least=0,
            most=0.5,
            summary="how faint a detail, as a share of white, is left alone: noise",
        ),
        Setting(
            name="halo",
            default=0.03,
            least=0,
            most=1,
            summary="how far, as a share of white, an edge may go beyond what lies round it",
        ),
    )

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Processed:  # noqa: ARG002
        if settings["amount"] == 0:
            return Processed(image=image.copy(), note="The amount is 0: nothing was changed.", done=False)

        def work(found: NDArray[Any]) -> NDArray[Any]:
            return sharpened(found, **{name: settings[name] for name in ("amount", "radius", "threshold", "halo")})

        note = f"amount {settings['amount']:g}, radius {settings['radius']:g}"
        return Processed(image=finished_in_tiles(image, work, overlap=_reach(settings["radius"])), note=note)


def sharpened(found: NDArray[Any], *, amount: float, radius: float, threshold: float, halo: float) -> NDArray[Any]:
    """Return values (height, width, 1 or 3) with sharper brightness.

    Details fainter than ``threshold`` are left out and stronger ones lessened by it, so that no edge begins at once.
    """
    import numpy as np
    from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter

    brightness = found[..., 0] if found.shape[-1] == 1 else found @ np.asarray(LUMA, np.float32)
    detail = brightness - gaussian_filter(brightness, radius, truncate=TRUNCATE, mode="reflect")
    kept = np.sign(detail) * np.maximum(np.abs(detail) - np.float32(threshold), 0)
    side = 2 * math.ceil(radius) + 1
    darkest, lightest = minimum_filter(brightness, side), maximum_filter(brightness, side)
    sharp = np.clip(brightness + np.float32(amount) * kept, darkest - halo, lightest + halo)
    return found + (sharp - brightness)[..., None]


def _reach(radius: float) -> int:
    """Return how far away, in pixels, a pixel changes what another becomes."""
    return math.ceil(TRUNCATE * radius) + 1
