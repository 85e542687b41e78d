"""Pictures of every mode on their way through post-processors: what a step is handed, and what comes of its answer.

A chain carries the modes of ``interfaces.MODES``. A step that takes RGB alone gets colours without alpha; alpha is put
back behind it, and a grey picture stays grey where the step left it grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from promptkit.errors import MetadataError
from promptkit.interfaces import MODES
from promptkit.rgb import SIXTEEN_BITS, as_rgb

if TYPE_CHECKING:
    from PIL.Image import Image

GREY = ("L", "LA", "I;16")
ALPHA = ("RGBA", "LA")
DEEPEST = 65_535
OF_INK = ("CMYK", "LAB", "YCbCr", "HSV")
"""Modes that are other ways to say colours; an ICC profile beside them is theirs, and goes with them."""


def workable(image: Image) -> tuple[Image, str]:
    """Return a picture in a mode of ``MODES``, and what had to be given up for that, in words for the user.

    Raises MetadataError for numbers that mean no brightness: floats, and integers of more than 16 bits; and for a
    picture without pixels.
    """
    mode = image.mode
    if 0 in image.size:
        raise MetadataError(f"A picture of {image.width}x{image.height} has no pixels.", hint="Give one that has some.")
    if mode in MODES and "transparency" not in image.info:
        return image, ""
    if mode in SIXTEEN_BITS:
        return _sixteen(image), ""
    if mode == "I":
        return _from_integers(image), ""
    if mode in OF_INK:
        return _from_ink(image)
    if mode == "F":
        raise MetadataError("A picture of floats means no agreed brightness.", hint="Save it as 8 or 16 bits first.")
    grey = mode in ("1", "L", "LA", "La")
    wanted = ("LA" if grey else "RGBA") if image.has_transparency_data else ("L" if grey else "RGB")
    found = image.convert("RGBA").convert("LA") if wanted == "LA" and mode != "La" else image.convert(wanted)
    found.info = {key: value for key, value in image.info.items() if key != "transparency"}
    return found, ""


def handed(image: Image, takes: Sequence[str]) -> tuple[Image, str]:
    """Return a picture as a step that takes these modes is given it, and what it loses by that."""
    if image.mode in takes:
        return image, ""
    if image.mode == "I;16":
        return as_rgb(image), "works on 8 bits a channel: the 16 of this picture were reduced."
    return image.convert("RGB"), ""


def returned(found: Image, before: Image, given: Image, step: str) -> tuple[Image, str]:
    """Return what a step made of ``given``, which stood for ``before``, in a mode of ``MODES``, and what is odd about
    it."""
    note = ""
    if found.mode != given.mode:
        note = f"{step} gave a picture of mode {found.mode}, which was made {given.mode} again."
        found = _brought_back(found, given.mode)
    if given.mode == before.mode:
        return found, note
    colours = found.convert("L") if before.mode in GREY and _is_grey(found) else found
    return (_with_alpha(colours, before) if before.mode in ALPHA else colours), note


def _brought_back(found: Image, mode: str) -> Image:
    """Return a picture of any mode as one of the mode that a step was handed."""
    if mode == "I;16":
        import numpy as np
        from PIL import Image as Pillow

        return Pillow.fromarray(np.asarray(as_rgb(found).convert("L"), dtype=np.uint16) * 257)
    return found.convert("RGBA").convert(mode) if mode in ALPHA else as_rgb(found).convert(mode)


def _is_grey(image: Image) -> bool:
    """Whether red, green and blue are the same everywhere."""
    from PIL import ImageChops

    red, green, blue = image.split()
    return all(ImageChops.difference(red, other).getbbox() is None for other in (green, blue))


def _with_alpha(colours: Image, before: Image) -> Image:
    """Put a picture's alpha back, stretched to where the picture has got another size."""
    from PIL import Image as Pillow

    alpha = before.getchannel("A")
    if alpha.size != colours.size:
        alpha = alpha.resize(colours.size, Pillow.Resampling.BICUBIC)
    found = colours.copy()
    found.putalpha(alpha)
    return found


def _sixteen(image: Image) -> Image:
    """Return 16 bits in the machine's own order."""
    import numpy as np
    from PIL import Image as Pillow

    found = Pillow.fromarray(np.ascontiguousarray(np.asarray(image), dtype=np.uint16))
    found.info = dict(image.info)
    return found


def _from_integers(image: Image) -> Image:
    """Return 16 bits of a picture of integers, which is how some programs hand over 16 bits. Raises MetadataError."""
    low, high = image.getextrema()
    if not isinstance(low, (int, float)) or low < 0 or high > DEEPEST:  # type: ignore[operator]
        raise MetadataError(
            "A picture of integers beyond 16 bits means no agreed brightness.", hint="Save it as 8 or 16 bits first."
        )
    return _sixteen(image)


def _from_ink(image: Image) -> tuple[Image, str]:
    """Return RGB of a picture that says its colours otherwise, by its ICC profile where it has one, and how it was
    done."""
    profiled = _by_profile(image)
    found = profiled or image.convert("RGB")
    found.info = {key: value for key, value in image.info.items() if key != "icc_profile"}
    how = "by its colour profile" if profiled else "by a plain formula, since it has no colour profile that fits"
    return found, f"The picture is {image.mode}; it was made RGB {how}."


def _by_profile(image: Image) -> Image | None:
    """Return RGB by the picture's ICC profile; ``None`` where it has none, or one that cannot be used."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("CMYK", "LAB"):
        return None
    try:
        own, wanted = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, own, wanted, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None
