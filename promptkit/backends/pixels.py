"""From latents to pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from promptkit.backends.preview_vae import preview_vae

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

PREVIEW_SIDE = 64
"""A preview's longer side in latents: larger ones are averaged down first, which costs a fraction of a full decode."""
PREVIEW_BATCH = 16
UNPACKING = ("_unpack_latents", "_unpatchify_latents")
"""Methods of pipelines that lay packed latents out again; the second is FLUX.2's."""


def can_preview(pipeline: Any) -> bool:
    """Whether latents can be decoded half-way: by a VAE, from a shape that is known here."""
    known = not hasattr(pipeline, "_pack_latents") or any(hasattr(pipeline, name) for name in UNPACKING)
    return known and hasattr(getattr(pipeline, "vae", None), "decode")


def previews(pipeline: Any, latents: Tensor, height: int, width: int) -> list[Image]:
    """Decode latents (batch, channels, height/f, width/f), or packed (batch, tokens, channels), at low cost.

    Where there is a small decoder for previews, it is used instead of the model's own; see ``preview_vae``.
    """
    import torch

    with torch.inference_mode():
        plain = _unpacked(pipeline, latents, height, width)
        parts = plain.split(PREVIEW_BATCH)
        return [to_image(pixels) for part in parts for pixels in _decode(pipeline, _small(part))]


def _unpacked(pipeline: Any, latents: Tensor, height: int, width: int) -> Tensor:
    if latents.ndim != 3:
        return latents
    if not hasattr(pipeline, UNPACKING[0]):
        return _unpatched(pipeline, latents, height, width)
    return pipeline._unpack_latents(latents, height, width, pipeline.vae_scale_factor)


def _unpatched(pipeline: Any, latents: Tensor, height: int, width: int) -> Tensor:
    """Undo FLUX.2's packing: 2×2 latents lie in one token, scaled by the running statistics of the VAE's batch norm."""
    norm, side = pipeline.vae.bn, 2 * pipeline.vae_scale_factor
    grid = latents.transpose(1, 2).reshape(len(latents), -1, height // side, width // side)
    deviation = (norm.running_var + pipeline.vae.config.batch_norm_eps).sqrt()
    scaled = grid * deviation.view(1, -1, 1, 1).to(grid) + norm.running_mean.view(1, -1, 1, 1).to(grid)
    return pipeline._unpatchify_latents(scaled)


def _small(latents: Tensor) -> Tensor:
    import torch

    shrink = -(-max(latents.shape[-2:]) // PREVIEW_SIDE)
    if shrink == 1 or latents.ndim != 4:
        return latents
    return torch.nn.functional.avg_pool2d(latents, shrink, ceil_mode=True)


def _decode(pipeline: Any, latents: Tensor) -> Tensor:
    """Return pixels (batch, 3, height, width) in 0 … 1."""
    small = preview_vae(pipeline)
    if small is not None:
        return small.decode(latents.to(small.dtype)).sample.float() / 2 + 0.5
    with _precise(pipeline.vae) as vae:
        decoded = vae.decode(_unscaled(latents.float(), vae.config).to(vae.dtype)).sample
    frame = decoded[:, :, 0] if decoded.ndim == 5 else decoded
    return frame.float() / 2 + 0.5


@contextmanager
def _precise(vae: Any) -> Iterator[Any]:
    """Give a VAE that overflows in half precision, and says so, as float32."""
    dtype = vae.dtype
    upcast = dtype.itemsize < 4 and bool(vae.config.get("force_upcast"))
    try:
        yield vae.float() if upcast else vae
    finally:
        if upcast:
            vae.to(dtype)


def _unscaled(latents: Tensor, config: Any) -> Tensor:
    """Undo the scale that a pipeline denoises at: one number, or a mean and deviation for each channel."""
    import torch

    scaled = latents / (config.get("scaling_factor") or 1.0) + (config.get("shift_factor") or 0.0)
    mean, deviation = config.get("latents_mean"), config.get("latents_std")
    if mean is None or deviation is None:
        return scaled
    shape = (1, -1, *[1] * (latents.ndim - 2))
    mean, deviation = (torch.tensor(values, device=latents.device).view(shape) for values in (mean, deviation))
    return scaled * deviation + mean


def to_image(pixels: Tensor) -> Image:
    """Turn (3, height, width) in 0 … 1 into an RGB image."""
    import torch
    from PIL import Image as Pillow

    levels = (pixels.float().nan_to_num(0.0).clamp(0, 1) * 255).round().to(torch.uint8)
    return Pillow.fromarray(levels.permute(1, 2, 0).cpu().numpy(), "RGB")
