"""Opening picture files: PNG, JPEG and WebP, whole, upright, and no larger than allowed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.errors import MetadataError
from promptkit.rgb import as_rgb

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP")
JPEGS = "MPO"
"""What Pillow calls a JPEG that holds several pictures."""
MAX_PIXELS = 89_478_485
"""Pillow's own limit: what 256 MiB of RGB hold."""
HEADER = 26
"""Bytes of a PNG up to its colour type (W3C PNG, 11.2.1)."""


class TooLarge(MetadataError):
    """A picture with more pixels than are opened."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A picture from a file."""

    image: Image
    """In the file's own mode, turned upright by its EXIF; ``info`` has ``exif`` and ``icc_profile`` where there are."""
    format: str
    """One of ``FORMATS``."""
    texts: Mapping[str, str]
    """The text chunks of a PNG, by keyword."""
    frames: int = 1
    """How many pictures the file holds; ``image`` is the first."""
    note: str = ""
    """What was lost in opening it, in words for the user."""

    @property
    def rgb(self) -> Image:
        return as_rgb(self.image)


def open_picture(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> Opened:
    """Open a PNG, JPEG or WebP and load it. Raises MetadataError for what is none or is cut short, TooLarge for one
    larger than ``max_pixels``."""
    from PIL import Image as Pillow
    from PIL import ImageOps

    path = Path(path)
    try:
        with _allowed(max_pixels), Pillow.open(path, formats=FORMATS) as image:
            _check_size(path, image, max_pixels)
            image.load()
            frames = getattr(image, "n_frames", 1)
            texts = dict(getattr(image, "text", {}) or {})
            kind = "JPEG" if image.format == JPEGS else image.format or ""
            image.info = {key: value for key, value in image.info.items() if key not in texts}
            ImageOps.exif_transpose(image, in_place=True)
            return Opened(
                image=image.copy() if kind == "WEBP" else image,
                format=kind,
                texts=texts,
                frames=frames,
                note=" ".join(filter(None, (_first_of(frames), _lost(path), _without_junk(image)))),
            )
    except MetadataError:
        raise
    except FileNotFoundError:
        raise MetadataError(f"There is no file '{path}'.", hint="Check the path.") from None
    except IsADirectoryError:
        raise MetadataError(f"'{path}' is a folder.", hint=f"Give the pictures in it: {path}/*.png") from None
    except Exception as error:
        raise unreadable(path, error) from error


@contextmanager
def _allowed(max_pixels: int) -> Iterator[None]:
    """Let Pillow open what ``max_pixels`` allows; its own bound is twice its limit, and a matter of the process."""
    from PIL import Image as Pillow

    before = Pillow.MAX_IMAGE_PIXELS
    Pillow.MAX_IMAGE_PIXELS = max(max_pixels, before or 0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
            yield
    finally:
        Pillow.MAX_IMAGE_PIXELS = before


def _check_size(path: Path, image: Image, max_pixels: int) -> None:
    pixels = image.width * image.height
    if pixels > max_pixels:
        raise TooLarge(
            f"'{path}' has {image.width}x{image.height} pixels, more than the {max_pixels:,} that are opened.",
            hint=f"If it is your own picture, allow it: --max-pixels {pixels}",
        )


def _first_of(frames: int) -> str:
    return f"It has {frames} frames; the first was taken." if frames > 1 else ""


def _without_junk(image: Image) -> str:
    """Take out of a picture an ICC profile that is none, and say so."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile:
        return ""
    try:
        ImageCms.ImageCmsProfile(BytesIO(profile))
    except (ImageCms.PyCMSError, OSError):
        del image.info["icc_profile"]
        return "Its colour profile cannot be read and was left out."
    return ""


def _lost(path: Path) -> str:
    """Say what Pillow leaves out in silence: of 16 bits a channel it reads 8, but of grey without alpha."""
    with path.open("rb") as handle:
        header = handle.read(HEADER)
    deep = header.startswith(b"\x89PNG") and header[24] == 16 and header[25] != 0
    return "Its 16 bits a channel were reduced to 8." if deep else ""


def unreadable(path: Path, error: Exception) -> MetadataError:
    """Return what to say of a file that Pillow does not open, or not to its end."""
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    said: dict[type[Exception], tuple[str, str]] = {
        UnidentifiedImageError: ("is no picture that promptkit reads", "It reads PNG, JPEG and WebP."),
        Pillow.DecompressionBombError: (
            "says that it is larger than any picture that is opened",
            "Do not open files that you do not trust.",
        ),
        MemoryError: ("does not fit into memory", "Close other programs, or make it smaller first."),
    }
    if "MAX_TEXT" in str(error):
        return MetadataError(
            f"'{path}' holds texts that swell beyond what is read.", hint="Do not open files that you do not trust."
        )
    if "truncated" in str(error).lower():
        return MetadataError(f"'{path}' ends too early: it was cut off.", hint="Make it, or copy it, once more.")
    what, hint = said.get(
        type(error), (f"cannot be read as a picture: {str(error).rstrip('.')}", "promptkit reads PNG, JPEG and WebP.")
    )
    return MetadataError(f"'{path}' {what}.", hint=hint)


def kept(image: Image) -> dict[str, Any]:
    """Return what a picture's file says of it that is neither text nor recipe: ``exif`` and ``icc_profile``."""
    return {key: image.info[key] for key in ("exif", "icc_profile") if image.info.get(key)}
