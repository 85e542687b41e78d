"""The small decoder of previews: latents to pictures of half the side, 64×64, in a fraction of the autoencoder's time.

Of TAESD's architecture (diffusers' ``AutoencoderTiny``), taught to show what the autoencoder would. Its encoder is
never used and stays as it was made.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny
from torch import Tensor

from promptkit.embedded.training.data import draw_batch, looked_at, to_float
from promptkit.embedded.training.loop import Average, Run
from promptkit.embedded.training.vae import LATENT_CHANNELS, loss_of, psnr

WIDTH = 16
SEED = 6_000_001
POOL = 6144
PART = 64


def build() -> AutoencoderTiny:
    return AutoencoderTiny(
        latent_channels=LATENT_CHANNELS,
        decoder_block_out_channels=(WIDTH, WIDTH, WIDTH),
        num_decoder_blocks=(2, 2, 0),
        encoder_block_out_channels=(2, 2, 2),
        num_encoder_blocks=(0, 0, 0),
        scaling_factor=1.0,
    )


@torch.no_grad()
def pairs(vae: AutoencoderKL, name: str, count: int, *, held_out: bool = False) -> tuple[Tensor, Tensor]:
    """Return scaled latents (count, channels, 16, 16) and what the autoencoder shows for them, halved: (count, 3, 64,
    64) in −1 … 1, both as fp16."""
    rng, found = random.Random(name), []
    for _ in range(count // PART):
        latents = vae.encode(to_float(draw_batch(rng, PART, held_out=held_out)[1])).latent_dist.mean
        found.append((latents * vae.config.scaling_factor, looked_at(vae.decode(latents).sample)))
    latents, shown = (torch.cat(parts).half() for parts in zip(*found, strict=True))
    return latents, shown


def train(folder: Path, vae: AutoencoderKL, steps: int = 3000, batch: int = 32) -> AutoencoderTiny:
    """Train or resume; returns the averaged decoder."""
    torch.manual_seed(SEED)
    tiny = build()
    average = Average(tiny.decoder, 0.995)
    optimizer = torch.optim.AdamW(tiny.decoder.parameters(), lr=3e-3, weight_decay=0.0, betas=(0.9, 0.98))
    run = Run("preview", folder, {"tiny": tiny, "average": average, "optimizer": optimizer}, seed=SEED)
    run.restore()
    latents, shown = pairs(vae, f"preview/{SEED}", POOL) if run.done < steps else (torch.empty(0), torch.empty(0))

    def step(rng: random.Random, share: float) -> Mapping[str, float]:
        optimizer.param_groups[0]["lr"] = 3e-3 * min(1.0, 40 * share + 0.02, 1.2 * (1.02 - share))
        rows = rng.sample(range(POOL), batch)
        wanted = shown[rows].float()
        restored = _decoded(tiny, latents[rows].float())
        loss = loss_of(restored, wanted)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tiny.decoder.parameters(), 1.0)
        optimizer.step()
        average.update(tiny.decoder)
        return {"loss": loss.item(), "psnr": psnr(restored.detach(), wanted)}

    run.train(steps, step)
    tiny.decoder.load_state_dict(average.weights())
    return tiny.eval()


@torch.no_grad()
def measure(tiny: AutoencoderTiny, vae: AutoencoderKL, count: int = 512) -> dict[str, float]:
    """Return PSNR in dB against what the autoencoder shows, on held-out scenes."""
    latents, shown = pairs(vae, "preview/measure", count, held_out=True)
    return {"psnr": psnr(_decoded(tiny, latents.float()), shown.float())}


def _decoded(tiny: AutoencoderTiny, latents: Tensor) -> Any:
    return tiny.decode(latents).sample
