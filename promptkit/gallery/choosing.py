"""Which pictures a gallery shows: files, folders, pictures of a library, what a query finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from promptkit.errors import SettingsError, UnknownNameError
from promptkit.finish_files import ENDING
from promptkit.gallery.cards import Picture
from promptkit.library import Library, StoredPicture
from promptkit.library.files import all_files, is_picture


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The pictures of a gallery, and how many there would be without a limit."""

    pictures: tuple[Picture, ...]
    count: int


def choose(names: Sequence[str], query: str | None, limit: int | None, library: Library | None) -> Chosen:
    """Return the pictures that are named, then those that a query finds, each once; of a library all, the newest
    first, where nothing is asked for. Raises UnknownNameError, and SettingsError where there are none."""
    found = [picture for name in names for picture in _named(name, library)]
    left_out = 0
    if library is not None and (query is not None or not names):
        hits, count = _found(library, query or "", limit)
        found += map(_stored, hits)
        left_out = count - len(hits)
    each = list({picture.path.absolute(): picture for picture in found}.values())
    if not each:
        raise SettingsError("There are no pictures to show.", hint="promptkit library list shows those of a library.")
    return Chosen(pictures=_with_origins(each[:limit], library), count=len(each) + left_out)


def _named(name: str, library: Library | None) -> Iterator[Picture]:
    """Yield the picture of a file, those of a folder, or the one that a library knows by a name."""
    path = Path(name)
    if path.is_dir():
        for file in filter(is_picture, all_files(path)):
            yield _of_file(file, library)
    elif path.exists() or library is None:
        yield _of_file(path, library)
    else:
        yield _stored(library.picture(name))


def _of_file(path: Path, library: Library | None) -> Picture:
    """Return a file's picture, with what the library knows of that very file."""
    if library is None or not path.resolve().is_relative_to(library.folder.resolve()):
        return Picture(path=path)
    try:
        found = library.picture(str(path.resolve()))
    except UnknownNameError:
        return Picture(path=path)
    return _stored(found) if found.path.resolve() == path.resolve() else Picture(path=path)


def _found(library: Library, query: str, limit: int | None) -> tuple[list[StoredPicture], int]:
    """Return the first pictures that a query finds, an empty one all, the newest first; and how many there are."""
    from promptkit.library.search import count, search

    return [hit.picture for hit in search(library, query, limit=limit)], count(library, query)


def _stored(picture: StoredPicture) -> Picture:
    return Picture(path=picture.path, stored=picture)


def _with_origins(pictures: Sequence[Picture], library: Library | None) -> tuple[Picture, ...]:
    """Return the pictures, those that were finished with the picture that they were made of: as the library knows it,
    else by its name."""
    ids = {one.stored.parent for one in pictures if one.stored and one.stored.parent is not None}
    known = {one.id: one.path for one in library.pictures(sorted(ids))} if library and ids else {}
    return tuple(Picture(path=one.path, stored=one.stored, before=_origin(one, known)) for one in pictures)


def _origin(picture: Picture, known: dict[int, Path]) -> Path | None:
    parent = picture.stored.parent if picture.stored else None
    if parent is not None:
        return known.get(parent)
    stem, ending, number = picture.path.stem.rpartition(ENDING)
    beside = picture.path.with_name(f"{stem}{picture.path.suffix}")
    return beside if ending and not number.strip("-0123456789") and stem and beside.is_file() else None
