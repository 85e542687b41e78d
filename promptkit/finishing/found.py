"""What a detector found, looked at before it is believed: detectors come from anywhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from promptkit.errors import GenerationError
from promptkit.interfaces import Face, Point

LANDMARKS = 5
MOST = 1000
"""Faces that are read of one picture; a detector that finds more finds anything."""
OVERLAP = 0.3
"""The share of the smaller box from which on two boxes are one face."""
TOO_LARGE = 2
"""How many times longer than the picture a box is that is no face's."""
BEYOND = 0.5
"""How far outside of its box, in shares of its sides, landmarks of a face may lie."""
APART = 0.05
"""The share of its box's width that the eyes of a face are apart, at least."""


def fault_of(face: Any, size: tuple[int, int]) -> str:
    """Say what is wrong with a face in a picture of (width, height); empty where nothing is."""
    if not isinstance(face, Face):
        return f"it is {type(face).__name__} and no Face"
    if not _numbers(face.box, 4):
        return f"its box is {face.box!r}, and no four finite numbers"
    left, top, right, bottom = face.box
    if not (left < right and top < bottom):
        return f"its box {face.box} ends before it begins"
    if not (left < size[0] and top < size[1] and right > 0 and bottom > 0):
        return f"its box {face.box} lies outside of the picture of {size[0]}x{size[1]}"
    if max(right - left, bottom - top) > TOO_LARGE * max(size):
        return f"its box {face.box} is larger than the picture of {size[0]}x{size[1]}"
    if not isinstance(face.landmarks, Sequence) or len(face.landmarks) not in (0, LANDMARKS):
        return f"its landmarks are {face.landmarks!r}, and neither none nor {LANDMARKS} points"
    if not all(_numbers(point, 2) for point in face.landmarks):
        return f"its landmarks are {face.landmarks!r}, and no pairs of finite numbers"
    return "" if _numbers([face.score], 1) else f"its score is {face.score!r}, and no finite number"


def sound_faces(found: Any, size: tuple[int, int]) -> tuple[list[Face], str]:
    """Return the faces that can be worked on, those of one face merged, the largest first; and what was left out.

    Raises GenerationError for what is no list of faces.
    """
    if not isinstance(found, Iterable) or isinstance(found, (str, bytes, dict)):
        raise GenerationError(
            f"The detector gave {type(found).__name__} and no faces.", hint="Choose another: face:detector=cascade."
        )
    read = list(islice(found, MOST + 1))
    faults = [fault_of(face, size) for face in read[:MOST]]
    sound = [face for face, fault in zip(read, faults, strict=False) if not fault]
    said = [f"{len(read) - 1}+ were found, {MOST} were read"] if len(read) > MOST else []
    wrong = [fault for fault in faults if fault]
    if wrong:
        said.append(f"{len(wrong)} left out, since of the first {wrong[0]}")
    return merged(sound), "; ".join(said)


def merged(faces: Iterable[Face]) -> list[Face]:
    """Return faces without those that are a surer one's again, the largest first; of equals the upper left one."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: (-face.score, -area(face.box), face.box)):
        if all(_shared(face.box, other.box) < OVERLAP for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: (-area(face.box), face.box))


def landmarks_of(face: Face) -> tuple[Point, ...]:
    """Return a face's landmarks where they can be those of its box; else none."""
    left, top, right, bottom = face.box
    width, height = right - left, bottom - top
    near = all(
        -BEYOND * width <= x - left <= (1 + BEYOND) * width and -BEYOND * height <= y - top <= (1 + BEYOND) * height
        for x, y in face.landmarks
    )
    return face.landmarks if near and face.landmarks and math.dist(*face.landmarks[:2]) >= APART * width else ()


def area(box: tuple[float, float, float, float]) -> float:
    """Return a box's area in square pixels."""
    return max(box[2] - box[0], 0) * max(box[3] - box[1], 0)


def _shared(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    """Return the share of the smaller box that lies in the other."""
    common = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    return area(common) / min(area(one), area(other))


def _numbers(values: Any, count: int) -> bool:
    return (
        isinstance(values, Sequence)
        and len(values) == count
        and all(isinstance(value, (int, float)) and math.isfinite(value) for value in values)
    )
