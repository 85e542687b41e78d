"""Pictures in the terminal: in rows, each picture with a caption below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from promptkit.console.stage.graphics import HALF_BLOCKS, NONE, SIXEL, kind_for
from promptkit.terminal import safe_text, visible
from promptkit.views import MUTED

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console, ConsoleOptions, RenderResult

UPPER = "▀"
GAP = 2
"""Cells between two pictures."""
DOTS = 16
"""Pixels a cell is wide where several pictures are put into one."""
BELOW = 12
"""Lines of a terminal that a row of pictures leaves to other things."""
LEAST = 8
"""Cells below which a picture of a row shows nothing: then fewer are shown."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A picture with what is written below it."""

    image: Image
    caption: str
    path: str = ""
    """What is said in its place where no picture can be shown."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """Pictures beside each other, each ``width`` cells wide at most."""

    shots: tuple[Shot, ...]
    width: int


@dataclass(frozen=True)
class Pictures:
    """Rows of pictures, one below the other, as large as the terminal has room for."""

    rows: tuple[Row, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        kind = kind_for(console)
        if kind == NONE:
            yield from self._names()
            return
        tallest = max(BELOW // 2, console.height - BELOW)
        for row in self.rows:
            yield from _drawn(row, kind, options.max_width, tallest)

    def _names(self) -> Iterator[Text]:
        for row in self.rows:
            for shot in row.shots:
                yield safe_text(shot.caption).append(safe_text(f"  {shot.path}" if shot.path else "", MUTED))


def half_blocks(image: Image, width: int) -> list[list[Segment]]:
    """Return a picture as lines of half blocks, two pixels a cell, ``width`` cells wide."""
    height = rows_of(image, width) * 2
    pixels = image.convert("RGB").resize((width, height)).tobytes()
    colours = [Color.from_rgb(*pixels[at : at + 3]) for at in range(0, len(pixels), 3)]
    return [
        [
            Segment(UPPER, Style(color=colours[y * width + x], bgcolor=colours[(y + 1) * width + x]))
            for x in range(width)
        ]
        for y in range(0, height, 2)
    ]


def rows_of(image: Image, width: int) -> int:
    """Return how many lines a picture takes: a cell is twice as high as it is wide."""
    return max(1, round(image.height * width / image.width / 2))


def _drawn(row: Row, kind: str, room: int, tallest: int) -> RenderResult:
    shots = row.shots[: max(1, (room + GAP) // (LEAST + GAP))]
    width = max(1, min(row.width, (room - GAP * (len(shots) - 1)) // len(shots)))
    while width > 1 and max(rows_of(shot.image, width) for shot in shots) > tallest:
        width -= 1
    if kind == HALF_BLOCKS:
        yield from _beside([half_blocks(shot.image, width) for shot in shots], width)
    else:
        yield _protocol(kind, _joined(shots, width), width * len(shots) + GAP * (len(shots) - 1))
    captions = (_fitting(shot.caption, width) for shot in shots)
    yield Text((" " * GAP).join(captions).rstrip(), MUTED, no_wrap=True, overflow="crop")


def _fitting(caption: str, width: int) -> str:
    """Return the words of a caption that fit: half a number would be another one."""
    words = visible(caption).replace("\n", " ").split("  ")
    while len(words) > 1 and cell_len("  ".join(words)) > width:
        words.pop()
    return set_cell_size("  ".join(words), width)


def _beside(pictures: Sequence[list[list[Segment]]], width: int) -> Iterator[Segment]:
    """Yield the segments of pictures beside each other; one that is less high ends in blanks."""
    for line in range(max(map(len, pictures))):
        for at, picture in enumerate(pictures):
            if at:
                yield Segment(" " * GAP)
            yield from picture[line] if line < len(picture) else [Segment(" " * width)]
        yield Segment.line()


def _joined(shots: Sequence[Shot], width: int) -> Image:
    """Put pictures beside each other into one, so that each stands above its caption."""
    from PIL import Image as Pillow

    side = width * DOTS
    sized = [shot.image.convert("RGBA").resize((side, rows_of(shot.image, width) * 2 * DOTS)) for shot in shots]
    step = side + GAP * DOTS
    sheet = Pillow.new("RGBA", (step * len(sized) - GAP * DOTS, max(image.height for image in sized)))
    for at, image in enumerate(sized):
        sheet.paste(image, (at * step, 0))
    return sheet


def _protocol(kind: str, image: Image, width: int) -> Any:
    """Return what draws a picture by the terminal's own protocol."""
    from textual_image.renderable.sixel import Image as Sixel
    from textual_image.renderable.tgp import Image as Kitty

    return Sixel(image, width=width) if kind == SIXEL else Kitty(image, width=width)
