"""Crop and pad: bring a picture to an aspect, by cutting off or by adding."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promptkit.errors import SettingsError
from promptkit.finishing.arrays import ALPHA
from promptkit.finishing.resample import resampled
from promptkit.finishing.sizes import Size, aspect, check_aspect, check_size
from promptkit.finishing.tiles import Box
from promptkit.interfaces import MODES, Processed, Setting

if TYPE_CHECKING:
    from PIL.Image import Image

ANCHORS = {
    "centre": (0.5, 0.5), "top": (0.5, 0.0), "bottom": (0.5, 1.0), "left": (0.0, 0.5), "right": (1.0, 0.5),
    "top-left": (0.0, 0.0), "top-right": (1.0, 0.0), "bottom-left": (0.0, 1.0), "bottom-right": (1.0, 1.0),
}  # fmt: skip
"""The place that is kept, as shares of what is cut off or added: from the left, from the top."""
EDGE, BLUR, TRANSPARENT = "edge", "blur", "transparent"
BLURRED = 24
"""The longer side, in pixels, that a ground is brought down to: what is left of it is its light."""
DOUBLINGS = 4
"""Doubled so often by linear interpolation, which is Chaikin's corner cutting, it is smooth: a quadratic spline."""


def check_colour(text: str) -> None:
    """Refuse what is neither a colour nor a kind of ground. Raises SettingsError."""
    if text not in (EDGE, BLUR, TRANSPARENT):
        _colour(text, "RGB")


ASPECT = Setting(
    name="aspect", default="1:1", check=check_aspect, summary="width to height: 16:9, 4:5, 1.85, or golden"
)


class Crop:
    """Cuts off as little as brings a picture to an aspect."""

    name = "crop"
    summary = "cuts a picture to an aspect, such as 16:9"
    modes = MODES
    settings = (ASPECT, Setting(name="anchor", default="centre", choices=tuple(ANCHORS), summary="what is kept"))

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Processed:  # noqa: ARG002
        size = _inside(image.size, aspect(settings["aspect"], image.size))
        if size == image.size:
            return Processed(image=image.copy(), note=_already("crop", image, settings), done=False)
        left, top = _place(image.size, size, settings["anchor"])
        box = left, top, left + size[0], top + size[1]
        return Processed(image=image.crop(box), note=f"{size[0]}x{size[1]} was kept", facts={"box": list(box)})


class Pad:
    """Adds as little as brings a picture to an aspect: a colour, its edges drawn out, or its own blurred light."""

    name = "pad"
    summary = "adds margins until a picture has an aspect, such as 1:1"
    modes = MODES
    settings = (
        ASPECT,
        Setting(
            name="colour", default="black", check=check_colour,
            summary=f"of the margins: a name, #rrggbb, {EDGE}, {BLUR}, or {TRANSPARENT} where the picture has alpha",
        ),
        Setting(name="anchor", default="centre", choices=tuple(ANCHORS), summary="where the picture stands"),
    )  # fmt: skip

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Processed:  # noqa: ARG002
        """Return the padded picture. Raises SettingsError for one too large, and transparency without alpha."""
        size = _round(image.size, aspect(settings["aspect"], image.size))
        if size == image.size:
            return Processed(image=image.copy(), note=_already("pad", image, settings), done=False)
        check_size(size, "'pad'")
        left, top = _place(size, image.size, settings["anchor"])
        box = left, top, left + image.width, top + image.height
        made = _ground(image, size, box, settings["colour"])
        made.paste(image, box[:2])
        return Processed(image=made, note=f"{size[0]}x{size[1]}", facts={"box": list(box)})


def _inside(size: Size, ratio: float) -> Size:
    """Return the largest size of an aspect that lies inside of ``size``."""
    width, height = size
    return (max(1, round(height * ratio)), height) if width > height * ratio else (width, max(1, round(width / ratio)))


def _round(size: Size, ratio: float) -> Size:
    """Return the smallest size of an aspect that holds ``size``."""
    width, height = size
    return (width, max(height, round(width / ratio))) if width > height * ratio else (round(height * ratio), height)


def _place(outer: Size, inner: Size, anchor: str) -> tuple[int, int]:
    across, down = ANCHORS[anchor]
    return int((outer[0] - inner[0]) * across), int((outer[1] - inner[1]) * down)


def _ground(image: Image, size: Size, box: Box, colour: str) -> Image:
    """Return a picture of ``size`` for another one to be laid into ``box``."""
    from PIL import Image as Pillow

    if colour == BLUR:
        return _blurred(image, size)
    if colour == TRANSPARENT and image.mode not in ALPHA:
        raise SettingsError(
            f"A picture of mode {image.mode} has no transparency.", hint="Give pad a colour, edge or blur."
        )
    if colour == EDGE:
        return _drawn_out(image, size, box)
    return Pillow.new(image.mode, size, 0 if colour == TRANSPARENT else _colour(colour, image.mode))


def _drawn_out(image: Image, size: Size, box: Box) -> Image:
    """Return a ground whose margins repeat the outermost pixels; margins lie on one axis alone."""
    from PIL import Image as Pillow

    made = Pillow.new(image.mode, size)
    (width, height), (left, top, right, bottom) = image.size, box
    strips = [
        ((0, 0, 1, height), (0, top, left, bottom)), ((width - 1, 0, width, height), (right, top, size[0], bottom)),
        ((0, 0, width, 1), (left, 0, right, top)), ((0, height - 1, width, height), (left, bottom, right, size[1])),
    ]  # fmt: skip
    for line, margin in strips:
        shape = margin[2] - margin[0], margin[3] - margin[1]
        if min(shape) > 0:
            made.paste(image.crop(line).resize(shape, Pillow.Resampling.NEAREST), margin[:2])
    return made


def _blurred(image: Image, size: Size) -> Image:
    """Return the middle of the picture over the whole ground, of which nothing but the light is left (G. Chaikin, An
    algorithm for high-speed curve generation, 1974)."""
    part = _inside(image.size, size[0] / size[1])
    left, top = _place(image.size, part, "centre")
    scale = min(1.0, BLURRED / max(size))
    small = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    light = resampled(image.crop((left, top, left + part[0], top + part[1])), small, method="hamming")
    for _ in range(DOUBLINGS):
        light = resampled(light, (2 * light.width, 2 * light.height), method="bilinear")
    return resampled(light, size, method="bilinear")


def _colour(text: str, mode: str) -> Any:
    """Return a colour in a mode. Raises SettingsError for what is none."""
    from PIL import ImageColor

    try:
        found = ImageColor.getcolor(text, "L" if mode == "I;16" else mode)
    except ValueError:
        raise SettingsError(
            f"'{text}' is no colour.", hint=f"Write a name, #rrggbb, {EDGE}, {BLUR} or {TRANSPARENT}."
        ) from None
    return found * 257 if mode == "I;16" and isinstance(found, int) else found


def _already(name: str, image: Image, settings: Mapping[str, Any]) -> str:
    return f"'{name}' left the picture as it was: {image.width}x{image.height} is {settings['aspect']} already."
