"""A face brought to the place where its restorer wants it, and what was made of it put back.

Coordinates are in pixels from the upper left corner; the first pixel's centre is at 0.5. A picture is touched only
within the soft mask of a face, tile by tile, so that a face may be as large as the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.finishing.arrays import LUMA, picture, values
from promptkit.finishing.found import landmarks_of
from promptkit.finishing.tiles import boxes
from promptkit.finishing.views import Box, colours
from promptkit.interfaces import Face, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

SIDE = 512
TEMPLATE: tuple[Point, ...] = (
    (192.98138, 239.94708), (318.90277, 240.1936), (256.63416, 314.01935),
    (201.26117, 371.41043), (313.08905, 371.15118),
)  # fmt: skip
"""Where eyes, nose and corners of the mouth are in a face of 512 pixels that is aligned as those of the data set FFHQ:
what GFPGAN and RestoreFormer were trained on (the five mean points are published in xinntao/facexlib)."""
PADDED, LIFT = 1.7, 0.1
"""How a box of a frontal face, brows to chin, becomes a square in which eyes and mouth are about there."""
EDGE = 0.95
FEATHER = 0.25
"""The mask is 1 up to ``EDGE - FEATHER`` of the half side, and 0 from ``EDGE`` on."""
TILE = 1024


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A square in a picture, upright or turned, that is looked at as ``side`` by ``side`` pixels."""

    into: NDArray[Any]
    """float64 (2, 3): from places in the picture to places in the square; a similarity."""
    side: int

    @property
    def scale(self) -> float:
        """How many pixels of the picture one of the square is wide."""
        return 1 / math.hypot(self.into[0, 0], self.into[1, 0])

    @property
    def back(self) -> NDArray[Any]:
        """float64 (2, 3): from places in the square to places in the picture."""
        import numpy as np

        return np.linalg.inv(np.vstack([self.into, (0, 0, 1)]))[:2]

    def place(self, point: Point) -> Point:
        """Return where a place in the picture is in the square."""
        x, y = self.into[:, :2] @ point + self.into[:, 2]
        return float(x), float(y)

    def bounds(self, margin: float = 0.0) -> Box:
        """Return the box around the square in the picture, ``margin`` pixels wider; it may reach beyond the picture."""
        import numpy as np

        corners = np.array([(0, 0, 1), (self.side, 0, 1), (0, self.side, 1), (self.side, self.side, 1)]) @ self.back.T
        low, high = np.floor(corners.min(axis=0) - margin), np.ceil(corners.max(axis=0) + margin)
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def similarity(given: Sequence[Point], wanted: Sequence[Point]) -> NDArray[Any]:
    """Return the similarity, float64 (2, 3), that brings points nearest to others in the sense of least squares.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", IEEE TPAMI 13(4), 1991,
    Eq. 40 to 43. Raises ValueError where all of the points lie in one place.
    """
    import numpy as np

    source, target = np.asarray(given, float), np.asarray(wanted, float)
    from_centre, to_centre = source - source.mean(axis=0), target - target.mean(axis=0)
    spread = (from_centre**2).sum() / len(source)
    if spread < 1e-12:
        raise ValueError("all of the points lie in one place")
    left, sizes, right = np.linalg.svd(to_centre.T @ from_centre / len(source))
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right)) or 1.0])
    turn = left @ np.diag(signs) @ right
    scaled = turn * ((sizes * signs).sum() / spread)
    return np.column_stack([scaled, target.mean(axis=0) - scaled @ source.mean(axis=0)])


def restoring(face: Face, size: tuple[int, int]) -> Frame:
    """Return the frame that a restorer wants, in a picture of ``size``: by landmarks where they are known, else by the
    box."""
    if landmarks := landmarks_of(face):
        return Frame(into=similarity(landmarks, TEMPLATE), side=SIDE)
    square = by_box(face, size, factor=PADDED, lift=LIFT)
    return Frame(into=square.into * (SIDE / square.side), side=SIDE)


def by_box(face: Face, size: tuple[int, int], *, factor: float, lift: float = 0.0, most: int = 0) -> Frame:
    """Return an upright frame round the part of a face's box that lies in the picture, ``factor`` times as wide.

    Its middle lies ``lift`` of the box's width higher. A pixel of the frame is one of the picture, so that nothing is
    interpolated; with ``most`` above 0 the frame has at most so many.
    """
    import numpy as np

    left, top = max(face.box[0], 0), max(face.box[1], 0)
    right, bottom = min(face.box[2], size[0]), min(face.box[3], size[1])
    wide = max(math.ceil(factor * max(right - left, bottom - top)), 1)
    pixels = min(wide, most) if most else wide
    raised = lift * max(right - left, bottom - top)
    corner = math.floor((left + right - wide) / 2), math.floor((top + bottom - wide) / 2 - raised)
    zoom = pixels / wide
    return Frame(into=np.array([(zoom, 0, -zoom * corner[0]), (0, zoom, -zoom * corner[1])], float), side=pixels)


def taken(image: Image, frame: Frame) -> NDArray[Any]:
    """Return float32 (side, side, 3) in 0 to 1: the picture within a frame; beyond its border its edge is repeated."""
    import numpy as np

    factor = max(1, math.floor(frame.scale))
    bounds = frame.bounds(margin=3 * factor)
    inside = _clipped(bounds, image.size, factor)
    found = colours(image, inside, factor)
    edges = [max(0, -(-(inside[axis] - bounds[axis]) // factor)) for axis in (1, 0)]
    ends = [max(0, -(-(bounds[axis + 2] - inside[axis + 2]) // factor)) for axis in (1, 0)]
    found = np.pad(found, (*zip(edges, ends, strict=True), (0, 0)), mode="edge")
    corner = np.array([inside[0] - factor * edges[1], inside[1] - factor * edges[0]], float)
    from_square = frame.back
    from_square[:, 2] -= corner
    planes = Planes.of(found, frame.scale / factor)
    return np.clip(planes.looked_up(from_square / factor, (frame.side, frame.side)), 0, 1)


def put(image: Image, frame: Frame, made: NDArray[Any], before: NDArray[Any], strength: float) -> None:
    """Blend what was made of a frame (side, side, 3) into a picture of any mode; ``before`` is what was taken.

    What lies outside of the mask keeps its bits, and alpha is kept. Of a face that is larger than the frame, detail
    that the frame is too small to hold is kept: all of it from twice the size on.
    """
    import numpy as np

    left, top, right, bottom = _clipped(frame.bounds(), image.size, 1)
    kept = min(max(frame.scale - 1, 0.0), 1.0)
    planes = Planes.of(made - kept * before, 1 / frame.scale)
    for box in boxes((right - left, bottom - top), TILE):
        place = left + box[0], top + box[1]
        size = box[2] - box[0], box[3] - box[1]
        from_tile = frame.into.copy()
        from_tile[:, 2] += frame.into[:, :2] @ np.array(place, float)
        share = strength * _mask(from_tile, size, frame.side)[..., None]
        if share.any():
            crop = image.crop((*place, place[0] + size[0], place[1] + size[1]))
            image.paste(_mixed(crop, planes.looked_up(from_tile, size), share, 1 - kept), place)


def _mixed(image: Image, added: NDArray[Any], share: NDArray[Any], less: float) -> Image:
    """Return a picture plus ``share`` of what is added to it and of ``less`` of itself taken from it."""
    import numpy as np

    found = values(image)
    if found.shape[2] == 1:
        added = (added @ np.asarray(LUMA, np.float32))[..., None]
    return picture(found + share * (added - less * found), image)


def _mask(into: NDArray[Any], size: tuple[int, int], side: int) -> NDArray[Any]:
    """Return the soft mask, float32 (height, width), of a tile whose places ``into`` brings into the square.

    Its lines of equal weight are squircles, |x|⁴ + |y|⁴ = r⁴: a face fills more of a square than an ellipse does.
    """
    import numpy as np

    across, down = (np.arange(count, dtype=np.float64) + 0.5 for count in size)
    places = [row[0] * across[None] + row[1] * down[:, None] + row[2] for row in into]
    apart = [np.abs(place * 2 / side - 1) for place in places]
    share = np.clip((EDGE - (apart[0] ** 4 + apart[1] ** 4) ** 0.25) / FEATHER, 0, 1)
    return (share * share * (3 - 2 * share)).astype(np.float32)


def _clipped(box: Box, size: tuple[int, int], least: int) -> Box:
    """Return the part of a box that lies in a picture, at least ``least`` pixels wide and high where it can be."""
    (left, right), (top, bottom) = (
        _span(box[axis], box[axis + 2], size[axis], min(least, size[axis])) for axis in (0, 1)
    )
    return left, top, right, bottom


def _span(low: int, high: int, end: int, least: int) -> tuple[int, int]:
    low = min(max(low, 0), end - least)
    return low, min(max(high, low + least), end)


@dataclass(frozen=True, kw_only=True)
class Planes:
    """Channels that places are looked up in, made smaller by Lanczos' filter first where that is what comes of it."""

    planes: Sequence[Image]
    """Of floats; each edge is repeated by two pixels, so that bicubic has its neighbours."""
    size: tuple[float, float]
    """Width and height in shares of what was given."""

    @classmethod
    def of(cls, found: NDArray[Any], shrunk: float) -> Planes:
        """Take values (height, width, channels), to be made ``shrunk`` times smaller; under 1 they stay."""
        import numpy as np
        from PIL import Image as Pillow

        height, width = (max(1, round(count / max(1.0, shrunk))) for count in found.shape[:2])
        planes = []
        for channel in range(found.shape[2]):
            plane = Pillow.fromarray(np.ascontiguousarray(found[..., channel], dtype=np.float32))
            if plane.size != (width, height):
                plane = plane.resize((width, height), Pillow.Resampling.LANCZOS)
            planes.append(Pillow.fromarray(np.pad(np.asarray(plane), 2, mode="edge")))
        return cls(planes=planes, size=(width / found.shape[1], height / found.shape[0]))

    def looked_up(self, places: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
        """Return float32 (height, width, channels) of ``size`` = (width, height), bicubic.

        ``places``, (2, 3), brings its places to those in what was given.
        """
        import numpy as np
        from PIL import Image as Pillow

        matrix = places * np.array(self.size)[:, None]
        matrix[:, 2] += 2
        how = Pillow.Transform.AFFINE, tuple(matrix.ravel()), Pillow.Resampling.BICUBIC
        return np.stack([np.asarray(plane.transform(size, *how)) for plane in self.planes], axis=2)
