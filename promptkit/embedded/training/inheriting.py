"""A network begins from one that is like it, and may have had fewer latent channels."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

MOMENTS = ("encoder.conv_out.", "quant_conv.")
LATENT_LAYERS = (*MOMENTS, "post_quant_conv.", "decoder.conv_in.", "conv_in.", "conv_out.")
"""The layers beside the latents, by the names that diffusers gives them; the first ones give mean and log-variance."""


@torch.no_grad()
def inherit(module: nn.Module, old: Mapping[str, Tensor]) -> None:
    """Copy tensors of the same name and shape; layers beside the latents of fewer channels fill the first ones."""
    for name, own in module.state_dict().items():
        given = old.get(name)
        if given is None:
            continue
        if given.shape == own.shape:
            own.copy_(given)
        elif name.startswith(LATENT_LAYERS):
            rows = _first(own.shape[0], given.shape[0], 2 if name.startswith(MOMENTS) else 1)
            if own.ndim == 1:
                own[rows] = given
            else:
                columns = _first(own.shape[1], given.shape[1], 2 if name.startswith("quant_conv.") else 1)
                own[rows[:, None], columns] = given


def _first(size: int, old: int, halves: int) -> Tensor:
    """Return where old channels go; means and log-variances lie behind one another, and each fills its own half."""
    return torch.cat([torch.arange(old // halves) + half * (size // halves) for half in range(halves)])
