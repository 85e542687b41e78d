"""The autoencoder: 64×64 pictures to 16×16 latents and back (Kingma and Welling, arXiv:1312.6114; Rombach et al.,
arXiv:2112.10752)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import Tensor
from torch.nn import functional

from promptkit.embedded.training.data import draw_batch, to_float
from promptkit.embedded.training.loop import Average, HalfTwin, Run

LATENT_CHANNELS = 6
SEED = 1_000_001
KL_WEIGHT = 1e-4


def build() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(32, 48, 96),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=8,
        sample_size=64,
        mid_block_add_attention=False,
    )


def _gradients(pictures: Tensor) -> tuple[Tensor, Tensor]:
    return pictures[..., 1:] - pictures[..., :-1], pictures[..., 1:, :] - pictures[..., :-1, :]


def loss_of(restored: Tensor, pictures: Tensor) -> Tensor:
    """Return L1 + squared error + L1 of the gradients, which keeps edges where they are."""
    edges = sum(functional.l1_loss(a, b) for a, b in zip(_gradients(restored), _gradients(pictures), strict=True))
    return functional.l1_loss(restored, pictures) + functional.mse_loss(restored, pictures) + 0.5 * edges


def psnr(restored: Tensor, pictures: Tensor) -> float:
    """Return the mean peak signal-to-noise ratio in dB of pictures in −1 … 1; higher is better."""
    error = (restored.clamp(-1, 1) - pictures).square().flatten(1).mean(1)
    return float((10 * torch.log10(4 / error)).mean())


def train(
    folder: Path, steps: int = 2600, batch: int = 32, stop_after: int | None = None, warm: Path | None = None
) -> AutoencoderKL:
    """Train or resume, a new run from the weights in ``warm`` if given; returns the averaged autoencoder."""
    torch.manual_seed(SEED)
    vae = build() if warm is None else AutoencoderKL.from_pretrained(warm, torch_dtype=torch.float32)
    twin = HalfTwin(vae)
    average = Average(vae, 0.998)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=2e-3, weight_decay=0.0, betas=(0.9, 0.98))
    run = Run("vae", folder, {"vae": vae, "average": average, "optimizer": optimizer}, seed=SEED)
    run.restore()

    def step(rng: random.Random, share: float) -> Mapping[str, float]:
        optimizer.param_groups[0]["lr"] = 2e-3 * min(1.0, 40 * share + 0.02, 1.2 * (1.02 - share))
        pictures = to_float(draw_batch(rng, batch)[1])
        twin.refresh()
        posterior = twin.module.encode(pictures.bfloat16()).latent_dist
        restored = twin.module.decode(posterior.sample()).sample.float()
        loss = loss_of(restored, pictures) + KL_WEIGHT * posterior.kl().float().mean() / 256
        loss.backward()
        twin.hand_back()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        average.update(vae)
        return {"loss": loss.item(), "psnr": psnr(restored.detach(), pictures)}

    run.train(steps, step, stop_after=stop_after)
    vae.load_state_dict(average.weights())
    return vae.eval()


@torch.no_grad()
def measure(vae: AutoencoderKL, count: int = 512) -> dict[str, float]:
    """Return PSNR on held-out scenes, and set the scaling factor from the spread of their latents."""
    rng = random.Random("vae/measure")
    pictures = to_float(draw_batch(rng, count, held_out=True)[1])
    latents = torch.cat([vae.encode(part).latent_dist.mean for part in pictures.split(64)])
    restored = torch.cat([vae.decode(part).sample for part in latents.split(64)])
    vae.register_to_config(scaling_factor=round(1 / float(latents.std()), 5))
    return {"psnr": psnr(restored, pictures), "latent_std": float(latents.std())}
