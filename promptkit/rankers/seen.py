"""Pictures that were looked at, with what was seen, as long as they are in use."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")


class Seen(Generic[T]):
    """What was seen in pictures, by the objects themselves: Pillow's cannot be keys, and are not kept alive."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[weakref.ref[Image], T]] = {}

    def __len__(self) -> int:
        return len(self._found)

    def keep(self, images: Iterable[Image], seen: Iterable[T]) -> None:
        """Keep what was seen in each picture until it is gone."""
        for image, one in zip(images, seen, strict=True):
            self._found[id(image)] = (weakref.ref(image, partial(self._drop, id(image))), one)

    def of(self, image: Image) -> T | None:
        """Return what was seen in this picture, ``None`` where nobody looked."""
        reference, seen = self._found.get(id(image), (None, None))
        return seen if reference is not None and reference() is image else None

    def _drop(self, key: int, gone: weakref.ref[Image]) -> None:
        """Forget a picture, unless another one has its place by now."""
        if key in self._found and self._found[key][0] is gone:
            del self._found[key]
