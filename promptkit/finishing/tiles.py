"""Work on a picture tile by tile, so that memory is bounded by the picture, what is made of it, and one tile.

A tile is handed over with some of its neighbourhood, and what was made of the neighbourhood is cut off again: where
``overlap`` covers all that a pixel depends on, tiles leave no seam and no other result than the whole picture gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from promptkit.errors import GenerationError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""
Work = Callable[["NDArray[Any]"], "NDArray[Any]"]
"""Makes float32 (height * scale, width * scale, channels) of (height, width, channels), both in 0..1."""


def in_tiles(found: NDArray[Any], work: Work, *, tile: int = 512, overlap: int = 0, scale: int = 1) -> NDArray[Any]:
    """Return what ``work`` makes of an array (height, width, channels) of uint8 or uint16, in the same type.

    Beyond the border the picture is mirrored. Raises GenerationError where ``work`` gives another size, or values that
    are not finite.
    """
    import numpy as np

    def read(view: Box) -> NDArray[Any]:
        return found[view[1] : view[3], view[0] : view[2]]

    height, width, channels = found.shape
    made = np.empty((height * scale, width * scale, channels), found.dtype)
    for box in boxes((width, height), tile):
        left, top, right, bottom = (scale * edge for edge in box)
        made[top:bottom, left:right] = _made(read, box, (width, height), work, overlap, scale)
    return made


def picture_in_tiles(image: Image, work: Work, *, tile: int = 512, overlap: int = 0, scale: int = 1) -> Image:
    """Return what ``work`` makes of a picture of mode RGB, RGBA, L, LA or I;16, as ``in_tiles`` does.

    ``work`` is handed all channels, alpha last; no array of the whole picture is made.
    """
    from PIL import Image as Pillow

    def read(view: Box) -> NDArray[Any]:
        return _array(image.crop(view))

    made = Pillow.new(image.mode, (image.width * scale, image.height * scale))
    for box in boxes(image.size, tile):
        levels = _made(read, box, image.size, work, overlap, scale)
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


def boxes(size: tuple[int, int], tile: int) -> Iterator[Box]:
    """Yield the tiles of a picture of (width, height), row by row; the last ones may be smaller."""
    width, height = size
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            yield left, top, min(left + tile, width), min(top + tile, height)


def _made(
    read: Callable[[Box], NDArray[Any]], box: Box, size: tuple[int, int], work: Work, overlap: int, scale: int
) -> NDArray[Any]:
    """Hand a tile with its neighbourhood to ``work``; return the levels that it made of the tile alone."""
    import numpy as np

    (left, top, right, bottom), (width, height) = box, size
    view = max(left - overlap, 0), max(top - overlap, 0), min(right + overlap, width), min(bottom + overlap, height)
    rows = view[1] - top + overlap, bottom + overlap - view[3]
    columns = view[0] - left + overlap, right + overlap - view[2]
    found = read(view)
    levels = np.iinfo(found.dtype).max
    values = np.pad(found.astype(np.float32) / np.float32(levels), (rows, columns, (0, 0)), mode="reflect")
    made = work(values)
    _check(made, (values.shape[0] * scale, values.shape[1] * scale, values.shape[2]))
    edge = scale * overlap
    kept = made[edge : made.shape[0] - edge, edge : made.shape[1] - edge]
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
