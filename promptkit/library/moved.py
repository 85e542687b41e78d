"""Pictures that got another name, or lie in another folder of the library: the same content is the same picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.errors import LibraryError
from promptkit.library.files import hash_of

if TYPE_CHECKING:
    from promptkit.library.store import Library


@dataclass(frozen=True, kw_only=True)
class Move:
    """A picture whose file is gone, and a file with its content that has no row."""

    picture: int
    before: str
    after: str
    """Both are paths inside the library's folder."""


def find_moves(library: Library, orphans: Sequence[Path]) -> list[Move]:
    """Return which of the files without a row are pictures that were moved. Only files of a missing picture's size
    are read."""
    missing: dict[int, list[tuple[int, str, str]]] = {}
    if orphans:
        for number, file, sha256, size in library.rows("SELECT id, file, sha256, bytes FROM pictures ORDER BY id"):
            if not (library.folder / file).exists():
                missing.setdefault(size, []).append((number, file, sha256))
    moves = []
    for path in orphans if missing else ():
        here = missing.get(_size(path), [])
        found = here and _hash(path)
        one = next((one for one in here if one[2] == found), None)
        if one is not None:
            here.remove(one)
            moves.append(Move(picture=one[0], before=one[1], after=path.relative_to(library.folder).as_posix()))
    return moves


def _size(path: Path) -> int:
    """Return a file's size in bytes, −1 for one that has gone since."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _hash(path: Path) -> str:
    """Return a file's SHA-256, nothing for one that cannot be read."""
    try:
        return hash_of(path)[0]
    except LibraryError:
        return ""


def follow(library: Library, moves: Sequence[Move]) -> list[int]:
    """Give the rows of moved pictures their new names: rating, tags and run stay. Returns their ids."""
    with library.writing() as connection:
        for move in moves:
            connection.execute(
                "UPDATE pictures SET file = ? WHERE id = ? AND file = ? "
                "AND NOT EXISTS (SELECT 1 FROM pictures WHERE file = ?)",
                (move.after, move.picture, move.before, move.after),
            )
    return [move.picture for move in moves]
