"""The autoencoder: 128×128 pictures to 16×16 latents and back (Kingma and Welling, arXiv:1312.6114; Rombach et al.,
arXiv:2112.10752)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn
from torch.nn import functional

from promptkit.embedded.training.data import SIDE, draw_batch, to_float
from promptkit.embedded.training.inheriting import inherit
from promptkit.embedded.training.loop import Average, HalfTwin, Run
from promptkit.embedded.training.muon import Muon

LATENT_CHANNELS = 8
LEVELS = (16, 32, 48, 96)
"""Features at 128, 64, 32 and 16 pixels a side."""
SEED = 1_000_001
KL_WEIGHT = 1e-4


def build() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=LEVELS,
        down_block_types=("DownEncoderBlock2D",) * len(LEVELS),
        up_block_types=("UpDecoderBlock2D",) * len(LEVELS),
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=8,
        sample_size=SIDE,
        mid_block_add_attention=False,
    )


def grown(folder: Path) -> AutoencoderKL:
    """Begin from the autoencoder in ``folder``, which may be of fewer levels and latent channels.

    Its innermost levels stay innermost; what has no counterpart there begins from scratch.
    """
    vae, old = build(), AutoencoderKL.from_pretrained(folder, torch_dtype=torch.float32)
    further = len(LEVELS) - len(old.config.block_out_channels)
    inherit(vae, {_moved(name, further): value for name, value in old.state_dict().items()})
    return vae


def _moved(name: str, levels: int) -> str:
    """Return the name of an encoder's level when so many come before it; a decoder counts from within."""
    head, mark, tail = name.partition("encoder.down_blocks.")
    if not mark:
        return name
    number, rest = tail.split(".", 1)
    return f"{head}{mark}{int(number) + levels}.{rest}"


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


def _optimizers(vae: AutoencoderKL) -> tuple[Muon, torch.optim.AdamW]:
    """Muon for the inner matrices; AdamW for vectors and for what is beside pictures and latents."""
    inner: list[nn.Parameter] = []
    outer: list[nn.Parameter] = []
    for name, weight in vae.named_parameters():
        edge = "conv_in." in name or "conv_out." in name or "quant_conv." in name
        (outer if weight.ndim < 2 or edge else inner).append(weight)
    return Muon(inner, lr=2e-3), torch.optim.AdamW(outer, lr=2e-3, weight_decay=0.0, betas=(0.9, 0.98))


def train(
    folder: Path, steps: int = 3000, batch: int = 32, stop_after: int | None = None, warm: Path | None = None
) -> AutoencoderKL:
    """Train or resume, a new run from the weights in ``warm`` if given; returns the averaged autoencoder."""
    torch.manual_seed(SEED)
    vae = build() if warm is None else grown(warm)
    twin = HalfTwin(vae)
    average = Average(vae, 0.998)
    muon, adam = _optimizers(vae)
    run = Run("vae", folder, {"vae": vae, "average": average, "muon": muon, "adam": adam}, seed=SEED)
    run.restore()

    def step(rng: random.Random, share: float) -> Mapping[str, float]:
        for optimizer in (muon, adam):
            optimizer.param_groups[0]["lr"] = 2e-3 * min(1.0, 40 * share + 0.02, 1.2 * (1.02 - share))
        pictures = to_float(draw_batch(rng, batch)[1])
        twin.refresh()
        posterior = twin.module.encode(pictures.bfloat16()).latent_dist
        restored = twin.module.decode(posterior.sample()).sample.float()
        loss = loss_of(restored, pictures) + KL_WEIGHT * posterior.kl().float().mean() / 256
        loss.backward()
        twin.hand_back()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        muon.step()
        adam.step()
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
