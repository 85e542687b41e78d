"""What writing a candidate costs: PNG at three levels and lossless WebP, for a drawing and for a photo-like picture.

python benchmarks/encoding.py
"""

from __future__ import annotations

import io
import random
import statistics
import sys
import time
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

SIDE = 1024
ROUNDS = 5
WAYS: dict[str, dict[str, Any]] = {
    "PNG level 0": {"format": "PNG", "compress_level": 0},
    "PNG level 1": {"format": "PNG", "compress_level": 1},
    "PNG level 6": {"format": "PNG", "compress_level": 6},
    "WebP lossless, method 0": {"format": "WEBP", "lossless": True, "quality": 0, "method": 0},
    "WebP lossless, method 4": {"format": "WEBP", "lossless": True},
}


def drawing() -> Image.Image:
    """Return flat shapes without any noise."""
    rng = random.Random(0)
    image = Image.new("RGB", (SIDE, SIDE), (240, 235, 220))
    canvas = ImageDraw.Draw(image)
    for _ in range(120):
        x, y, size = rng.randrange(SIDE), rng.randrange(SIDE), rng.randrange(20, 240)
        colour = tuple(rng.randrange(256) for _ in range(3))
        rng.choice([canvas.ellipse, canvas.rectangle])((x, y, x + size, y + size), fill=colour, outline=(20, 20, 20))
    return image


def photo_like() -> Image.Image:
    """Return a picture with the 1/f spectrum of natural images (Field, 1987) and sensor noise of 2 grey levels."""
    rng = np.random.default_rng(0)
    fy, fx = np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None, :]
    falloff = 1 / np.maximum(np.hypot(fy, fx), 1 / SIDE)
    shared, planes = rng.normal(size=(SIDE, SIDE)), []
    for _ in range(3):
        white = 0.9 * shared + 0.1 * rng.normal(size=(SIDE, SIDE))
        plane = np.fft.irfft2(np.fft.rfft2(white) * falloff, s=(SIDE, SIDE))
        planes.append(128 + 50 * (plane - plane.mean()) / plane.std() + rng.normal(0, 2, (SIDE, SIDE)))
    return Image.fromarray(np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8))


def main() -> None:
    for name, image in {"drawing": drawing(), "photo-like": photo_like()}.items():
        times: dict[str, list[float]] = {way: [] for way in WAYS}
        sizes = {}
        for _ in range(ROUNDS):
            for way, options in WAYS.items():
                buffer = io.BytesIO()
                begin = time.process_time()
                image.save(buffer, **options)
                times[way].append(time.process_time() - begin)
                sizes[way] = buffer.tell()
        for way, taken in times.items():
            sys.stdout.write(
                f"{name:11} {way:24} {statistics.median(taken) * 1000:6.0f} ms {sizes[way] / 1024:7.0f} KiB\n"
            )


if __name__ == "__main__":
    main()
