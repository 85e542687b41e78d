"""Resample pictures of any mode tile by tile in floating point: 16 bits stay, and hidden colours do not bleed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from promptkit.finishing.arrays import ALPHA, from_light, to_light
from promptkit.finishing.tiles import Box, boxes

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

METHODS = ("lanczos", "bicubic", "bilinear", "hamming", "box", "nearest")
"""Pillow's, the sharpest first."""
SUPPORT = {"lanczos": 3.0, "bicubic": 2.0, "bilinear": 1.0, "hamming": 1.0, "box": 0.5}
"""How far each reaches, in pixels of the coarser picture."""
TILE = 512
"""The side of what is read or written at once, in pixels."""


def resampled(image: Image, size: tuple[int, int], *, method: str = "lanczos", linear: bool = False) -> Image:
    """Return a picture, of any of ``interfaces.MODES``, at a size of (width, height).

    ``linear`` resamples light in place of sRGB values, which keeps the brightness of fine patterns. ``nearest`` copies
    pixels, whatever ``linear`` says.
    """
    from PIL import Image as Pillow

    if method == "nearest":
        return image.resize(size, Pillow.Resampling.NEAREST)
    made = Pillow.new(image.mode, size)
    shrunk = max(1.0, image.width / size[0], image.height / size[1])
    for box in boxes(size, max(1, int(TILE / shrunk))):
        view, inner = _seen(box, image.size, size, SUPPORT[method])
        planes = _planes(image.crop(view), linear=linear)
        shape = box[2] - box[0], box[3] - box[1]
        filtered = [_filtered(plane, shape, method, inner) for plane in planes]
        made.paste(_picture(filtered, image.mode, linear=linear), box[:2])
    return made


def _seen(
    box: Box, size: tuple[int, int], wanted: tuple[int, int], support: float
) -> tuple[Box, tuple[float, float, float, float]]:
    """Return what is read of the picture for a tile of the new one, and where in that the tile lies."""
    ratio = size[0] / wanted[0], size[1] / wanted[1]
    exact = box[0] * ratio[0], box[1] * ratio[1], box[2] * ratio[0], box[3] * ratio[1]
    reach = [support * max(1.0, one) + 1 for one in ratio]
    left, top = max(0, math.floor(exact[0] - reach[0])), max(0, math.floor(exact[1] - reach[1]))
    right = min(size[0], math.ceil(exact[2] + reach[0]))
    bottom = min(size[1], math.ceil(exact[3] + reach[1]))
    inner = exact[0] - left, exact[1] - top, min(exact[2], right) - left, min(exact[3], bottom) - top
    return (left, top, right, bottom), inner


def _planes(image: Image, *, linear: bool) -> list[NDArray[Any]]:
    """Return float32 planes (height, width) in 0..1; colours are premultiplied by alpha, which comes last."""
    import numpy as np

    found = np.asarray(image)
    found = found[..., None] if found.ndim == 2 else found
    values = found.astype(np.float32) / np.float32(np.iinfo(found.dtype).max)
    count = values.shape[2]
    alpha = values[..., -1] if image.mode in ALPHA else None
    colours = [values[..., at] for at in range(count if alpha is None else count - 1)]
    if linear:
        colours = [to_light(colour) for colour in colours]
    return colours if alpha is None else [*(colour * alpha for colour in colours), alpha]


def _filtered(
    plane: NDArray[Any], shape: tuple[int, int], method: str, inner: tuple[float, float, float, float]
) -> NDArray[Any]:
    import numpy as np
    from PIL import Image as Pillow

    whole = Pillow.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(whole.resize(shape, Pillow.Resampling[method.upper()], box=inner))


def _picture(planes: list[NDArray[Any]], mode: str, *, linear: bool) -> Image:
    """Return planes as a picture of ``mode``; a pixel that cannot be seen is black."""
    import numpy as np
    from PIL import Image as Pillow

    alpha = planes[-1] if mode in ALPHA else None
    colours = planes if alpha is None else [over(plane, alpha) for plane in planes[:-1]]
    if linear:
        colours = [from_light(colour) for colour in colours]
    most, kind = (65535, np.uint16) if mode == "I;16" else (255, np.uint8)
    whole = np.stack(colours if alpha is None else [*colours, alpha], axis=-1)
    levels = np.rint(np.clip(whole, 0, 1) * most).astype(kind)
    return Pillow.fromarray(levels[..., 0] if levels.shape[-1] == 1 else levels)


def over(premultiplied: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Return straight colours of premultiplied ones, 0 where nothing can be seen."""
    import numpy as np

    return np.divide(premultiplied, alpha, out=np.zeros_like(premultiplied), where=alpha > 1e-4)
