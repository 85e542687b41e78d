"""The upscaler: a picture to one of twice its width and height, without ringing at the edges of drawn things.

Of the architecture that Real-ESRGAN calls compact (Wang et al., arXiv:2107.10833; spandrel's ``Compact``): plain
convolutions at the small size, a pixel shuffle, and the picture itself, each pixel as a square of four, added to it. A
third of what it is taught on went through the autoencoder, so that it sharpens what the embedded model draws.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes
from spandrel.architectures.Compact import Compact
from torch import Tensor, nn

from promptkit.embedded.training.loop import Average, Run
from promptkit.embedded.training.muon import Muon
from promptkit.embedded.training.upscaler_data import Pool
from promptkit.embedded.training.vae import loss_of, psnr

WIDTH, DEPTH, SCALE = 32, 10, 2
SEED = 7_000_001
HALF_SHARE = 0.85
"""How long the convolutions run in bfloat16; the rest is in float32, for the last tenths of a decibel."""


def build() -> Any:
    """Return the network; RGB in 0 … 1, (batch, 3, height, width) to (batch, 3, 2·height, 2·width)."""
    return Compact(num_in_ch=3, num_out_ch=3, num_feat=WIDTH, num_conv=DEPTH, upscale=SCALE)


def _optimizers(network: nn.Module) -> tuple[Muon, torch.optim.AdamW]:
    """Muon for the inner convolutions; AdamW for the first and the last one, and for vectors."""
    inner: list[nn.Parameter] = []
    outer: list[nn.Parameter] = []
    for weight in network.parameters():
        (inner if weight.ndim == 4 and weight.shape[:2] == (WIDTH, WIDTH) else outer).append(weight)
    return Muon(inner, lr=2e-3), torch.optim.AdamW(outer, lr=2e-3, betas=(0.9, 0.98), weight_decay=0.0)


def train(
    folder: Path, vae: AutoencoderKL, steps: int = 10000, batch: int = 16, scenes: int = 4096,
    stop_after: int | None = None, warm: Path | None = None,
) -> Any:  # fmt: skip
    """Train or resume on a pool of ``scenes``, a new run from the file ``warm`` if given; returns the averaged
    network."""
    torch.manual_seed(SEED)
    network = (build() if warm is None else load(warm).train()).to(memory_format=torch.channels_last)
    average = Average(network, 0.998)
    muon, adam = _optimizers(network)
    run = Run("upscaler", folder, {"network": network, "average": average, "muon": muon, "adam": adam}, seed=SEED)
    run.restore()
    pool = Pool(f"upscaler/{SEED}", scenes if run.done < steps else 0, vae)

    def step(rng: random.Random, share: float) -> Mapping[str, float]:
        pace = min(1.0, 60 * share + 0.02) * max(0.01, 1.0 - share)
        for optimizer in (muon, adam):
            optimizer.param_groups[0]["lr"] = 2e-3 * pace
        small, wanted = pool.draw(rng, batch)
        with torch.autocast("cpu", torch.bfloat16, enabled=share < HALF_SHARE):
            found = network(small.contiguous(memory_format=torch.channels_last)).float()
        found, wanted = 2 * found - 1, 2 * wanted - 1
        loss = loss_of(found, wanted)
        for optimizer in (muon, adam):
            optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        muon.step()
        adam.step()
        average.update(network)
        return {"loss": loss.item(), "psnr": psnr(found.detach(), wanted)}

    run.train(steps, step, stop_after=stop_after)
    network.load_state_dict(average.weights())
    return network.to(memory_format=torch.contiguous_format).eval()


def save(network: nn.Module, path: Path) -> None:
    """Write the weights as float16 with the keys that spandrel knows the architecture by, beside, then into place."""
    weights: dict[str, Tensor] = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(to_bytes(weights))
    temporary.replace(path)


def load(path: Path) -> Any:
    """Return the network with the weights of a file, in float32."""
    network = build()
    network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return network.eval()
