"""Between pictures, numbers and light: sRGB is what a file holds, light is what adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

LUMA = (0.2126, 0.7152, 0.0722)
"""What red, green and blue light give to brightness (ITU-R BT.709)."""
ALPHA = ("RGBA", "LA")


def values(image: Image) -> NDArray[Any]:
    """Return float32 (height, width, 1 or 3) in 0 to 1 of a picture of any of ``interfaces.MODES``, without alpha."""
    import numpy as np

    found = np.asarray(image)
    most = np.iinfo(found.dtype).max
    if found.ndim == 2:
        found = found[..., None]
    elif image.mode in ALPHA:
        found = found[..., :-1]
    return found.astype(np.float32) / most


def picture(found: NDArray[Any], like: Image) -> Image:
    """Return a picture in the mode of ``like`` of values (height, width, 1 or 3) in 0 to 1; what lies outside is cut.

    Alpha is that of ``like``, scaled where the sizes differ.
    """
    import numpy as np
    from PIL import Image as Pillow

    kind, most = (np.uint16, 65535) if like.mode == "I;16" else (np.uint8, 255)
    whole = np.rint(np.clip(found, 0, 1) * most).astype(kind)
    made = Pillow.fromarray(whole[..., 0] if whole.shape[-1] == 1 else whole)
    if like.mode in ALPHA:
        alpha = like.getchannel("A")
        made.putalpha(alpha if alpha.size == made.size else alpha.resize(made.size, Pillow.Resampling.BICUBIC))
    return made


def to_light(found: NDArray[Any]) -> NDArray[Any]:
    """Return linear light of sRGB values (IEC 61966-2-1)."""
    import numpy as np

    return np.where(found <= 0.04045, found / 12.92, ((np.maximum(found, 0) + 0.055) / 1.055) ** 2.4)


def from_light(light: NDArray[Any]) -> NDArray[Any]:
    """Return sRGB values of linear light; what is brighter than white stays at white."""
    import numpy as np

    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
