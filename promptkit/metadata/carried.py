"""The texts that a picture's file carries, whichever of the three formats it is: chunks of a PNG, EXIF, XMP."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from promptkit.metadata.stealth import hidden
from promptkit.metadata.values import json_object
from promptkit.pictures import Opened

COMMENT = "UserComment"
DESCRIPTION = "ImageDescription"
XMP = "xmp"
XMP_CHUNK = "XML:com.adobe.xmp"
"""The PNG text chunk that XMP stands in (XMP specification part 3, 1.1.5)."""
MAX_READ = 4 * 1024 * 1024
"""Characters of one text; what is longer is not read. Graphs of ComfyUI with everything that was ever tried reach one
million."""
EXIF_TEXTS = {0x010E: DESCRIPTION, 0x010F: "Make", 0x0110: "Model", 0x0131: "Software", 0x013B: "Artist"}
"""Tags of IFD 0 (EXIF 3.0, 4.6.5)."""
PACKED = ("Title", "Description", "Software", "Source", "Comment")
"""Chunks of a PNG that NovelAI packs into the user comment of a WebP."""
EXIF_IFD = 0x8769
USER_COMMENT = 0x9286
MAKER_NOTE = 0x927C
CODE = 8
"""Bytes before a user comment that name its encoding (EXIF 3.0, 4.6.6)."""


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What a file carries beside its pixels, as texts by name."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """Chunks of a PNG by keyword; of EXIF ``UserComment``, ``ImageDescription``, ``Make``, ``Model``, ``Software``,
    ``MakerNote``; ``comment`` of a JPEG; ``xmp``. A chunk counts before what has its name."""
    chunks: Mapping[str, str] = field(default_factory=dict)
    """The text chunks of a PNG alone, without XMP."""
    size: tuple[int, int] | None = None
    """Width and height in pixels."""
    notes: tuple[str, ...] = ()
    """What could not be read, in words for the user."""

    def get(self, *names: str) -> str | None:
        """Return the first of these texts that is there."""
        return next((self.texts[name] for name in names if name in self.texts), None)


def carried(opened: Opened) -> Carried:
    """Return all texts of an opened picture. Those over ``MAX_READ`` characters are left out, and told."""
    notes: list[str] = []
    found: dict[str, str] = {}
    for name, text in (*_chunks(opened), *_exif(opened, notes), *_others(opened), *hidden(opened.image)):
        if len(text) > MAX_READ:
            notes.append(f"Its text '{name[:40]}' has {len(text):,} characters and was not read.")
        elif text.strip("\0"):
            found.setdefault(name, text)
    for name, value in (json_object(found.get(COMMENT)) or {}).items():
        if name in PACKED and isinstance(value, str):
            found.setdefault(name, value)
    chunks = {name: found[name] for name in opened.texts if name in found}
    return Carried(texts=found, chunks=chunks, size=opened.image.size, notes=tuple(notes))


def _chunks(opened: Opened) -> Iterator[tuple[str, str]]:
    for name, text in opened.texts.items():
        if name != XMP_CHUNK:
            yield name, text if hasattr(text, "lang") else _mended(text)


def _mended(text: str) -> str:
    """Return a text of Latin-1 as the UTF-8 that many programs put there instead, where it is some."""
    with suppress(UnicodeError):
        return text if text.isascii() else text.encode("latin-1").decode("utf-8")
    return text


def _exif(opened: Opened, notes: list[str]) -> list[tuple[str, str]]:
    if not opened.image.info.get("exif"):
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif = opened.image.getexif()
            inner = exif.get_ifd(EXIF_IFD)
    except Exception as error:
        notes.append(f"Its EXIF cannot be read: {str(error).rstrip('.')}.")
        return []
    plain = [(name, _decoded(exif[tag])) for tag, name in EXIF_TEXTS.items() if tag in exif]
    comment = [(COMMENT, _commented(inner[USER_COMMENT]))] if USER_COMMENT in inner else []
    maker = [("MakerNote", _decoded(inner[MAKER_NOTE]))] if MAKER_NOTE in inner else []
    return [*comment, *plain, *maker]


def _others(opened: Opened) -> Iterator[tuple[str, str]]:
    for name in (XMP, "comment"):
        if value := opened.image.info.get(name):
            yield name, _decoded(value)
    if XMP_CHUNK in opened.texts:
        yield XMP, opened.texts[XMP_CHUNK]


def _decoded(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.rstrip("\0")


def _commented(value: Any) -> str:
    """Return a user comment's text: after eight bytes that name its encoding, or without them."""
    if not isinstance(value, bytes):
        return str(value).removeprefix("ASCII\0\0\0")
    code, data = value[:CODE], value[CODE:]
    if code.rstrip(b"\0") == b"UNICODE":
        return _utf16(data)
    named = code.rstrip(b"\0") in (b"", b"ASCII", b"JIS")
    return _decoded(data if named else value)


def _utf16(data: bytes) -> str:
    """Decode UTF-16 of either byte order. A1111 writes big-endian whatever the file's order is, others follow the file:
    the zero bytes of Latin letters tell which it was."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").rstrip("\0")
    little = data[1::2].count(0) > data[0::2].count(0)
    return data.decode("utf-16-le" if little else "utf-16-be", "replace").rstrip("\0")
