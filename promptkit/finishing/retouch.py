"""Retouch a face without a network: noise, flat eyes, red eyes. It restores nothing that is not in the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.finishing.skin import coloured, skin
from promptkit.interfaces import Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

EYES_AND_MOUTH: tuple[Point, ...] = ((0.28, 0.35), (0.72, 0.35), (0.5, 0.56), (0.34, 0.8), (0.66, 0.8))
"""Where landmarks usually lie in a box round a frontal face, brows to chin, in shares of its sides."""
WIDTH = 0.44
"""The distance of the eyes in such a box, in shares of its width: what a face is measured by."""
ELSEWHERE = 0.5
"""How much of the cleaning is done where there is no skin: lashes and hair are made of what looks like noise."""
PLAIN, COLOUR = 1.6, 4.0
"""How many times the noise brightness and colour may waver to be smoothed."""
BLOCK, SMOOTH = 8, 0.3
"""The side of a block in details, two pixels each, and the share of blocks that are smoother than the one taken."""
CLEAR = 1.0
"""Levels of noise up to which nothing is cleaned."""
MOST_SPOTS = 200
CONTRAST = 0.15
"""How much local contrast is raised round eyes and mouth."""
RED, REDDER = 2.0, 0.2
"""How many times, and by how much of 1, a pupil that a flash lit is redder than green and blue: skin, lips and brown
eyes are not both."""


@dataclass(frozen=True, kw_only=True)
class Retouched:
    """A face after the retouch."""

    pixels: NDArray[Any]
    """float32 (height, width, 3) in 0 to 1."""
    noise: float
    """Standard deviation of the noise that was found, in levels of 255."""
    red_eyes: int
    """How many were corrected."""


def usual_landmarks(box: tuple[float, float, float, float]) -> tuple[Point, ...]:
    """Return where eyes, nose and mouth usually lie in the box of a frontal face."""
    left, top, right, bottom = box
    return tuple((left + x * (right - left), top + y * (bottom - top)) for x, y in EYES_AND_MOUTH)


def retouched(face: NDArray[Any], landmarks: Sequence[Point]) -> Retouched:
    """Return a face, values (height, width, 3) in 0 to 1 with its landmarks in pixels, after the retouch."""
    import numpy as np

    apart = max(math.dist(landmarks[0], landmarks[1]), 1.0)
    calm, eyes = _without_red_eyes(face, landmarks, apart)
    noise = noise_of(calm)
    cleaned = _cleaned(calm, noise) if noise * 255 > CLEAR else calm
    made = _clearer(cleaned, landmarks, apart)
    return Retouched(pixels=np.clip(made, 0, 1).astype(np.float32), noise=noise * 255, red_eyes=eyes)


def noise_of(found: NDArray[Any]) -> float:
    """Return the standard deviation of the noise in brightness, in 0 to 1, of values (height, width, 3).

    The median size of the diagonal details of Haar's wavelet, over 0.6745 (Donoho and Johnstone, "Ideal spatial
    adaptation by wavelet shrinkage", Biometrika 81(3), 1994), block by block: cheeks show the noise alone, hair does
    not, so a block that is smoother than most speaks for all.
    """
    import numpy as np

    rows, columns = (count // 2 for count in found.shape[:2])
    grey = found[: 2 * rows, : 2 * columns].mean(axis=2)
    details = np.abs(grey[::2, ::2] - grey[1::2, ::2] - grey[::2, 1::2] + grey[1::2, 1::2]) / 2
    blocks = [
        float(np.median(details[row : row + BLOCK, column : column + BLOCK]))
        for row in range(0, rows - BLOCK + 1, BLOCK)
        for column in range(0, columns - BLOCK + 1, BLOCK)
    ]
    return float(np.quantile(blocks, SMOOTH)) / 0.6745 if blocks else 0.0


def _cleaned(face: NDArray[Any], noise: float) -> NDArray[Any]:
    """Return a face without noise: brightness and colour are smoothed up to edges, on skin more than elsewhere."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    grey = face.mean(axis=2)
    calm = _guided(grey, grey, 2, (PLAIN * noise) ** 2)
    colour = np.stack([_guided(calm, face[..., channel] - grey, 4, (COLOUR * noise) ** 2) for channel in range(3)], 2)
    on_skin = gaussian_filter(skin(calm[..., None] + colour), 2) if coloured(face) else np.ones_like(grey)
    share = (ELSEWHERE + (1 - ELSEWHERE) * on_skin)[..., None]
    return face + share * (calm[..., None] + colour - face)


def _guided(guide: NDArray[Any], found: NDArray[Any], radius: int, threshold: float) -> NDArray[Any]:
    """Return ``found`` smoothed wherever ``guide`` varies by less than ``threshold``, a variance; both (height, width).

    He, Sun and Tang, "Guided image filtering", IEEE TPAMI 35(6), 2013, Eq. 5, 6 and 8.
    """
    from scipy.ndimage import uniform_filter

    def mean(values: NDArray[Any]) -> NDArray[Any]:
        return uniform_filter(values, 2 * radius + 1, mode="reflect")

    of_guide, of_found = mean(guide), mean(found)
    slope = (mean(guide * found) - of_guide * of_found) / (mean(guide * guide) - of_guide**2 + threshold)
    return mean(slope) * guide + mean(of_found - slope * of_guide)


def _clearer(face: NDArray[Any], landmarks: Sequence[Point], apart: float) -> NDArray[Any]:
    """Return a face with more local contrast round its eyes and mouth: brighter than around gets brighter."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    grey = face.mean(axis=2)
    detail = np.clip(grey - gaussian_filter(grey, apart / 5), -0.2, 0.2)
    mouth = tuple(sum(axis) / 2 for axis in zip(*landmarks[3:5], strict=True))
    rows, columns = np.mgrid[: face.shape[0], : face.shape[1]] + 0.5
    share = np.zeros(grey.shape, np.float32)
    for (x, y), wide in ((landmarks[0], 0.3), (landmarks[1], 0.3), (mouth, 0.4)):
        away = ((columns - x) / (wide * apart)) ** 2 + ((rows - y) / (wide * apart) * 1.6) ** 2
        share = np.maximum(share, np.exp(-away / 2))
    return face + (CONTRAST * share * detail)[..., None]


def _without_red_eyes(face: NDArray[Any], landmarks: Sequence[Point], apart: float) -> tuple[NDArray[Any], int]:
    """Return a face whose red pupils are dark, and how many there were: at each eye the largest spot that is like one.

    What is red is told from colours smoothed a little, so that noise makes no spots.
    """
    import numpy as np
    from scipy.ndimage import binary_dilation, gaussian_filter, label

    calm = gaussian_filter(face, (apart / 40, apart / 40, 0))
    other = np.maximum(calm[..., 1], calm[..., 2])
    spots, count = label((calm[..., 0] > other + REDDER) & (calm[..., 0] > RED * other))
    pupils = [_pupil(spots, min(count, MOST_SPOTS), eye, apart) for eye in landmarks[:2]]
    found = [pupil for pupil in pupils if pupil is not None]
    if not found:
        return face, 0
    grown = binary_dilation(np.logical_or.reduce(found), iterations=max(1, round(apart / 30)))
    share = np.minimum(gaussian_filter(grown.astype(np.float32), max(0.5, apart / 100)) * 1.5, 1)
    made = face.copy()
    made[..., 0] += share * (np.minimum(face[..., 0], (face[..., 1] + face[..., 2]) / 2) - face[..., 0])
    return made, len(found)


def _pupil(spots: NDArray[Any], count: int, eye: Point, apart: float) -> NDArray[Any] | None:
    """Return the largest of numbered spots that has the place, size and shape of a pupil, bool (height, width)."""
    import numpy as np

    best: NDArray[Any] | None = None
    for number in range(1, count + 1):
        spot = spots == number
        rows, columns = np.nonzero(spot)
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        near = math.dist((columns.mean() + 0.5, rows.mean() + 0.5), eye) < 0.3 * apart
        sized = 0.05 * apart < min(height, width) and max(height, width) < 0.35 * apart
        round_enough = max(height, width) <= 2 * min(height, width) and len(rows) > 0.5 * height * width
        if near and sized and round_enough and (best is None or len(rows) > best.sum()):
            best = spot
    return best
