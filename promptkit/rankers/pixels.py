"""What a CLIP is shown of a picture: its 8-bit RGB pixels, by the model's own preprocessing.

Pictures are scored from their 8-bit pixels, not from the decoder's floats: so a file scores what its picture scored.
Resizing stays Pillow's, which rounds to 8 bits; torch's antialiased bicubic gives other values, and with them now and
then another order (docs/ranking.md has the figure). Only where there is nothing to resize is the tensor built
directly, with the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from promptkit.rgb import as_rgb

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor


class Preprocess:
    """Makes a CLIP's input of pictures: ``own`` is open_clip's evaluation transform of the model ``visual`` is part
    of."""

    def __init__(self, own: Any, visual: Any) -> None:
        self.own = own
        height, width = visual.image_size if isinstance(visual.image_size, Sequence) else (visual.image_size,) * 2
        self.size = (width, height)
        """Pixels, width first, as Pillow has it."""
        self.mean: Sequence[float] = visual.preprocess_cfg["mean"]
        self.std: Sequence[float] = visual.preprocess_cfg["std"]

    def __call__(self, images: Sequence[Image]) -> Tensor:
        """Return float32 (pictures, 3, height, width)."""
        import torch

        pictures = [as_rgb(image) for image in images]
        if all(picture.size == self.size for picture in pictures):
            return self._as_they_are(pictures)
        return torch.stack([self.own(picture) for picture in pictures])

    def _as_they_are(self, pictures: Sequence[Image]) -> Tensor:
        import numpy as np
        import torch

        pixels = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures]))
        mean, std = (torch.tensor(values, dtype=torch.float32).view(3, 1, 1) for values in (self.mean, self.std))
        return pixels.permute(0, 3, 1, 2).contiguous().float().div_(255).sub_(mean).div_(std)
