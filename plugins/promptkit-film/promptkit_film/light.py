"""Between pixels and light: sRGB is what a file holds, light is what adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

LUMA = (0.2126, 0.7152, 0.0722)
"""What red, green and blue light give to brightness (ITU-R BT.709)."""


def values(image: Image) -> NDArray[Any]:
    """Return float32 (height, width, 3) in 0 to 1, as the file has them."""
    import numpy as np

    return np.asarray(image.convert("RGB"), dtype=np.float32) / 255


def picture(found: NDArray[Any]) -> Image:
    """Return an RGB picture of values in 0 to 1; what lies outside is cut."""
    import numpy as np
    from PIL import Image as Pillow

    return Pillow.fromarray(np.rint(np.clip(found, 0, 1) * 255).astype(np.uint8))


def to_light(found: NDArray[Any]) -> NDArray[Any]:
    """Return linear light of sRGB values (IEC 61966-2-1)."""
    import numpy as np

    return np.where(found <= 0.04045, found / 12.92, ((found + 0.055) / 1.055) ** 2.4)


def from_light(light: NDArray[Any]) -> NDArray[Any]:
    """Return sRGB values of linear light; what is brighter than white stays at white."""
    import numpy as np

    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def blurred(plane: NDArray[Any], radius: float) -> NDArray[Any]:
    """Return a float plane (height, width) blurred by a Gaussian of ``radius`` pixels."""
    import numpy as np
    from PIL import Image as Pillow
    from PIL import ImageFilter

    bands = Pillow.fromarray(np.rint(np.clip(plane, 0, 1) * 255).astype(np.uint8))
    return np.asarray(bands.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32) / 255
