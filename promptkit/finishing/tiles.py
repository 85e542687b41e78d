"""Work on a picture tile by tile, so that memory is bounded by the picture, what is made of it, and one tile.

A tile is handed over with some of its neighbourhood, and what was made of the neighbourhood is cut off again: where
``overlap`` covers all that a pixel depends on, tiles leave no seam and no other result than the whole picture gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.errors import GenerationError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""
Work = Callable[["NDArray[Any]"], "NDArray[Any]"]
"""Makes float32 (height * scale, width * scale, channels) of (height, width, channels), both in 0..1."""


def in_tiles(
    found: NDArray[Any], work: Work, *, tile: int = 512, overlap: int = 0, scale: int = 1, border: int | None = None
) -> NDArray[Any]:
    """Return what ``work`` makes of an array (height, width, channels) of uint8 or uint16, in the same type.

    Beyond the border the picture is mirrored, by ``border`` pixels at most. Raises GenerationError where ``work`` gives
    another size, or values that are not finite.
    """
    import numpy as np

    def read(view: Box) -> NDArray[Any]:
        return found[view[1] : view[3], view[0] : view[2]]

    reach = Reach(overlap, overlap if border is None else border, scale)
    height, width, channels = found.shape
    made = np.empty((height * scale, width * scale, channels), found.dtype)
    for box in boxes((width, height), tile):
        left, top, right, bottom = (scale * edge for edge in box)
        made[top:bottom, left:right] = _made(read, box, (width, height), work, reach)
    return made


def picture_in_tiles(
    image: Image, work: Work, *, tile: int = 512, overlap: int = 0, scale: int = 1, border: int | None = None
) -> Image:
    """Return what ``work`` makes of a picture of mode RGB, RGBA, L, LA or I;16, as ``in_tiles`` does.

    ``work`` is handed all channels, alpha last; no array of the whole picture is made.
    """
    from PIL import Image as Pillow

    def read(view: Box) -> NDArray[Any]:
        return _array(image.crop(view))

    reach = Reach(overlap, overlap if border is None else border, scale)
    made = Pillow.new(image.mode, (image.width * scale, image.height * scale))
    for box in boxes(image.size, tile):
        levels = _made(read, box, image.size, work, reach)
        made.paste(_image(levels, image.mode), (box[0] * scale, box[1] * scale))
    return made


def finished_in_tiles(image: Image, work: Work, *, tile: int = 512, overlap: int = 0) -> Image:
    """Return a picture, of any of the five modes, whose colours went through ``work``; its alpha stays as it is.

    ``work`` is handed one channel or three.
    """

    def colours(values: NDArray[Any]) -> NDArray[Any]:
        import numpy as np

        return np.concatenate([work(values[..., :-1]), values[..., -1:]], axis=2)

    alpha = image.mode in ("RGBA", "LA")
    return picture_in_tiles(image, colours if alpha else work, tile=tile, overlap=overlap)


@dataclass(frozen=True)
class Span:
    """A tile along one axis: what is read of the picture, what is mirrored before and behind it, what is kept."""

    first: int
    last: int
    mirrored: tuple[int, int]
    kept: slice


@dataclass(frozen=True)
class Reach:
    """How far a tile reaches: ``overlap`` into its neighbourhood, at most ``border`` beyond the picture."""

    overlap: int
    border: int
    scale: int

    def along(self, start: int, stop: int, length: int) -> Span:
        """Return the span of a tile from ``start`` to ``stop`` of a picture that is ``length`` long."""
        first, last = max(start - self.overlap, 0), min(stop + self.overlap, length)
        before = min(self.overlap - (start - first), self.border)
        behind = min(self.overlap - (last - stop), self.border)
        edge = (before + start - first) * self.scale
        return Span(first, last, (before, behind), slice(edge, edge + (stop - start) * self.scale))


def boxes(size: tuple[int, int], tile: int) -> Iterator[Box]:
    """Yield the tiles of a picture of (width, height), row by row; the last ones may be smaller."""
    width, height = size
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            yield left, top, min(left + tile, width), min(top + tile, height)


def _made(
    read: Callable[[Box], NDArray[Any]], box: Box, size: tuple[int, int], work: Work, reach: Reach
) -> NDArray[Any]:
    """Hand a tile with its neighbourhood to ``work``; return the levels that it made of the tile alone."""
    import numpy as np

    columns, rows = reach.along(box[0], box[2], size[0]), reach.along(box[1], box[3], size[1])
    found = read((columns.first, rows.first, columns.last, rows.last))
    levels = np.iinfo(found.dtype).max
    values = found.astype(np.float32) / np.float32(levels)
    values = np.pad(values, (rows.mirrored, columns.mirrored, (0, 0)), mode="reflect")
    made = work(values)
    _check(made, (values.shape[0] * reach.scale, values.shape[1] * reach.scale, values.shape[2]))
    kept = made[rows.kept, columns.kept]
    return np.rint(np.clip(kept, 0, 1) * levels).astype(found.dtype)


def _check(made: NDArray[Any], due: tuple[int, ...]) -> None:
    import numpy as np

    if made.shape != due:
        raise GenerationError(
            f"A tile came out as {'x'.join(map(str, made.shape))} where {'x'.join(map(str, due))} was due.",
            hint="Use another model: this one does not give the size that it promises.",
        )
    if not np.isfinite(made).all():
        raise GenerationError("A tile came out with values that are no numbers.", hint="Use another model or setting.")


def _array(image: Image) -> NDArray[Any]:
    """Return a picture as (height, width, channels) of uint8 or uint16."""
    import numpy as np

    found = np.asarray(image)
    return found[..., None] if found.ndim == 2 else found


def _image(levels: NDArray[Any], mode: str) -> Image:
    """Return levels (height, width, channels) as a picture of ``mode``."""
    from PIL import Image as Pillow

    made = Pillow.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels)
    return made if made.mode == mode else made.convert(mode)
