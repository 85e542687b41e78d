"""What the upscaler is taught on: pictures and the small ones they are to be made from."""

from __future__ import annotations

import random

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor

from promptkit.embedded.scenes.render import render
from promptkit.embedded.scenes.scene import draw_scene
from promptkit.embedded.training.data import SIDE

Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""A small picture, (side, side, 3), and the one of twice its side."""

FINE_SHARE = 0.2
"""How many pictures are drawn at half the size, with lines half as thick."""
CHOSEN = {"autoencoder": 0.35, "clean": 0.4, "worn": 0.25}
"""What the small pictures went through."""
PATCH = 32
PART = 64


class Pool:
    """Pairs that are drawn once and cut, turned and recoloured anew for each step."""

    def __init__(self, name: str, count: int, vae: AutoencoderKL) -> None:
        rng = random.Random(name)
        self.pairs: list[Pair] = []
        while len(self.pairs) < count:
            self.pairs.extend(_pairs(rng, min(PART, count - len(self.pairs)), vae))

    def draw(self, rng: random.Random, batch: int) -> tuple[Tensor, Tensor]:
        """Return small patches and what they are to become: 0 … 1, (batch, 3, 32, 32) and (batch, 3, 64, 64)."""
        found = [_patch(rng, *rng.choice(self.pairs)) for _ in range(batch)]
        small, large = (torch.from_numpy(np.stack(part)).float().div_(255) for part in zip(*found, strict=True))
        return small.permute(0, 3, 1, 2), large.permute(0, 3, 1, 2)


def _pairs(rng: random.Random, count: int, vae: AutoencoderKL) -> list[Pair]:
    """Draw scenes of the training part; those for the autoencoder have its size."""
    ways = rng.choices(tuple(CHOSEN), tuple(CHOSEN.values()), k=count)
    found, coded = [], []
    for way in ways:
        fine = way != "autoencoder" and rng.random() < FINE_SHARE / (1 - CHOSEN["autoencoder"])
        size = SIDE if fine else 2 * SIDE
        large = render(draw_scene(rng), rng, size)
        small = halved(large, rng)
        if way == "autoencoder":
            coded.append((large.reduce(2), large))
        else:
            found.append((np.asarray(_worn(small, rng) if way == "worn" else small), np.asarray(large)))
    seen = through(vae, [small for small, _ in coded])
    return [*found, *((np.asarray(small), np.asarray(large)) for small, (_, large) in zip(seen, coded, strict=True))]


def halved(large: Image.Image, rng: random.Random) -> Image.Image:
    """Halve a picture as the renderer does, or as programs do that resize pictures."""
    size = (large.width // 2, large.height // 2)
    way = rng.choice((Image.Resampling.BOX, Image.Resampling.BOX, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS))
    return large.resize(size, way)


def _worn(small: Image.Image, rng: random.Random) -> Image.Image:
    """Blur a picture a little and put noise of up to three grey levels on it."""
    blurred = np.asarray(small.filter(ImageFilter.GaussianBlur(rng.uniform(0.0, 0.7))), np.float32)
    noise = np.random.default_rng(rng.getrandbits(64)).normal(0, rng.uniform(0.0, 3.0), blurred.shape)
    return Image.fromarray(np.clip(np.rint(blurred + noise), 0, 255).astype(np.uint8))


@torch.no_grad()
def through(vae: AutoencoderKL, pictures: list[Image.Image]) -> list[Image.Image]:
    """Return pictures of the embedded model's size as they come out of the autoencoder."""
    found: list[Image.Image] = []
    for start in range(0, len(pictures), PART):
        pixels = np.stack([np.asarray(picture) for picture in pictures[start : start + PART]])
        shown = vae.decode(vae.encode(_signed(pixels)).latent_dist.mean).sample.clamp(-1, 1).add(1).mul(127.5)
        levels = shown.round().byte().permute(0, 2, 3, 1).numpy()
        found.extend(Image.fromarray(picture) for picture in levels)
    return found


def _signed(pixels: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def _patch(rng: random.Random, small: NDArray[np.uint8], large: NDArray[np.uint8]) -> Pair:
    """Cut the same place out of both, turn and mirror it, and exchange its colours, so that no palette is learnt."""
    side = small.shape[0] - PATCH
    row, column = rng.randrange(side + 1), rng.randrange(side + 1)
    turns, mirror, order = rng.randrange(4), rng.random() < 0.5, rng.sample(range(3), 3)
    cut = (small[row : row + PATCH, column : column + PATCH], large[2 * row :, 2 * column :][: 2 * PATCH, : 2 * PATCH])
    first, second = (np.rot90(part[:, ::-1] if mirror else part, turns)[..., order] for part in cut)
    return first, second
