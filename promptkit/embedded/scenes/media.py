"""The six styles: each turns a painted scene into a picture of its medium."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from promptkit.embedded.scenes import textures

Pixels = NDArray[np.float32]
Medium = Callable[[Pixels, NDArray[np.float32], int, random.Random], Pixels]
"""``medium(pixels (2·size, 2·size, 3) in 0 … 255, subject mask in 0 … 1, size, rng) -> (size, size, 3)``."""

PAPER = np.array((250, 245, 232), np.float32)
BLOCKS = 32
"""How many blocks a side of a pixel-art picture has, whatever its size."""


def halve(pixels: Pixels) -> Pixels:
    """Average 2×2 blocks."""
    return (pixels[::2, ::2] + pixels[1::2, ::2] + pixels[::2, 1::2] + pixels[1::2, 1::2]) / np.float32(4)


def flat_vector(pixels: Pixels, _mask: Pixels, _size: int, _rng: random.Random) -> Pixels:
    return halve(pixels)


def pixel_art(pixels: Pixels, _mask: Pixels, size: int, _rng: random.Random) -> Pixels:
    """Blocks in a palette of six levels a channel; in pictures of 64 pixels each is two pixels wide."""
    while len(pixels) > BLOCKS:
        pixels = halve(pixels)
    levels, block = np.clip(np.rint(pixels / 51), 0, 5) * 51, size // len(pixels)
    return levels.repeat(block, axis=0).repeat(block, axis=1)


def watercolour(pixels: Pixels, _mask: Pixels, size: int, rng: random.Random) -> Pixels:
    """Pigment that pools and bleeds on white paper."""
    down, across, pigment, painted = rng.choice(textures.washes(size))
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float32)
    rows = np.clip(np.rint(ys + down), 0, size - 1).astype(np.intp)
    columns = np.clip(np.rint(xs + across), 0, size - 1).astype(np.intp)
    picture = halve(pixels)[rows, columns]
    soft = (picture + np.roll(picture, 1, 0) + np.roll(picture, 1, 1) + np.roll(picture, (1, 1), (0, 1))) / 4
    pooled = 1 + 0.004 * np.abs(picture - soft).mean(-1)
    density = (0.80 * pigment * pooled * painted)[..., None]
    return PAPER - (PAPER - soft) * np.clip(density, 0, 1)


def ink_line(pixels: Pixels, mask: Pixels, _size: int, rng: random.Random) -> Pixels:
    """Pen lines over a thin wash: dark contours where the painting changes, hatching outside the subject."""
    grey, side = pixels.mean(-1), pixels.shape[0]
    pen = max(1, side // 64)
    edge = np.abs(grey - np.roll(grey, pen, 0)) + np.abs(grey - np.roll(grey, pen, 1))
    edge += 160 * (np.abs(mask - np.roll(mask, pen, 0)) + np.abs(mask - np.roll(mask, pen, 1)))
    line = np.clip((edge - 26) / 40, 0, 1)
    ys, xs = np.mgrid[0:side, 0:side]
    period = side // 9
    hatch = (
        ((xs + (ys if rng.random() < 0.5 else side - ys)) % period < 1.5 * pen)
        * (1 - mask)
        * np.clip((230 - grey) / 230, 0, 1)
    )
    wash = np.where(mask[..., None] > 0.5, 0.82, 0.42)
    washed = PAPER - (PAPER - pixels) * wash
    ink = np.clip(np.maximum(line, hatch * 0.7), 0, 1)[..., None]
    drawn = washed * (1 - ink) + np.array((24, 20, 28), np.float32) * ink
    return halve(drawn.astype(np.float32))


def low_poly(pixels: Pixels, mask: Pixels, size: int, rng: random.Random) -> Pixels:
    """Triangles of one colour each behind a subject that is itself cut into lit and shaded facets."""
    label, brightness = rng.choice(textures.facets(size))
    picture, inside = halve(pixels), halve(mask)[..., None]
    flat, count = label.ravel(), np.bincount(label.ravel())
    mean = np.stack([np.bincount(flat, picture[..., c].ravel()) / np.maximum(count, 1) for c in range(3)], -1)
    behind = mean[label] * brightness[label][..., None]
    facet = picture * (1 + 1.4 * (brightness[label][..., None] - 0.98))
    return (behind * (1 - inside) + facet * inside).astype(np.float32)


def oil_painting(pixels: Pixels, _mask: Pixels, size: int, rng: random.Random) -> Pixels:
    """Thick strokes that carry the colour of where they began, with the relief of the bristles."""
    row, column, relief = rng.choice(textures.strokes(size))
    picture = halve(pixels)[row, column]
    grey = picture.mean(-1, keepdims=True)
    rich = (grey + (picture - grey) * 1.2) * 0.94
    return rich * relief[..., None]


MEDIA: dict[str, Medium] = {
    "flat-vector": flat_vector,
    "pixel-art": pixel_art,
    "watercolour": watercolour,
    "ink-line": ink_line,
    "low-poly": low_poly,
    "oil-painting": oil_painting,
}


def to_image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8), "RGB")
