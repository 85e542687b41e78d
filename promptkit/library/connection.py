"""The database of a library: opened, made, brought up to date, waited for, and what went wrong with it in words.

A library is written by several processes at once. ``journal_mode=DELETE`` and ``synchronous=FULL`` let a row that was
committed outlive a power cut, and a write takes the lock from its beginning (``BEGIN IMMEDIATE``), so that no two of
them can wait for each other. See sqlite.org/lockingv3.html and sqlite.org/rescode.html.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from promptkit.errors import GOES_ON, LibraryError, Unwritable
from promptkit.library.schema import APPLICATION, VERSION, migrate

HIDDEN = ".promptkit"
"""The folder inside a library's that holds what is not a picture."""
DATABASE = "library.sqlite3"
WAIT = 30.0
"""Seconds that a lock of another process is waited for."""
PAUSES = (0.002, 0.05)
"""Seconds between two tries, at least and at most: drawn, so that processes do not try in step."""

T = TypeVar("T")


def database_of(folder: Path) -> Path:
    """Return where the database of a library lies."""
    return folder / HIDDEN / DATABASE


def connect(folder: Path, *, create: bool, read_only: bool) -> sqlite3.Connection:
    """Open the database of a library, up to date. Raises LibraryError."""
    file = database_of(folder)
    _check_place(folder, file, create=create and not read_only)
    connection = _opened(file, "ro" if read_only else "rwc" if create else "rw")
    try:
        _settle(connection, file, read_only=read_only)
    except LibraryError:
        connection.close()
        raise
    return connection


def _check_place(folder: Path, file: Path, *, create: bool) -> None:
    """Raise LibraryError where there is no library to open, or no place to make one."""
    for place in (folder, file.parent):
        if place.exists() and not place.is_dir():
            raise LibraryError(f"'{place}' is a file, not a folder.", hint="Name another folder with --library.")
    if file.exists() and not file.resolve().is_relative_to(folder.resolve()):
        raise LibraryError(
            f"The database of '{folder}' is a link that leads out of it.", hint="Put the file itself in its place."
        )
    if create:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"No library can be made in '{folder}': {error.strerror}.",
                hint="Name a folder that you may write to with --library, or --no-library to write pictures alone.",
            ) from error
    elif not file.exists():
        raise LibraryError(
            f"There is no library in '{folder}'.",
            hint="Name its folder with --library, or PROMPTKIT_LIBRARY. promptkit generate makes one; "
            "promptkit library verify --adopt makes one of the pictures that lie there.",
        )


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(os.fsencode(file.absolute()))}?mode={mode}"
    try:
        return sqlite3.connect(uri, uri=True, timeout=PAUSES[1], isolation_level=None)
    except sqlite3.Error as error:
        raise explained(error, file) from error


def _settle(connection: sqlite3.Connection, file: Path, *, read_only: bool) -> None:
    """Check that the database is a library's, and bring it up to date."""
    with explaining(file):
        for pragma in ("synchronous = FULL", "foreign_keys = ON"):
            patiently(partial(connection.execute, f"PRAGMA {pragma}"), file)
        version = _version(connection, file)
        if version == VERSION:
            return
        if read_only:
            raise LibraryError(
                f"'{file}' was written by an older promptkit and cannot be brought up to date: it is read-only.",
                hint="Make the folder writable and try again.",
            )
        with transaction(connection, file):
            if _version(connection, file) < VERSION:
                migrate(connection)


def _version(connection: sqlite3.Connection, file: Path) -> int:
    """Return the version of the tables, 0 where there are none. Raises LibraryError for a database of another
    program, or of a newer promptkit."""

    def look() -> tuple[int, int, int]:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return version, application, tables

    version, application, tables = patiently(look, file)
    if tables and application != APPLICATION:
        raise LibraryError(
            f"'{file}' is a database of another program.", hint="Move it away, then: promptkit library verify --adopt"
        )
    if version > VERSION:
        raise LibraryError(
            f"'{file}' was written by a newer promptkit: its tables have version {version}, and this one knows "
            f"{VERSION}.",
            hint="Update promptkit: pip install --upgrade promptkit. The pictures themselves can be opened as ever.",
        )
    return version


@contextmanager
def transaction(connection: sqlite3.Connection, file: Path) -> Iterator[sqlite3.Connection]:
    """Hold the write lock; commit at the end, or take everything back. Raises LibraryError."""
    with explaining(file):
        patiently(lambda: connection.execute("BEGIN IMMEDIATE"), file)
        try:
            yield connection
            patiently(lambda: connection.execute("COMMIT"), file)
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def rows(connection: sqlite3.Connection, file: Path, sql: str, values: Sequence[Any] = ()) -> list[Any]:
    """Return all rows of a query, so that no lock is left behind. Raises LibraryError."""
    with explaining(file):
        return patiently(lambda: connection.execute(sql, values).fetchall(), file)


def patiently(work: Callable[[], T], file: Path) -> T:
    """Do one statement's work, again and again while another process holds the lock. Raises LibraryError after
    ``WAIT`` seconds."""
    end = time.monotonic() + WAIT
    while True:
        try:
            return work()
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY:
                raise
            if time.monotonic() > end:
                raise explained(error, file) from error
            time.sleep(random.uniform(*PAUSES))


@contextmanager
def explaining(file: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise explained(error, file) from error


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code: the lower eight bits."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def explained(error: sqlite3.Error, file: Path) -> LibraryError:
    """Return what an error of SQLite means, and the way out."""
    damaged = (
        f"'{file}' is damaged: {error}.",
        "The pictures are not lost: promptkit library verify --rebuild makes a new database of them.",
    )
    if _code(error) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return Unwritable(f"'{file}' cannot be written.", hint="Make the file and its folder writable.")
    said = {
        sqlite3.SQLITE_BUSY: (
            f"'{file}' has been in use by another process for {WAIT:.0f} seconds.",
            f"Wait until the other promptkit is done, or stop it, and try again.{GOES_ON}",
        ),
        sqlite3.SQLITE_FULL: (
            f"'{file}' cannot grow: the disk is full.",
            f"Free some space and try again. What was finished is kept.{GOES_ON}",
        ),
        sqlite3.SQLITE_CORRUPT: damaged,
        sqlite3.SQLITE_NOTADB: damaged,
        sqlite3.SQLITE_CANTOPEN: (f"'{file}' cannot be opened.", "Check that you may read it and write to its folder."),
        sqlite3.SQLITE_IOERR: (f"'{file}' cannot be read or written: {error}.", "Check the disk that it lies on."),
    }
    message, hint = said.get(
        _code(error), (f"'{file}' cannot be used: {error}.", "promptkit library verify says what is wrong.")
    )
    return LibraryError(message, hint=hint)
