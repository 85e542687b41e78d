"""Find faces by the cascade of local binary patterns that scikit-image ships: no download, no landmarks.

The cascade says yes to many a patch that is no face. But a face is found by many windows around it, in the picture and
in its mirror image, at other sizes and blurred, and a patch by a few of them by chance. So windows are counted: a quick
look over the whole picture says where to look closely, and the close look decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from promptkit.errors import SettingsError
from promptkit.extras import need
from promptkit.finishing.views import small
from promptkit.interfaces import Face

if TYPE_CHECKING:
    from PIL.Image import Image

Window = tuple[float, float, float, float]

LONGEST = 640
"""The longer side in pixels of what is looked at; a face is found from 24 pixels there on."""
WINDOW = 24
"""The side of the cascade's smallest window."""
CLOSE = 72
"""The side that what was found is brought to for the close look."""
MARGIN = 0.35
"""How much of its side is looked at around it."""
SAME = 0.4
"""Intersection over union from which on two windows are of one thing."""
VIEWS = 4
"""Views of one angle: plain and blurred, each with its mirror image."""
TURNS = (0, 10, -10)
"""Degrees that the close look turns the picture by."""
SURE = 25.0
"""Windows a view of the close look from which on it is a face: faces of the photographs that this was tried on have 34
to 46, patches that are none up to 18."""
CANDIDATES = 40
"""How many things are looked at closely, those with the most windows."""


class Cascade:
    """Finds faces that look into the camera, upright, from about 4 % of the picture's longer side on."""

    name = "cascade"
    summary = "finds frontal faces without a download, by scikit-image's cascade; no landmarks"

    def check_model(self, model: str, sha256: str) -> None:
        """Raise SettingsError where scikit-image is missing, and for a model: the cascade comes with the package."""
        need("skimage", "scikit-image", "finish", "The face detector 'cascade'")
        if model or sha256:
            raise SettingsError(
                "The face detector 'cascade' takes no model.", hint="Leave it out, or use face:detector=yunet."
            )

    def facts(self) -> dict[str, str]:
        return {"scikit-image": version("scikit-image")}

    def detect(self, image: Image, *, model: str = "", sha256: str = "") -> Sequence[Face]:
        """Return the faces; ``score`` is how many windows a view found one. Raises what ``check_model`` does."""
        self.check_model(model, sha256)
        looked, factor = small(image, LONGEST)
        if min(looked.size) < WINDOW:
            return []
        faces = []
        for window in _candidates(looked):
            count, box = _close_look(looked, window)
            if count >= SURE:
                left, top, right, bottom = (edge * factor for edge in box)
                faces.append(Face(box=(left, top, right, bottom), score=count))
        return faces


@cache
def _cascade() -> Any:
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade as Trained

    return Trained(lbp_frontal_face_cascade_filename())


def _windows(image: Image, scale: float, least: int, most: int) -> list[Window]:
    """Return every window that the cascade says yes to, in a picture and in its mirror image.

    Their sides lie between two lengths in pixels, and grow by ``scale``.
    """
    from PIL.Image import Transpose

    mirrored = _plain_windows(image.transpose(Transpose.FLIP_LEFT_RIGHT), scale, least, most)
    back = [(image.width - right, top, image.width - left, bottom) for left, top, right, bottom in mirrored]
    return _plain_windows(image, scale, least, most) + back


def _plain_windows(image: Image, scale: float, least: int, most: int) -> list[Window]:
    import numpy as np

    grey = np.ascontiguousarray(np.asarray(image.convert("L"), dtype=np.float64) / 255)
    found = _cascade().detect_multi_scale(
        grey, scale, 1, (least, least), (most, most), min_neighbor_number=1, intersection_score_threshold=2
    )
    return [(one["c"], one["r"], one["c"] + one["width"], one["r"] + one["height"]) for one in found]


def _candidates(image: Image) -> list[Window]:
    """Return what the quick look found more than once, most windows first."""
    groups = _groups(_windows(image, 1.15, WINDOW, min(image.size)))
    return [_mean(group) for group in groups if len(group) > 1][:CANDIDATES]


def _groups(windows: Sequence[Window]) -> Iterator[list[Window]]:
    """Yield windows of one thing together, the most first."""
    import numpy as np

    if not windows:
        return
    boxes = np.asarray(windows, dtype=float)
    same = np.array([_shares(boxes, box) for box in boxes]) > SAME
    left = np.ones(len(boxes), dtype=bool)
    while left.any():
        centre = int(np.argmax((same & left).sum(axis=1) * left))
        group = same[centre] & left
        yield [windows[int(number)] for number in np.flatnonzero(group)]
        left &= ~group


def _close_look(image: Image, window: Window) -> tuple[float, Window]:
    """Return how many windows a view find it again, at the angle at which most do, and their mean."""
    from PIL import ImageFilter
    from PIL.Image import Resampling, Transform

    side, width = window[2] - window[0], round(CLOSE * (1 + 2 * MARGIN))
    left, top, scale = window[0] - MARGIN * side, window[1] - MARGIN * side, side / CLOSE
    view = image.transform((width, width), Transform.AFFINE, (scale, 0, left, 0, scale, top), Resampling.BICUBIC)
    best: tuple[float, Window] = (0.0, window)
    for turn in TURNS:
        turned = view.rotate(turn, Resampling.BICUBIC)
        found = _again(turned) + _again(turned.filter(ImageFilter.GaussianBlur(1.5)))
        if len(found) / VIEWS > best[0]:
            edges = _mean(found)
            best = len(found) / VIEWS, (
                left + scale * edges[0], top + scale * edges[1], left + scale * edges[2], top + scale * edges[3]
            )  # fmt: skip
    return best


def _again(view: Image) -> list[Window]:
    """Return the windows that find again what stands in the middle of a view."""
    import numpy as np

    windows = _windows(view, 1.05, int(0.7 * CLOSE), int(1.4 * CLOSE))
    edge = (view.width - CLOSE) / 2
    middle = edge, edge, edge + CLOSE, edge + CLOSE
    shares = _shares(np.asarray(windows, float).reshape(-1, 4), middle)
    return [window for window, share in zip(windows, shares, strict=True) if share > SAME]


def _shares(boxes: Any, box: Any) -> Any:
    """Return the intersection over union of each of ``boxes`` (n, 4) with a box."""
    import numpy as np

    width = np.minimum(boxes[:, 2], box[2]) - np.maximum(boxes[:, 0], box[0])
    height = np.minimum(boxes[:, 3], box[3]) - np.maximum(boxes[:, 1], box[1])
    common = np.maximum(width, 0) * np.maximum(height, 0)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return common / (areas + (box[2] - box[0]) * (box[3] - box[1]) - common)


def _mean(windows: Sequence[Window]) -> Window:
    left, top, right, bottom = (sum(edges) / len(windows) for edges in zip(*windows, strict=True))
    return left, top, right, bottom
