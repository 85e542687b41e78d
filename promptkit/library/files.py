"""The files of a library: which lie in it, what they are, and what a copy is called."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from promptkit.errors import LibraryError
from promptkit.library.connection import HIDDEN

ENDINGS = {".png", ".jpg", ".jpeg", ".webp"}
OURS = re.compile(r"[0-9a-f]{10}-\d+(?:-v\d+)?(?:-finished)?(?:-\d+)?\.png")
"""Names that promptkit gives its pictures."""
LEFTOVER = re.compile(r"\.promptkit-.*\.part")
"""Names of files that were not written to their end."""
BLOCK = 1024 * 1024
LONGEST = 60
"""Characters of a name that a copy keeps."""


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """What a file is, whatever it says of itself."""

    sha256: str
    bytes: int
    width: int
    height: int
    format: str


def relative_name(folder: Path, path: Path) -> str:
    """Return a file's path inside the library's folder, with ``/``. Raises LibraryError where it lies elsewhere, or
    is a link that leads out, and for a name that is no text."""
    try:
        name = path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        raise LibraryError(
            f"'{path}' does not lie in the library '{folder}'.", hint="promptkit library add copies it there."
        ) from None
    if name.split("/")[0] == HIDDEN:
        raise LibraryError(f"'{path}' belongs to the library itself.", hint="Put pictures beside that folder.")
    if not _is_text(name):
        raise LibraryError(f"The name of '{path}' is not UTF-8.", hint="Rename the file.")
    return name


def _is_text(name: str) -> bool:
    """Whether a name can be kept: bytes that are no UTF-8 come as lone surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def hash_of(path: Path) -> tuple[str, int]:
    """Return a file's SHA-256 and its size. Raises LibraryError where it cannot be read."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as handle:
            while block := handle.read(BLOCK):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise LibraryError(f"'{path}' cannot be read: {error.strerror}.", hint="Check that it is there.") from error
    return digest.hexdigest(), size


def facts_of(path: Path) -> FileFacts:
    """Return what a picture's file is, from its first bytes. Raises LibraryError and MetadataError."""
    from PIL import Image as Pillow

    from promptkit.pictures import FORMATS, unreadable

    sha256, size = hash_of(path)
    try:
        with Pillow.open(path, formats=FORMATS) as image:
            return FileFacts(
                sha256=sha256, bytes=size, width=image.width, height=image.height, format=image.format or ""
            )
    except Exception as error:
        raise unreadable(path, error) from error


def folder_time(folder: Path) -> int:
    """Return when a name was last added to, or taken from, a folder: nanoseconds. Raises LibraryError."""
    with _reading(folder):
        return folder.stat().st_mtime_ns


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LibraryError(
            f"'{error.filename or folder}' cannot be looked through: {error.strerror}.",
            hint="Check that you may read it and the folders in it.",
        ) from error


def names_in(folder: Path) -> list[str]:
    """Return the names of all that lies directly in a folder. Raises LibraryError."""
    with _reading(folder), os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def new_names(folder: Path) -> Iterator[str]:
    """Yield the files directly in a folder that bear a name of promptkit's; no links. Raises LibraryError."""
    with _reading(folder), os.scandir(folder) as entries:
        yield from (e.name for e in entries if OURS.fullmatch(e.name) and e.is_file(follow_symlinks=False))


def all_files(folder: Path) -> Iterator[Path]:
    """Yield every file of a library's folder and the folders in it, but for hidden folders and links.
    Raises LibraryError."""
    with _reading(folder), os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith("."):
                yield from all_files(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def is_picture(path: Path) -> bool:
    """Return whether a file's name says that it is a picture."""
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def copied_name(path: Path, facts: FileFacts) -> str:
    """Return what a copy is called: the plain letters of its name, some of its hash, and the ending of its format."""
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", path.stem).strip("-.")[:LONGEST] or "picture"
    ending = {"JPEG": ".jpg"}.get(facts.format, f".{facts.format.lower()}")
    return f"{stem}-{facts.sha256[:8]}{ending}"
