"""The decoder, taught once more to be crisp: from latents as unsure as a denoiser's, against a critic of patches.

The encoder stands still, so latents keep their meaning. The critic is PatchGAN's (Isola et al., arXiv:1611.07004)
with the hinge loss and spectral normalisation (Miyato et al., arXiv:1802.05957); how much it is heeded is set against
the other losses as in VQGAN (Esser et al., arXiv:2012.09841, Eq. 7), by the gradients at the picture.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from promptkit.embedded.training.data import draw_batch, to_float
from promptkit.embedded.training.loop import Average, HalfTwin, Run
from promptkit.embedded.training.vae import loss_of, psnr

SEED = 8_000_001
LATENT_NOISE = 0.3
"""The most noise on latents, in their own standard deviations."""
HEED = 0.5
"""How long the critic's gradient is beside that of the other losses."""


def critic() -> nn.Sequential:
    """Return a network that says of each patch of a picture whether it was drawn (above 0) or decoded."""
    return nn.Sequential(
        spectral_norm(nn.Conv2d(3, 24, 4, 2, 1)), nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(24, 48, 4, 2, 1)), nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(48, 96, 3, 1, 1)), nn.LeakyReLU(0.2),
        nn.Conv2d(96, 1, 3, 1, 1),
    )  # fmt: skip


def _pull(restored: Tensor, pictures: Tensor, judge: nn.Module) -> tuple[Tensor, Tensor]:
    """Return the loss against the pictures, and where the decoder's pixels should go: −gradient, with the critic's."""
    shown = restored.detach().requires_grad_()
    loss = loss_of(shown, pictures)
    (plain,) = torch.autograd.grad(loss, shown)
    (heeded,) = torch.autograd.grad(-judge(shown).mean(), shown)
    return loss.detach(), plain + heeded * (HEED * plain.norm() / heeded.norm().clamp_min(1e-12))


def train(
    folder: Path, vae: AutoencoderKL, steps: int = 1200, batch: int = 24, stop_after: int | None = None
) -> AutoencoderKL:
    """Train or resume the decoder of ``vae``, in place; returns it with its averaged weights."""
    torch.manual_seed(SEED)
    twin, average, judge = HalfTwin(vae), Average(vae, 0.998), critic()
    learning = [*vae.decoder.parameters(), *vae.post_quant_conv.parameters()]
    optimizer = torch.optim.AdamW(learning, lr=1e-3, weight_decay=0.0, betas=(0.9, 0.98))
    judging = torch.optim.AdamW(judge.parameters(), lr=1e-3, weight_decay=0.0, betas=(0.5, 0.9))
    parts = {"vae": vae, "average": average, "critic": judge, "optimizer": optimizer, "judging": judging}
    run = Run("decoder", folder, parts, seed=SEED)
    run.restore()

    def step(rng: random.Random, share: float) -> Mapping[str, float]:
        optimizer.param_groups[0]["lr"] = 1e-3 * min(1.0, 40 * share + 0.02, 1.5 * (1.01 - share))
        pictures = to_float(draw_batch(rng, batch)[1])
        twin.refresh()
        with torch.no_grad():
            latents = twin.module.encode(pictures.bfloat16()).latent_dist.mean.float()
        unsure = torch.rand(batch, 1, 1, 1) * LATENT_NOISE / vae.config.scaling_factor
        restored = twin.module.decode((latents + torch.randn_like(latents) * unsure).bfloat16()).sample
        loss, pull = _pull(restored.float(), pictures, judge)
        restored.backward(pull.to(restored.dtype))
        twin.hand_back()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        average.update(vae)
        return {
            "loss": float(loss),
            "critic": _teach(judge, judging, restored.detach().float(), pictures),
            "psnr": psnr(restored.detach().float(), pictures),
        }

    run.train(steps, step, stop_after=stop_after)
    vae.load_state_dict(average.weights())
    return vae.eval()


def _teach(judge: nn.Module, optimizer: torch.optim.Optimizer, decoded: Tensor, drawn: Tensor) -> float:
    """Run one step of the critic; returns its hinge loss: 2 where it knows nothing, 0 where it knows all."""
    loss = functional.relu(1 - judge(drawn)).mean() + functional.relu(1 + judge(decoded)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
