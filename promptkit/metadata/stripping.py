"""Taking out of a file what it says, and leaving its picture bit for bit: nothing is decoded and encoded anew.

Files are walked part by part, and those parts are kept that decide what the picture looks like: pixels, palette,
transparency, colour profile, resolution, animation; of EXIF its orientation alone. What follows the end of the picture
is left out too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from struct import Struct

from promptkit.errors import MetadataError
from promptkit.metadata.exif import only_orientation

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs acTL fcTL fdAT".split()
)
"""Chunks without which the picture may look otherwise (W3C PNG, 11)."""
PROFILE, ADOBE = b"ICC_PROFILE\0", b"Adobe"
EXIF = b"Exif\0\0"
EOI, SOS, APP0, APP1, APP2, APP14, APP15, COM = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
WEBP_KEPT = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP")
WEBP_SAYS = 0x08 | 0x04
"""Flags of VP8X: that there is EXIF, that there is XMP (WebP container specification)."""
WEBP_EXIF = 0x08
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends the coded pixels of a JPEG: a marker that is neither a stuffed byte nor a restart (ITU-T T.81, B.1.1)."""
_LONG, _SHORT, _LITTLE = Struct(">I"), Struct(">H"), Struct("<I")


def stripped(content: bytes, kind: str) -> bytes:
    """Return a PNG, JPEG or WebP file without what it says. Raises MetadataError for one whose parts do not fit
    together."""
    walks: Mapping[str, Callable[[bytes], Iterator[bytes]]] = {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp}
    try:
        found = b"".join(walks[kind](content))
    except (ValueError, IndexError) as error:
        raise MetadataError(
            f"The parts of this {kind} do not fit together: {error}.", hint="Open it and save it anew, then strip that."
        ) from error
    return _sized(found) if kind == "WEBP" else found


def _png(content: bytes) -> Iterator[bytes]:
    """Yield the signature and the chunks that are kept: length, type, data, CRC."""
    yield PNG_HEAD
    at, kind = len(PNG_HEAD), b""
    while kind != b"IEND":
        length, kind = _number(_LONG, content, at), content[at + 4 : at + 8]
        chunk = _part(content, at, length + 12)
        if kind in PNG_KEPT:
            yield chunk
        elif kind == b"eXIf" and (exif := only_orientation(chunk[8:-4])):
            yield _png_chunk(kind, exif)
        at += len(chunk)


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    from zlib import crc32

    return _LONG.pack(len(data)) + kind + data + _LONG.pack(crc32(kind + data))


def _jpeg(content: bytes) -> Iterator[bytes]:
    """Yield the segments that are kept, and the coded pixels after each start of a scan."""
    yield content[:2]
    at = 2
    while True:
        while content[at : at + 2] == b"\xff\xff":
            at += 1
        if content[at] != 0xFF:
            raise ValueError(f"there is no marker at byte {at}")
        marker = content[at + 1]
        if marker == EOI:
            yield content[at : at + 2]
            return
        segment = _part(content, at, _number(_SHORT, content, at + 2) + 2)
        at += len(segment)
        yield from _segment(marker, segment)
        if marker == SOS:
            ends = _MARKER.search(content, at)
            if ends is None:
                raise ValueError("it is cut off")
            yield content[at : ends.start()]
            at = ends.start()


def _segment(marker: int, segment: bytes) -> Iterator[bytes]:
    """Yield a segment if it decides what the picture looks like; of EXIF a new one with the orientation alone."""
    data = segment[4:]
    says = APP0 < marker <= APP15 or marker == COM
    if not says or (marker == APP2 and data.startswith(PROFILE)) or (marker == APP14 and data.startswith(ADOBE)):
        yield segment
    elif marker == APP1 and data.startswith(EXIF) and (exif := only_orientation(data[len(EXIF) :])):
        yield segment[:2] + _SHORT.pack(len(exif) + len(EXIF) + 2) + EXIF + exif


def _webp(content: bytes) -> Iterator[bytes]:
    """Yield the head and the chunks that are kept: type, length, data, a byte to make it even."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise ValueError("it has no head")
    yield content[:12]
    chunks = list(_webp_chunks(content))
    exif = next((only_orientation(data.removeprefix(EXIF)) for kind, data in chunks if kind == b"EXIF"), None)
    for kind, data in chunks:
        if kind == b"VP8X":
            yield _webp_chunk(kind, bytes([data[0] & ~WEBP_SAYS | (WEBP_EXIF if exif else 0)]) + data[1:])
        elif kind in WEBP_KEPT:
            yield _webp_chunk(kind, data)
    if exif:
        yield _webp_chunk(b"EXIF", exif)


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, end = 12, min(len(content), _number(_LITTLE, content, 4) + 8)
    while at < end:
        length = _number(_LITTLE, content, at + 4)
        yield content[at : at + 4], _part(content, at, length + 8)[8:]
        at += 8 + length + length % 2


def _webp_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + _LITTLE.pack(len(data)) + data + b"\0" * (len(data) % 2)


def _sized(webp: bytes) -> bytes:
    """Return a WebP file with its length at its head."""
    return webp[:4] + _LITTLE.pack(len(webp) - 8) + webp[8:]


def _part(content: bytes, at: int, length: int) -> bytes:
    if at + length > len(content):
        raise ValueError("it is cut off")
    return content[at : at + length]


def _number(kind: Struct, content: bytes, at: int) -> int:
    """Return a number at a place. Raises ValueError where the file ends before it."""
    return int(kind.unpack(_part(content, at, kind.size))[0])
