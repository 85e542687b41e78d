"""Training pictures, drawn as they are needed: scenes, pixels, and labels."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from promptkit.embedded.scenes.render import render
from promptkit.embedded.scenes.scene import Scene, draw_scene
from promptkit.embedded.words import FACETS

CLASSES = {facet: tuple(values) for facet, values in FACETS.items()}
SIDE = 128
"""Pixels a side of what the model draws."""
LOOKED_AT = 64
"""Pixels a side of what the judge and the tiny CLIP see: pictures are made smaller for them."""
SMALL_SHARE = 0.78
"""How much of a training on small pictures draws them at their own size."""


def draw_batch(
    rng: random.Random, size: int, *, held_out: bool = False, side: int = SIDE
) -> tuple[list[Scene], Tensor]:
    """Return ``size`` scenes and their pictures: uint8, (size, 3, side, side)."""
    scenes = [draw_scene(rng, held_out=held_out) for _ in range(size)]
    return scenes, draw_pictures(scenes, rng, side)


def draw_small(rng: random.Random, size: int, share: float, *, held_out: bool = False) -> tuple[list[Scene], Tensor]:
    """Return scenes and their pictures as the judge and the tiny CLIP see them, in −1 … 1: in the first part of a
    training, ``share`` of which is done, drawn at that size, which is quicker; then larger ones averaged."""
    side = LOOKED_AT if share < SMALL_SHARE else SIDE
    scenes, pictures = draw_batch(rng, size, held_out=held_out, side=side)
    return scenes, looked_at(to_float(pictures))


def draw_pictures(scenes: Sequence[Scene], rng: random.Random, side: int = SIDE) -> Tensor:
    """Render scenes: uint8, (batch, 3, side, side)."""
    pixels = np.stack([np.asarray(render(scene, rng, side)) for scene in scenes])
    return to_device(torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous())


def labels(scenes: Sequence[Scene]) -> Tensor:
    """Return class indices: int64, (batch, 5), in the order of ``FACETS``."""
    return torch.tensor(
        [[CLASSES[facet].index(getattr(scene, facet)) for facet in CLASSES] for scene in scenes], dtype=torch.int64
    )


def to_device(tensor: Tensor) -> Tensor:
    """Move a tensor to where new tensors are made: ``torch.set_default_device`` chooses it for a whole training."""
    return tensor.to(torch.get_default_device())


def looked_at(pictures: Tensor) -> Tensor:
    """Make pictures as small as the judge and the tiny CLIP see them, by averaging squares."""
    return functional.avg_pool2d(pictures, pictures.shape[-1] // LOOKED_AT)


def to_float(pictures: Tensor) -> Tensor:
    """Scale uint8 pictures to −1 … 1."""
    return pictures.float().div_(127.5).sub_(1.0)
