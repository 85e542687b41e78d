"""From latents to pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor


def decode(vae: Any, latents: Tensor) -> Image:
    """Decode latents (channels, height/f, width/f) as they stand."""
    import torch

    shift = getattr(vae.config, "shift_factor", None) or 0.0
    with torch.no_grad():
        decoded = vae.decode((latents[None] / vae.config.scaling_factor + shift).to(vae.dtype)).sample
    return to_image(decoded[0] / 2 + 0.5)


def to_image(pixels: Tensor) -> Image:
    """Turn (3, height, width) in 0 … 1 into an RGB image."""
    import torch
    from PIL import Image as Pillow

    levels = (pixels.float().clamp(0, 1) * 255).round().to(torch.uint8)
    return Pillow.fromarray(levels.permute(1, 2, 0).cpu().numpy(), "RGB")
