"""Contact sheets: pictures in rows, each with a title and a few lines below it. Pillow alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from promptkit.terminal import visible

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

INK, QUIET, PAPER, GROUND = (28, 28, 34), (96, 96, 104), (250, 250, 248), (226, 226, 222)
CELL, GAP, HEAD = 256, 16, 44
"""Pixels: the side of a picture, what lies between two, the height of the heading."""
TITLE, SMALL = 16, 13
"""Sizes of type in pixels."""
ONE_ROW = 4
"""Up to so many pictures stand in one row."""
BRACKETS = {"⟨": "<", "⟩": ">"}
"""What ``visible`` puts round a number, and what stands for it where the font lacks it."""
CONTROLS = 0x2400
NOBODYS = "\U0010ffff"
"""A code point that no font has a sign for."""
LINES = 3
"""Lines below a title."""


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A picture with what is written below it; without a picture its place stays empty."""

    image: Image | None
    title: str
    text: str = ""


def contact_sheet(
    pictures: Sequence[Labelled], *, heading: str = "", columns: int | None = None, cell: int = CELL
) -> Image:
    """Return one RGB picture of all; ``columns`` are chosen for a sheet that is wider than high when not given.

    Small pictures are enlarged by whole pixels, large ones made smaller; none is cropped.
    """
    from PIL import Image, ImageDraw, ImageFont

    columns = max(1, min(columns or _columns(len(pictures)), len(pictures)))
    rows = -(-len(pictures) // columns)
    below = TITLE + LINES * SMALL + 22
    step_x, step_y = cell + GAP, cell + below + GAP
    top = HEAD if heading else GAP
    sheet = Image.new("RGB", (GAP + columns * step_x, top + rows * step_y), PAPER)
    draw = ImageDraw.Draw(sheet)
    title, small = ImageFont.load_default(TITLE), ImageFont.load_default(SMALL)
    draw.text((GAP, HEAD / 2), _cut(heading, title, sheet.width - 2 * GAP), INK, title, anchor="lm")
    for place, picture in enumerate(pictures):
        x, y = GAP + place % columns * step_x, top + place // columns * step_y
        draw.rectangle((x, y, x + cell - 1, y + cell - 1), fill=GROUND)
        if picture.image is not None:
            fitted = _fitted(picture.image, cell)
            sheet.paste(fitted, (x + (cell - fitted.width) // 2, y + (cell - fitted.height) // 2))
        draw.text((x, y + cell + 6), _cut(picture.title, title, cell), INK, title)
        for i, line in enumerate(_folded(picture.text, small, cell)[:LINES]):
            draw.text((x, y + cell + 10 + TITLE + i * (SMALL + 3)), line, QUIET, small)
    return sheet


def _columns(count: int) -> int:
    """Return how many columns make a sheet wider than high: one row of a few, more rows of many."""
    return count if count <= ONE_ROW else round((count * 1.9) ** 0.5)


def _fitted(image: Image, cell: int) -> Image:
    """Bring a picture into a square of ``cell`` pixels."""
    from PIL.Image import Resampling

    longest = max(image.size)
    scale = cell // longest if longest <= cell else cell / longest
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.convert("RGB").resize(size, Resampling.NEAREST if longest <= cell else Resampling.LANCZOS)


def _drawable(text: str, font: FreeTypeFont | ImageFont) -> str:
    """Return a text with what moves, hides, or is not in the font written out by number, as ``<U+6F22>``; such a sign
    would be an empty box."""
    shown = visible(text)
    box = bytes(font.getmask(NOBODYS))
    lacking = {char for char in shown if not char.isascii() and bytes(font.getmask(char)) == box}
    return "".join(_by_number(char) if char in lacking else char for char in shown)


def _by_number(char: str) -> str:
    """Write a sign out; the pictures of control characters that ``visible`` puts there count as those."""
    code = ord(char)
    return BRACKETS.get(char) or f"<U+{code - CONTROLS if CONTROLS <= code < CONTROLS + 0x20 else code:04X}>"


def _cut(text: str, font: FreeTypeFont | ImageFont, width: int) -> str:
    """Shorten a line to a width in pixels."""
    text = " ".join(_drawable(text, font).split())
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _folded(text: str, font: FreeTypeFont | ImageFont, width: int) -> list[str]:
    """Break a text between words into lines of at most ``width`` pixels; the last of ``LINES`` is cut."""
    lines: list[str] = []
    words = _drawable(text, font).split()
    while words and len(lines) < LINES - 1:
        count = 1
        while count < len(words) and font.getlength(" ".join(words[: count + 1])) <= width:
            count += 1
        lines.append(_cut(" ".join(words[:count]), font, width))
        words = words[count:]
    return [*lines, _cut(" ".join(words), font, width)] if words else lines
