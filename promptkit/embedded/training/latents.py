"""Shards of encoded scenes: drawn and encoded once, in a process of their own, while the denoiser trains on those
that are there."""

from __future__ import annotations

import copy
import random
import time
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file
from torch import Tensor

from promptkit.embedded.scenes.scene import Scene
from promptkit.embedded.training.data import CLASSES, draw_batch, labels, to_device, to_float

SHARD = 1024
SEED = 3_000_001


def shard_path(folder: Path, index: int) -> Path:
    return folder / "latents" / f"{index:05d}.safetensors"


@torch.no_grad()
def make(folder: Path, vae: AutoencoderKL, count: int, shard: int = SHARD) -> None:
    """Write the shards 0 … count − 1 that are missing; each depends on its index alone."""
    shard_path(folder, 0).parent.mkdir(parents=True, exist_ok=True)
    half = copy.deepcopy(vae).to(torch.bfloat16)
    for index in range(count):
        path = shard_path(folder, index)
        if path.exists():
            continue
        scenes, pictures = draw_batch(random.Random(f"latents/{SEED}/{index}"), shard)
        means = [half.encode(to_float(part).bfloat16()).latent_dist.mean for part in pictures.split(64)]
        latents = torch.cat(means).float() * vae.config.scaling_factor
        save_file({"latents": latents.half().cpu(), "labels": labels(scenes).cpu()}, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)


class Pool:
    """The shards that a step may draw from: more of them as training goes on, the same ones in every run."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.count = folder, count
        self.latents: list[Tensor] = []
        self.labels: list[Tensor] = []

    def draw(self, rng: random.Random, batch: int, available: int) -> tuple[Tensor, list[Scene]]:
        """Return latents (batch, channels, 16, 16), float32, and their scenes; waits for shards that are being made."""
        while len(self.latents) < min(available, self.count):
            path = shard_path(self.folder, len(self.latents))
            while not path.exists():
                time.sleep(0.5)
            loaded = load_file(path)
            self.latents.append(loaded["latents"])
            self.labels.append(loaded["labels"])
        size = min(available, self.count)
        picks = [(shard := rng.randrange(size), rng.randrange(len(self.latents[shard]))) for _ in range(batch)]
        latents = torch.stack([self.latents[shard][row] for shard, row in picks]).float()
        return to_device(latents), [to_scene(self.labels[shard][row]) for shard, row in picks]


def to_scene(row: Tensor) -> Scene:
    return Scene(*(values[int(i)] for values, i in zip(CLASSES.values(), row, strict=True)))
