"""How well the upscaler does, beside resampling: PSNR and SSIM on scenes of combinations that were held out."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from promptkit.embedded.scenes.render import render
from promptkit.embedded.scenes.scene import Scene, draw_scene
from promptkit.embedded.training.data import SIDE
from promptkit.embedded.training.upscaler_data import through

Enlarge = Callable[[Image.Image, tuple[int, int]], Image.Image]
Pictures = list[tuple[Image.Image, Image.Image]]
"""Small pictures and what they were made from."""

Judged = NDArray[np.float64]
"""PSNR and SSIM of each picture, (pictures, 2)."""

CAP = 60.0
"""A picture that comes back exactly has no finite PSNR; it counts as this many decibels, for every method."""


def enlarged(network: Any, image: Image.Image, times: int = 1) -> Image.Image:
    """Return an RGB picture of 2, 4, … times the width and height."""
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float().div(255)
    with torch.inference_mode():
        for _ in range(times):
            pixels = network(pixels).clamp(0, 1)
    return Image.fromarray(pixels[0].permute(1, 2, 0).mul(255).round().byte().numpy())


def methods(network: Any) -> Mapping[str, Enlarge]:
    """Return the upscaler and what it is set against, each making a picture of a size."""
    return {
        "upscaler": lambda image, size: enlarged(network, image, (size[0] // image.width).bit_length() - 1),
        "lanczos": lambda image, size: image.resize(size, Image.Resampling.LANCZOS),
        "bicubic": lambda image, size: image.resize(size, Image.Resampling.BICUBIC),
    }


def scenes(count: int) -> list[Scene]:
    """Return combinations that were never trained on."""
    rng = random.Random("upscaler/measure")
    return [draw_scene(rng, held_out=True) for _ in range(count)]


def pictures(shown: list[Scene], factor: int, way: Image.Resampling = Image.Resampling.BOX) -> Pictures:
    """Draw scenes ``factor`` times as large as the embedded model does, and make them small again."""
    rng, found = random.Random("upscaler/pictures"), []
    for scene in shown:
        large = render(scene, rng, SIDE * factor)
        found.append((large.resize((SIDE, SIDE), way), large))
    return found


def measure(network: Any, vae: AutoencoderKL, count: int = 240) -> dict[str, dict[str, dict[str, float]]]:
    """Return mean PSNR in dB and SSIM (Wang et al., 2004) of each method; higher is better. ``gain`` is the median over
    pictures of what a method's PSNR has over that of Lanczos: pixel art, which comes back nearly whole, pulls up means.

    ``box`` pictures were made small as the renderer does, ``bicubic`` ones as programs do, ``autoencoder`` ones are
    what the embedded model can show; ``four times`` runs the upscaler twice.
    """
    shown = scenes(count)
    box = pictures(shown, 2)
    seen = through(vae, [small for small, _ in box])
    sets: dict[str, Pictures] = {
        "box": box,
        "bicubic": pictures(shown, 2, Image.Resampling.BICUBIC),
        "autoencoder": [(small, large) for small, (_, large) in zip(seen, box, strict=True)],
        "four times": pictures(shown[: count // 4], 4),
    }
    return {
        name: _compared({m: _judged(pairs, way) for m, way in methods(network).items()}) for name, pairs in sets.items()
    }


def _compared(judged: Mapping[str, Judged]) -> dict[str, dict[str, float]]:
    return {
        method: {
            "psnr": round(float(found[:, 0].mean()), 3),
            "ssim": round(float(found[:, 1].mean()), 4),
            "gain": round(float(np.median(found[:, 0] - judged["lanczos"][:, 0])), 3),
        }
        for method, found in judged.items()
    }


def of_styles(network: Any, count: int = 240) -> dict[str, dict[str, float]]:
    """Return each method's mean PSNR in dB for each style, on ``box`` pictures."""
    shown = scenes(count)
    pairs, found = pictures(shown, 2), dict[str, dict[str, float]]()
    for style in sorted({scene.style for scene in shown}):
        part = [pair for pair, scene in zip(pairs, shown, strict=True) if scene.style == style]
        found[style] = {m: round(float(_judged(part, way)[:, 0].mean()), 3) for m, way in methods(network).items()}
    return found


def _judged(pairs: Pictures, enlarge: Enlarge) -> Judged:
    found = []
    for small, large in pairs:
        made, truth = np.asarray(enlarge(small, large.size)), np.asarray(large)
        found.append((_psnr(truth, made), structural_similarity(truth, made, channel_axis=-1)))
    return np.array(found)


def _psnr(truth: NDArray[np.uint8], made: NDArray[np.uint8]) -> float:
    return CAP if np.array_equal(truth, made) else min(CAP, float(peak_signal_noise_ratio(truth, made)))
