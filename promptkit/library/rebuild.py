"""A new database for a library whose own is damaged: what can still be read of the old one, and the pictures."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from promptkit.errors import LibraryError, PromptkitError
from promptkit.library.adopt import adopt_all, adopt_file, orphans, pairs_of
from promptkit.library.connection import database_of
from promptkit.library.moved import find_moves, follow
from promptkit.library.records import StoredPicture, slots_of
from promptkit.library.store import Library
from promptkit.library.writing import put_words
from promptkit.metadata.values import mapping, sequence, text

TABLES = ("runs", "pictures", "candidates", "scores", "tags", "embeddings")
"""In the order in which rows lean on each other; words are made anew."""
JSON = (
    ("runs", "recipe"), ("runs", "job"), ("candidates", "scores"), ("candidates", "shrunk"), ("candidates", "finish"),
)  # fmt: skip
"""What is read as JSON: half of it is worth nothing."""


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """What came of it."""

    aside: Path | None
    """Where the old database lies now; ``None`` where there was none."""
    salvaged: int
    """Pictures whose rows, with tags and ratings, could be read."""
    adopted: int
    """Pictures that were taken in from what they say of themselves."""
    refused: tuple[str, ...]
    """What is to be said of pictures that could not be taken in."""


def rebuild(folder: Path) -> Rebuilt:
    """Put a library's database aside and make a new one. Raises LibraryError."""
    aside = _put_aside(database_of(folder))
    with Library(folder, create=True, adopt=False) as library:
        salvaged = _salvage(library, aside) if aside is not None else []
        refused = [said for file in salvaged if (said := _refreshed(library, file))]
        adopted, others = adopt_all(library)
    return Rebuilt(aside=aside, salvaged=len(salvaged), adopted=len(adopted), refused=(*refused, *others))


def _put_aside(file: Path) -> Path | None:
    """Move a database away with its journal, which would otherwise be played into the new one."""
    if not file.exists():
        return None
    number = 1
    while (aside := file.with_name(f"{file.name}.damaged-{number}")).exists():
        number += 1
    try:
        for ending in ("-journal", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                file.with_name(file.name + ending).rename(aside.with_name(aside.name + ending))
        file.rename(aside)
    except OSError as error:
        raise LibraryError(
            f"'{file}' cannot be moved aside: {error.strerror}.", hint="Check that you may write to its folder."
        ) from error
    return aside


def _salvage(library: Library, aside: Path) -> list[str]:
    """Copy what can be read of the old rows; return the files of the pictures that are known again."""
    uri = f"file:{quote(str(aside))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as old:
        old.text_factory = lambda raw: raw.decode("utf-8", "replace")
        for table in TABLES:
            with library.writing() as new:
                for names, row in _readable(old, table):
                    marks = ", ".join("?" * len(row))
                    with suppress(sqlite3.IntegrityError, sqlite3.OperationalError):
                        new.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", row)
    with library.writing() as new:
        for table, column in JSON:
            new.execute(f"DELETE FROM {table} WHERE NOT json_valid({column})")
    follow(library, find_moves(library, orphans(library)))
    gone = [file for file in library.files() if not (library.folder / file).is_file()]
    with library.writing() as new:
        new.executemany("DELETE FROM pictures WHERE file = ?", [(file,) for file in gone])
    return sorted(library.files())


def _readable(old: sqlite3.Connection, table: str) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield the rows of a table up to the first that cannot be read, from either end, with their columns' names."""
    for order in ("ASC", "DESC"):
        try:
            keys = [row[1] for row in old.execute(f"PRAGMA table_info({table})") if row[5]]
            found = old.execute(f"SELECT * FROM {table} ORDER BY {', '.join(f'{key} {order}' for key in keys)}")
            names = ", ".join(column[0] for column in found.description)
            for row in found:
                yield names, row
        except sqlite3.DatabaseError:
            continue


def _refreshed(library: Library, file: str) -> str:
    """Read a picture's own words anew; where they cannot be read keep those of its row, and return what is to be
    said."""
    try:
        adopt_file(library, library.folder / file)
    except PromptkitError as error:
        _keep_words(library, library.picture(file))
        return str(error)
    return ""


def _keep_words(library: Library, picture: StoredPicture) -> None:
    recipe = mapping(picture.recipe)
    words = {
        "prompt": text(recipe.get("resolved")) or picture.prompt,
        "negative": picture.negative,
        "styles": " ".join(map(str, sequence(recipe.get("styles")))),
        "model": picture.model or "",
        **slots_of(pairs_of(sequence(recipe.get("phrases")))),
    }
    with library.writing() as connection:
        put_words(connection, picture.id, words)
