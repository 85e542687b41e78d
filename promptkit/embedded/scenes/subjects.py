"""The sixteen subjects as stacks of polygons.

Coordinates: x to the right, y up, origin where the subject touches the ground; about 1.7 high and at most 1.7 wide.
Each shape is ``(role, points)``; a role becomes a colour when the scene is painted.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Point = tuple[float, float]
Shape = tuple[str, tuple[Point, ...]]
Build = Callable[[int], tuple[Shape, ...]]
"""Build the shapes with so many corners to a full ellipse."""


def rect(x0: float, y0: float, x1: float, y1: float) -> tuple[Point, ...]:
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def arc(cx: float, cy: float, rx: float, ry: float, n: int, start: float = 0.0, stop: float = 1.0) -> tuple[Point, ...]:
    """Return points on an ellipse from ``start`` to ``stop`` turns, counter-clockwise from the right."""
    count = max(3, round(n * (stop - start))) + (stop - start < 1)
    step = (stop - start) / (count - (stop - start < 1))
    turns = [start + step * i for i in range(count)]
    return tuple((cx + rx * math.cos(2 * math.pi * t), cy + ry * math.sin(2 * math.pi * t)) for t in turns)


def lighthouse(n: int) -> tuple[Shape, ...]:
    def band(low: float, high: float) -> tuple[Point, ...]:
        left, right = 0.40 - 0.12 * low, 0.40 - 0.12 * high
        return ((-left, low), (left, low), (right, high), (-right, high))

    return (
        ("stone", arc(0, 0.02, 0.62, 0.14, n)),
        ("main", band(0.05, 1.22)),
        ("cream", band(0.36, 0.58)),
        ("cream", band(0.82, 1.0)),
        ("dark", rect(-0.36, 1.2, 0.36, 1.28)),
        ("glow", rect(-0.18, 1.28, 0.18, 1.52)),
        ("shade", ((-0.27, 1.5), (0.27, 1.5), (0, 1.8))),
        ("dark", arc(0, 0.1, 0.1, 0.2, n, 0, 0.5)),
    )


def cottage(_: int) -> tuple[Shape, ...]:
    return (
        ("stone", rect(0.32, 0.9, 0.52, 1.5)),
        ("main", rect(-0.68, 0, 0.68, 0.8)),
        ("shade", ((-0.86, 0.74), (0.86, 0.74), (0.46, 1.36), (-0.46, 1.36))),
        ("dark", rect(-0.15, 0, 0.15, 0.5)),
        ("glow", rect(-0.54, 0.28, -0.26, 0.56)),
        ("glow", rect(0.26, 0.28, 0.54, 0.56)),
    )


def tree(n: int) -> tuple[Shape, ...]:
    return (
        ("wood", ((-0.17, 0), (0.17, 0), (0.1, 0.8), (-0.1, 0.8))),
        ("shade", arc(-0.42, 0.95, 0.42, 0.38, n)),
        ("shade", arc(0.42, 0.95, 0.42, 0.38, n)),
        ("main", arc(0, 1.25, 0.58, 0.52, n)),
        ("light", arc(-0.18, 1.42, 0.22, 0.18, n)),
        ("light", arc(0.3, 1.08, 0.14, 0.11, n)),
    )


def tulip(n: int) -> tuple[Shape, ...]:
    return (
        ("leaf", rect(-0.05, 0, 0.05, 1.0)),
        ("leaf", ((0, 0.05), (-0.5, 0.75), (-0.12, 0.5))),
        ("leaf", ((0, 0.05), (0.5, 0.65), (0.12, 0.42))),
        ("main", arc(0, 1.12, 0.42, 0.4, n, 0.5, 1.0)),
        ("main", ((-0.42, 1.12), (-0.4, 1.68), (-0.12, 1.12))),
        ("main", ((0.42, 1.12), (0.4, 1.68), (0.12, 1.12))),
        ("shade", ((-0.22, 1.05), (0, 1.74), (0.22, 1.05))),
    )


def mushroom(n: int) -> tuple[Shape, ...]:
    return (
        ("cream", ((-0.27, 0), (0.27, 0), (0.18, 0.85), (-0.18, 0.85))),
        ("shade", arc(0, 0.84, 0.74, 0.14, n)),
        ("main", arc(0, 0.84, 0.78, 0.74, n, 0, 0.5)),
        ("cream", arc(-0.3, 1.14, 0.13, 0.11, n)),
        ("cream", arc(0.14, 1.32, 0.15, 0.12, n)),
        ("cream", arc(0.42, 1.0, 0.1, 0.08, n)),
    )


def cat(n: int) -> tuple[Shape, ...]:
    return (
        ("shade", ((0.3, 0.02), (0.78, 0.1), (0.86, 0.62), (0.72, 0.66), (0.64, 0.26), (0.3, 0.2))),
        ("main", arc(0, 0.45, 0.46, 0.5, n)),
        ("cream", arc(0, 0.4, 0.2, 0.3, n)),
        ("main", ((-0.46, 1.2), (-0.42, 1.72), (-0.08, 1.42))),
        ("main", ((0.46, 1.2), (0.42, 1.72), (0.08, 1.42))),
        ("main", arc(0, 1.14, 0.5, 0.4, n)),
        ("cream", arc(0, 1.0, 0.2, 0.14, n)),
        ("dark", arc(-0.2, 1.2, 0.075, 0.1, n)),
        ("dark", arc(0.2, 1.2, 0.075, 0.1, n)),
        ("dark", ((-0.06, 1.08), (0.06, 1.08), (0, 1.0))),
    )


def owl(n: int) -> tuple[Shape, ...]:
    return (
        ("wood", rect(-0.85, 0.02, 0.85, 0.16)),
        ("main", ((-0.5, 1.2), (-0.52, 1.74), (-0.1, 1.5))),
        ("main", ((0.5, 1.2), (0.52, 1.74), (0.1, 1.5))),
        ("main", arc(0, 0.84, 0.56, 0.74, n)),
        ("shade", arc(-0.5, 0.72, 0.16, 0.46, n)),
        ("shade", arc(0.5, 0.72, 0.16, 0.46, n)),
        ("cream", arc(0, 0.58, 0.32, 0.4, n)),
        ("cream", arc(-0.23, 1.22, 0.23, 0.23, n)),
        ("cream", arc(0.23, 1.22, 0.23, 0.23, n)),
        ("dark", arc(-0.21, 1.22, 0.11, 0.12, n)),
        ("dark", arc(0.21, 1.22, 0.11, 0.12, n)),
        ("glow", ((-0.09, 1.1), (0.09, 1.1), (0, 0.92))),
    )


def fish(n: int) -> tuple[Shape, ...]:
    return (
        ("shade", ((0.42, 0.85), (0.9, 1.3), (0.8, 0.85), (0.9, 0.4))),
        ("shade", ((-0.2, 1.15), (0.3, 1.52), (0.35, 1.1))),
        ("main", arc(-0.12, 0.85, 0.66, 0.42, n)),
        ("cream", arc(-0.2, 0.66, 0.36, 0.16, n)),
        ("shade", ((0.0, 0.9), (0.3, 1.02), (0.28, 0.72))),
        ("cream", arc(-0.48, 0.98, 0.13, 0.13, n)),
        ("dark", arc(-0.5, 0.98, 0.07, 0.07, n)),
        ("light", arc(-0.78, 1.4, 0.09, 0.09, n)),
        ("light", arc(-0.62, 1.62, 0.06, 0.06, n)),
    )


def snail(n: int) -> tuple[Shape, ...]:
    return (
        ("sand", ((-0.86, 0), (0.8, 0), (0.66, 0.2), (-0.5, 0.26), (-0.56, 0.72), (-0.86, 0.72))),
        ("sand", arc(-0.72, 0.72, 0.2, 0.18, n)),
        ("sand", ((-0.84, 0.8), (-0.98, 1.12), (-0.9, 1.14), (-0.76, 0.8))),
        ("sand", ((-0.68, 0.8), (-0.6, 1.14), (-0.52, 1.12), (-0.6, 0.8))),
        ("dark", arc(-0.94, 1.14, 0.06, 0.06, n)),
        ("dark", arc(-0.56, 1.14, 0.06, 0.06, n)),
        ("main", arc(0.14, 0.76, 0.6, 0.6, n)),
        ("light", arc(0.16, 0.78, 0.42, 0.42, n)),
        ("main", arc(0.14, 0.74, 0.3, 0.3, n)),
        ("shade", arc(0.16, 0.76, 0.14, 0.14, n)),
    )


def sailboat(n: int) -> tuple[Shape, ...]:
    return (
        ("wood", rect(-0.04, 0.3, 0.04, 1.74)),
        ("main", ((0.08, 0.46), (0.08, 1.7), (0.78, 0.46))),
        ("light", ((-0.08, 0.46), (-0.08, 1.46), (-0.6, 0.46))),
        ("wood", ((-0.82, 0.38), (0.86, 0.38), (0.58, 0.02), (-0.52, 0.02))),
        ("cream", ((-0.79, 0.34), (0.82, 0.34), (0.77, 0.26), (-0.74, 0.26))),
        ("water", arc(0, 0, 0.95, 0.07, n)),
    )


def car(n: int) -> tuple[Shape, ...]:
    return (
        ("shade", ((-0.5, 0.62), (0.46, 0.62), (0.3, 1.1), (-0.3, 1.1))),
        ("glass", ((-0.4, 0.66), (-0.04, 0.66), (-0.04, 1.0), (-0.26, 1.0))),
        ("glass", ((0.04, 0.66), (0.36, 0.66), (0.25, 1.0), (0.04, 1.0))),
        ("main", ((-0.88, 0.16), (0.88, 0.16), (0.88, 0.5), (0.5, 0.66), (-0.6, 0.66), (-0.86, 0.56))),
        ("glow", rect(0.76, 0.38, 0.88, 0.5)),
        ("dark", arc(-0.48, 0.18, 0.22, 0.22, n)),
        ("dark", arc(0.48, 0.18, 0.22, 0.22, n)),
        ("cream", arc(-0.48, 0.18, 0.09, 0.09, n)),
        ("cream", arc(0.48, 0.18, 0.09, 0.09, n)),
    )


def rocket(n: int) -> tuple[Shape, ...]:
    return (
        ("flame", ((-0.16, 0.3), (0.16, 0.3), (0, -0.1))),
        ("shade", ((-0.24, 0.75), (-0.58, 0.22), (-0.2, 0.34))),
        ("shade", ((0.24, 0.75), (0.58, 0.22), (0.2, 0.34))),
        ("main", ((-0.22, 0.3), (0.22, 0.3), (0.32, 0.8), (0.22, 1.35), (0, 1.8), (-0.22, 1.35), (-0.32, 0.8))),
        ("cream", ((-0.2, 1.4), (0.2, 1.4), (0, 1.8))),
        ("dark", arc(0, 1.02, 0.17, 0.17, n)),
        ("glass", arc(0, 1.02, 0.12, 0.12, n)),
    )


def balloon(n: int) -> tuple[Shape, ...]:
    return (
        ("dark", ((-0.4, 0.8), (-0.15, 0.3), (-0.12, 0.3), (-0.34, 0.8))),
        ("dark", ((0.4, 0.8), (0.15, 0.3), (0.12, 0.3), (0.34, 0.8))),
        ("main", (*arc(0, 1.14, 0.66, 0.64, n, 0, 0.5), (-0.58, 0.92), (-0.2, 0.55), (0.2, 0.55), (0.58, 0.92))),
        ("cream", (*arc(0, 1.14, 0.3, 0.63, n, 0, 0.5), (-0.1, 0.56), (0.1, 0.56))),
        ("main", (*arc(0, 1.14, 0.12, 0.63, n, 0, 0.5), (-0.04, 0.56), (0.04, 0.56))),
        ("wood", rect(-0.18, 0.08, 0.18, 0.32)),
    )


def teapot(n: int) -> tuple[Shape, ...]:
    return (
        ("shade", arc(0.62, 0.6, 0.3, 0.34, n)),
        ("hole", arc(0.62, 0.6, 0.17, 0.2, n)),
        ("shade", ((-0.4, 0.3), (-0.92, 0.94), (-0.76, 1.0), (-0.36, 0.66))),
        ("main", arc(0, 0.54, 0.62, 0.52, n)),
        ("shade", rect(-0.34, 0, 0.34, 0.1)),
        ("light", arc(0, 1.0, 0.34, 0.12, n)),
        ("shade", arc(0, 1.16, 0.1, 0.1, n)),
        ("light", arc(-0.26, 0.7, 0.13, 0.17, n)),
    )


def robot(n: int) -> tuple[Shape, ...]:
    return (
        ("dark", rect(-0.03, 1.5, 0.03, 1.76)),
        ("flame", arc(0, 1.76, 0.09, 0.09, n)),
        ("steel", rect(-0.32, 0, -0.08, 0.3)),
        ("steel", rect(0.08, 0, 0.32, 0.3)),
        ("steel", rect(-0.68, 0.34, -0.48, 0.84)),
        ("steel", rect(0.48, 0.34, 0.68, 0.84)),
        ("main", rect(-0.46, 0.26, 0.46, 0.92)),
        ("cream", rect(-0.24, 0.42, 0.24, 0.72)),
        ("main", rect(-0.52, 0.98, 0.52, 1.54)),
        ("glow", arc(-0.22, 1.3, 0.13, 0.13, n)),
        ("glow", arc(0.22, 1.3, 0.13, 0.13, n)),
        ("dark", arc(-0.22, 1.3, 0.055, 0.055, n)),
        ("dark", arc(0.22, 1.3, 0.055, 0.055, n)),
        ("dark", rect(-0.2, 1.08, 0.2, 1.14)),
    )


def umbrella(n: int) -> tuple[Shape, ...]:
    return (
        ("wood", rect(-0.045, 0.1, 0.045, 1.0)),
        ("wood", ((-0.045, 0.1), (0.045, 0.1), (0.045, 0.02), (-0.28, 0.02), (-0.28, 0.22), (-0.2, 0.22), (-0.2, 0.1))),
        ("main", arc(0, 0.95, 0.86, 0.76, n, 0, 0.5)),
        ("light", ((-0.86, 0.95), (-0.5, 0.95), (0, 1.71), (-0.6, 1.46))),
        ("shade", ((-0.16, 0.95), (0.2, 0.95), (0, 1.71))),
        ("shade", ((0.86, 0.95), (0.54, 0.95), (0, 1.71), (0.6, 1.46))),
        ("dark", rect(-0.03, 1.68, 0.03, 1.82)),
    )


BUILD: dict[str, Build] = {
    build.__name__: build
    for build in (
        lighthouse, cottage, tree, tulip, mushroom, cat, owl, fish,
        snail, sailboat, car, rocket, balloon, teapot, robot, umbrella,
    )
}  # fmt: skip
