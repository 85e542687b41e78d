"""Texts in the lowest bits of a picture's alpha channel, where NovelAI and extensions of A1111 hide them from websites
that take metadata away.

The bits run down the columns: 15 letters that name the form, 32 bits with the number of bits that follow, then the text
in UTF-8, compressed by gzip in the form ``stealth_pngcomp``.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from promptkit.metadata.values import json_object

if TYPE_CHECKING:
    from PIL.Image import Image, Transpose

PLAIN, COMPRESSED = b"stealth_pnginfo", b"stealth_pngcomp"
HEAD = 8 * len(PLAIN) + 32
"""Bits before the text."""
MAX_BYTES = 1024 * 1024
GZIP = 31
"""zlib's window bits for gzip."""


def hidden(image: Image) -> Iterator[tuple[str, str]]:
    """Yield the texts that are hidden in a picture, by the names of the chunks that they stand for."""
    if image.mode != "RGBA":
        return
    head = _bytes(image, 0, HEAD)
    form, length = head[: len(PLAIN)], int.from_bytes(head[len(PLAIN) :], "big")
    if form not in (PLAIN, COMPRESSED) or not 0 < length <= min(8 * MAX_BYTES, image.width * image.height - HEAD):
        return
    text = _text(_bytes(image, HEAD, length), compressed=form == COMPRESSED)
    chunks = json_object(text)
    if chunks is None:
        yield "parameters", text
    else:
        yield from ((name, value) for name, value in chunks.items() if isinstance(value, str))


def _bytes(image: Image, start: int, bits: int) -> bytes:
    """Return the bytes that so many lowest bits of alpha from a place on make; fewer where the picture ends."""
    first, last = start // image.height, -(-(start + bits) // image.height)
    columns = image.crop((first, 0, min(last, image.width), image.height)).getchannel("A")
    lowest = columns.transpose(_transposed()).tobytes()[start - first * image.height :][:bits]
    packed = bytes(value & 1 for value in lowest).translate(bytes.maketrans(b"\0\1", b"01"))
    return int(b"1" + packed, 2).to_bytes(len(packed) // 8 + 1, "big")[1:] if len(packed) % 8 == 0 else b""


def _transposed() -> Transpose:
    from PIL.Image import Transpose

    return Transpose.TRANSPOSE


def _text(data: bytes, *, compressed: bool) -> str:
    if compressed:
        try:
            data = zlib.decompressobj(GZIP).decompress(data, MAX_BYTES)
        except zlib.error:
            return ""
    return data.decode("utf-8", "replace")
