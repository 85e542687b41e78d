"""What is wrong with a library, and what it no longer needs: looked for first, done only when it was shown."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.errors import LibraryError, PromptkitError
from promptkit.ledger import forget, held_folder, is_worked_on
from promptkit.library.adopt import adopt_file, orphans
from promptkit.library.connection import explaining
from promptkit.library.files import LEFTOVER, all_files, hash_of, is_picture
from promptkit.library.moved import find_moves
from promptkit.library.records import DONE, FAILED_RUN, StoredRun
from promptkit.pictures import open_picture

if TYPE_CHECKING:
    from promptkit.library.store import Library

DATABASE, MISSING, MOVED, CHANGED, BROKEN = "database", "missing", "moved", "changed", "broken"
ORPHAN, UNREADABLE, LEFT = "orphan", "unreadable", "leftover"
CURES = {
    DATABASE: "promptkit library verify --rebuild makes a new database of the pictures.",
    MISSING: "Put the file back, or forget it: promptkit library gc --yes",
    MOVED: "promptkit library verify --adopt keeps it under its new name, with its rating and tags.",
    CHANGED: "If it was changed on purpose: promptkit library verify --accept; else bring back a copy of it.",
    BROKEN: "Bring back a copy of it; or delete the file and forget it: promptkit library gc --yes",
    ORPHAN: "promptkit library verify --adopt takes it in.",
    UNREADABLE: "It cannot be taken in: replace it, move it out of the library, or delete it.",
    LEFT: "promptkit library gc --yes removes it.",
}
"""What to do about each kind of problem."""
DAY = 86_400.0
FRESH = 3600.0
"""Seconds for which an unfinished file may still be written by another process."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that is not as the library has it."""

    kind: str
    """One of ``CURES``."""
    message: str
    file: str | None = None
    picture: int | None = None


@dataclass(frozen=True, kw_only=True)
class Waste:
    """What a library can do without."""

    missing: tuple[tuple[int, str], ...]
    """Pictures whose file is gone, and lies nowhere else in the library: id and file."""
    leftovers: tuple[Path, ...]
    """Files that were not written to their end."""
    runs: tuple[StoredRun, ...]
    """Runs that were not gone on with for long."""
    unknown: tuple[Path, ...]
    """Pictures without a row."""

    @property
    def is_empty(self) -> bool:
        return not (self.missing or self.leftovers or self.runs)


def problems(library: Library) -> Iterator[Problem]:
    """Yield all that is wrong: with the database, with each picture against its size and hash, with files that have no
    row. Reads every byte of every picture."""
    yield from _database_problems(library)
    unknown = orphans(library)
    moves = {move.picture: move for move in find_moves(library, unknown)}
    for number, file, sha256, size in library.rows("SELECT id, file, sha256, bytes FROM pictures ORDER BY id"):
        if number in moves:
            said = f"Picture {number}, '{file}', lies there as '{moves[number].after}'."
            yield Problem(kind=MOVED, message=said, file=file, picture=number)
        else:
            yield from _file_problems(library.folder, number, file, sha256, size)
    followed = {move.after for move in moves.values()}
    for path in unknown:
        if path.relative_to(library.folder).as_posix() not in followed:
            yield _orphan_problem(library.folder, path)
    for path in leftovers(library.folder):
        name = path.relative_to(library.folder).as_posix()
        yield Problem(kind=LEFT, message=f"'{name}' was not written to its end.", file=name)


def _database_problems(library: Library) -> Iterator[Problem]:
    for (said,) in library.rows("PRAGMA integrity_check(10)"):
        if said != "ok":
            yield Problem(kind=DATABASE, message=f"The database is damaged: {said}.")
    for table, _, parent, _ in library.rows("PRAGMA foreign_key_check"):
        yield Problem(kind=DATABASE, message=f"A row of {table} names a row of {parent} that is not there.")
    sql = "SELECT count(*) FROM pictures WHERE id NOT IN (SELECT rowid FROM words)"
    ((unsearched,),) = library.rows(sql)
    if unsearched:
        some = "1 picture" if unsearched == 1 else f"{unsearched} pictures"
        yield Problem(kind=DATABASE, message=f"{some} cannot be found by words.")


def _orphan_problem(folder: Path, path: Path) -> Problem:
    """Return what is wrong with a picture that has no row: that, or that it cannot be read."""
    name = path.relative_to(folder).as_posix()
    try:
        open_picture(path)
    except PromptkitError as error:
        return Problem(kind=UNREADABLE, message=str(error), file=name)
    return Problem(kind=ORPHAN, message=f"'{name}' is not known to the library.", file=name)


def _file_problems(folder: Path, number: int, file: str, sha256: str, size: int) -> Iterator[Problem]:
    path = folder / file
    if not path.is_file():
        yield Problem(kind=MISSING, message=f"Picture {number}, '{file}', is gone.", file=file, picture=number)
        return
    if not path.resolve().is_relative_to(folder.resolve()):
        said = f"Picture {number}, '{file}', is a link that leads out of the library."
        yield Problem(kind=MISSING, message=said, file=file, picture=number)
        return
    try:
        found, bytes_there = hash_of(path)
    except LibraryError as error:
        yield Problem(kind=BROKEN, message=str(error), file=file, picture=number)
        return
    if found == sha256:
        return
    said = f"Picture {number}, '{file}', has other content than when it was added."
    if bytes_there != size:
        said = f"Picture {number}, '{file}', has {bytes_there:,} bytes; it had {size:,}."
    try:
        open_picture(path)
    except PromptkitError as error:
        yield Problem(kind=BROKEN, message=f"{said} {error}", file=file, picture=number)
    else:
        yield Problem(kind=CHANGED, message=said, file=file, picture=number)


def leftovers(folder: Path) -> list[Path]:
    """Return the files that a process which is gone did not write to their end."""
    now = time.time()
    found = [path for path in all_files(folder) if LEFTOVER.fullmatch(path.name)]
    return [path for path in found if _age(path, now) > FRESH]


def _age(path: Path, now: float) -> float:
    """Return for how many seconds a file was left alone; none for one that has just been moved into place."""
    try:
        return now - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def find_waste(library: Library, *, days: float) -> Waste:
    """Return what can be cleared away; runs count that were not gone on with for so many days."""
    rows = library.rows("SELECT id, file FROM pictures ORDER BY id")
    unknown = orphans(library)
    moved = {move.picture for move in find_moves(library, unknown)}
    gone = [(number, file) for number, file in rows if not (library.folder / file).exists()]
    before = time.time() - days * DAY
    old = [run for run in library.runs() if run.state not in (DONE, FAILED_RUN) and run.updated < before]
    runs = [run for run in old if not is_worked_on(library.folder, run.id)]
    return Waste(
        missing=tuple((number, file) for number, file in gone if number not in moved),
        leftovers=tuple(leftovers(library.folder)),
        runs=tuple(runs),
        unknown=tuple(unknown),
    )


def waiting(library: Library, run: StoredRun) -> int:
    """Return how many pictures of a run wait for its end, to be kept only if they are among the best."""
    place = held_folder(library.folder, run.id)
    return sum(1 for path in place.iterdir() if is_picture(path)) if place.is_dir() else 0


def clear(library: Library, waste: Waste) -> None:
    """Forget pictures whose file is still gone, and runs; remove unfinished files; give their space back. No file of a
    picture that has a row is touched. Raises LibraryError."""
    library.forget([number for number, file in waste.missing if not (library.folder / file).exists()])
    for run in waste.runs:
        _forget_run(library, run)
    _remove(waste.leftovers)
    with explaining(library.file):
        library.connection.execute("VACUUM")


def _forget_run(library: Library, run: StoredRun) -> None:
    """Take out a run's rows, and what was kept to go on with it, unless somebody has done so since."""
    if is_worked_on(library.folder, run.id):
        return
    with library.writing() as connection:
        sql = "DELETE FROM runs WHERE id = ? AND updated = ?"
        gone = connection.execute(sql, (run.id, run.updated)).rowcount
    if gone:
        forget(library.folder, run.id)


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise LibraryError(
                f"'{path}' cannot be removed: {error.strerror}.", hint="Check that you may write to its folder."
            ) from error


def accept(library: Library) -> tuple[list[int], list[str]]:
    """Keep the pictures as they are now: those whose content changed are read anew. Returns their ids, and what is to
    be said of those that cannot be kept; one that can no longer be read stays a problem."""
    kept, refused = [], []
    for one in list(problems(library)):
        if one.kind != CHANGED or one.file is None:
            continue
        try:
            kept.append(adopt_file(library, library.folder / one.file))
        except PromptkitError as error:
            refused.append(f"{error} {error.hint or ''}".strip())
    return kept, refused
