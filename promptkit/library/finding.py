"""Which picture a name means: an id, the beginning of a hash, a file name or a path."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from promptkit.errors import LibraryError, UnknownNameError
from promptkit.library.files import relative_name
from promptkit.names import nearest

if TYPE_CHECKING:
    from promptkit.library.store import Library

HASH = re.compile(r"[0-9a-f]{6,64}")
SHORT_HASH = re.compile(r"(?=.*[a-f])[0-9a-f]{1,5}")
LARGEST = 2**63 - 1
CUT = "…"
COMPARED = 2000
"""The newest so many names are compared with one that is not there."""


def find_picture(library: Library, name: str) -> int:
    """Return the id of the picture that a name means. Raises UnknownNameError, with near names, also where a hash or a
    file name means several."""
    for look in (_by_id, _by_hash, _by_file):
        ids = look(library, name)
        if len(ids) == 1:
            return ids[0]
        if ids:
            shown = ", ".join(str(number) for number in ids[:5])
            raise UnknownNameError("single picture", name, hint=f"It means several: {shown}. Name one by its id.")
    files = [file for (file,) in library.rows("SELECT file FROM pictures ORDER BY id DESC LIMIT ?", (COMPARED,))]
    near = nearest(name, files)
    raise UnknownNameError("picture", name, near, hint=_hint(name, near))


def _hint(name: str, near: Sequence[str]) -> str | None:
    """Return what helps where a name means nothing."""
    if SHORT_HASH.fullmatch(name.lower()):
        return "The beginning of a SHA-256 needs six digits. See promptkit library list."
    return None if near else "See promptkit library list."


def _by_id(library: Library, name: str) -> list[int]:
    if not (name.isascii() and name.isdigit()) or int(name[:20]) > LARGEST:
        return []
    return [number for (number,) in library.rows("SELECT id FROM pictures WHERE id = ?", (int(name),))]


def _by_hash(library: Library, name: str) -> list[int]:
    digits = name.lower()
    if not HASH.fullmatch(digits):
        return []
    found = library.rows(
        "SELECT id FROM pictures WHERE sha256 >= ? AND sha256 < ? ORDER BY id LIMIT 6", (digits, f"{digits}g")
    )
    return [number for (number,) in found]


def _by_file(library: Library, name: str) -> list[int]:
    """Return the picture at a path, of the current folder or of the library's, or those with the file name; ``…`` in
    it, as lists cut names, stands for anything."""
    if not name or any("\ud800" <= char <= "\udfff" or char == "\0" for char in name):
        return []
    for path in (Path(name), library.folder / name):
        try:
            file = relative_name(library.folder, path)
        except (LibraryError, OSError):
            continue
        if found := library.rows("SELECT id FROM pictures WHERE file = ?", (file,)):
            return [found[0][0]]
    last = PurePosixPath(name).name
    escaped = re.sub(r"([%_\\])", r"\\\1", last).replace(CUT, "%")
    found = library.rows(
        "SELECT id FROM pictures WHERE file LIKE ? ESCAPE '\\' OR file LIKE ? ESCAPE '\\' ORDER BY id LIMIT 6",
        (f"%/{escaped}", escaped if CUT in name else f"{escaped}.%"),
    )
    return [number for (number,) in found] if last == name else []
