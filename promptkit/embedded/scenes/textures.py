"""Banks of textures that make the media: facets, brush strokes, paper. Made once, picked and shifted for each
picture."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]

BANK = 24


def smooth_noise(rng: np.random.Generator, size: int, cells: int) -> Floats:
    """Return value noise, (size, size) in −1 … 1, with ``cells`` bumps a side (bilinear)."""
    grid = rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)
    at = np.linspace(0, cells, size, endpoint=False, dtype=np.float32)
    low = at.astype(np.intp)
    part = at - low
    rows = grid[low] * (1 - part)[:, None] + grid[low + 1] * part[:, None]
    return rows[:, low] * (1 - part) + rows[:, low + 1] * part


@lru_cache(maxsize=4)
def facets(size: int) -> tuple[tuple[Ints, Floats], ...]:
    """Return triangle meshes as (label of each pixel, brightness of each label)."""
    rng = np.random.default_rng(11)
    found = []
    for _ in range(BANK):
        step = size / 8
        ys, xs = np.mgrid[0:size, 0:size].astype(np.float32)
        xs = xs + smooth_noise(rng, size, 8) * step * 0.45 + rng.uniform(0, step)
        ys = ys + smooth_noise(rng, size, 8) * step * 0.45 + rng.uniform(0, step)
        column, row = (xs // step).astype(np.intp), (ys // step).astype(np.intp)
        fx, fy = xs / step - column, ys / step - row
        upper = np.where((column + row) % 2 == 0, fx > fy, fx + fy > 1)
        column, row = column - column.min(), row - row.min()
        label = (row * (column.max() + 1) + column) * 2 + upper
        found.append((label, rng.uniform(0.86, 1.12, int(label.max()) + 1).astype(np.float32)))
    return tuple(found)


@lru_cache(maxsize=4)
def strokes(size: int) -> tuple[tuple[Ints, Ints, Floats], ...]:
    """Return brush strokes as (source row, source column, bristle relief in about 0.85 … 1.15)."""
    rng = np.random.default_rng(12)
    found = []
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float32)
    for _ in range(BANK):
        count = 420
        cy, cx = rng.uniform(0, size, (2, count)).astype(np.float32)
        angle = rng.normal(0.6, 0.5, count).astype(np.float32)
        cos, sin = np.cos(angle), np.sin(angle)
        dx, dy = xs[..., None] - cx, ys[..., None] - cy
        along, across = dx * cos + dy * sin, dy * cos - dx * sin
        nearest = np.argmin((along / 3.2) ** 2 + across**2, axis=-1)
        pull = 0.38
        row = np.clip(np.rint(ys + (cy[nearest] - ys) * pull), 0, size - 1).astype(np.intp)
        column = np.clip(np.rint(xs + (cx[nearest] - xs) * pull), 0, size - 1).astype(np.intp)
        offset = np.take_along_axis(across, nearest[..., None], -1)[..., 0]
        relief = (
            1
            - 0.1 * np.sign(offset) * np.clip(np.abs(offset) * 32 / size, 0, 1)
            + rng.uniform(-0.07, 0.07, count)[nearest]
        )
        found.append((row, column, relief.astype(np.float32)))
    return tuple(found)


@lru_cache(maxsize=4)
def washes(size: int) -> tuple[tuple[Floats, Floats, Floats, Floats], ...]:
    """Return watercolour papers as (row shift, column shift in pixels, pigment in 0.55 … 1.2, paint mask in 0 … 1)."""
    rng = np.random.default_rng(13)
    found = []
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float32) / size
    for _ in range(BANK):
        edge = np.minimum(np.minimum(xs, 1 - xs), np.minimum(ys, 1 - ys))
        mask = np.clip((edge - 0.045 + 0.03 * smooth_noise(rng, size, 10)) * 28, 0, 1)
        pigment = 0.86 + 0.2 * smooth_noise(rng, size, 6) + 0.08 * smooth_noise(rng, size, 20)
        shift = size / 64
        found.append(
            (
                smooth_noise(rng, size, 12) * 1.4 * shift,
                smooth_noise(rng, size, 12) * 1.4 * shift,
                pigment.astype(np.float32),
                mask.astype(np.float32),
            )
        )
    return tuple(found)
