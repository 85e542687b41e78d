"""A library: a folder of pictures, and a database beside them that knows them.

A picture is written first and its row afterwards, so that no row is without its file; what lies there without a row is
taken in from what it says of itself when the library is opened next.
"""

from __future__ import annotations

import json
import platform
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from promptkit.errors import LibraryError, SettingsError, UnknownNameError
from promptkit.library.adopt import adopt_file, adopt_new
from promptkit.library.connection import connect, database_of, rows, transaction
from promptkit.library.files import copied_name, facts_of, relative_name
from promptkit.library.finding import find_picture
from promptkit.library.records import (
    CANDIDATE,
    CANDIDATE_COLUMNS,
    FINISHED_PICTURE,
    PICTURE_COLUMNS,
    RUN_COLUMNS,
    RUNNING,
    STATES,
    StoredPicture,
    StoredRun,
    candidate_of,
    picture_of,
    run_of,
    slots_of,
)
from promptkit.library.schema import VERSION
from promptkit.library.tags import checked_tags
from promptkit.library.writing import (
    NewPicture,
    change_tags,
    put_candidate,
    put_embedding,
    put_picture,
    told_by,
)
from promptkit.output import write_file
from promptkit.pictures import open_picture
from promptkit.prompt import Prompt
from promptkit.records import Candidate, Recipe

MANY = 500
"""Ids in one query: SQLite takes 32,766 values, and shorter queries let others in."""
BEST_RATING = 5


class Library:
    """A folder of pictures with its database. Use it in a ``with`` block, or call ``close``.

    ``create`` makes what is not there yet; ``read_only`` writes nothing, and needs no more than that the files can be
    read; without ``adopt`` pictures that have no row are left without. Raises LibraryError, as do all its methods.
    """

    def __init__(
        self, folder: str | Path, *, create: bool = False, read_only: bool = False, adopt: bool = True
    ) -> None:
        self.folder = Path(folder).absolute()
        self.read_only = read_only
        self.file = database_of(self.folder)
        self._connection = connect(self.folder, create=create, read_only=read_only)
        if adopt and not read_only:
            try:
                adopt_new(self)
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """SQLite's own connection; ``rows`` and ``writing`` wait for other processes and explain what goes wrong."""
        return self._connection

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return all rows of a query."""
        return rows(self._connection, self.file, sql, values)

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Hold the write lock in a ``with`` block; what is done in it is done whole or not at all."""
        return transaction(self._connection, self.file)

    def check_writable(self) -> None:
        """Write what is there already, before work that would be lost. Raises Unwritable."""
        with self.writing() as connection:
            connection.execute(f"PRAGMA user_version = {VERSION}")

    def fact(self, name: str) -> str | None:
        """Return what the library keeps of itself under a name."""
        found = self.rows("SELECT value FROM facts WHERE name = ?", (name,))
        return found[0][0] if found else None

    def set_fact(self, name: str, value: str) -> None:
        """Keep something of the library itself."""
        with self.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def files(self) -> set[str]:
        """Return the files of all pictures, as paths inside the folder."""
        return {file for (file,) in self.rows("SELECT file FROM pictures")}

    def begin_run(self, recipe: Recipe, job: Mapping[str, Any]) -> int:
        """Keep a run before its first candidate, with all that is needed to go on with it; return its id."""
        now = time.time()
        row = (recipe.id, json.dumps(recipe.to_json(), sort_keys=True), json.dumps(job, sort_keys=True), RUNNING)
        with self.writing() as connection:
            found = connection.execute(
                "INSERT INTO runs (recipe_id, recipe, job, state, created, updated, host) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*row, now, now, platform.node()),
            )
            return int(found.lastrowid or 0)

    def end_run(self, run: int, state: str, *, seconds: float | None = None) -> None:
        """Keep how a run ended, and what it took; ``running`` takes it up again."""
        if state not in STATES:
            raise SettingsError(f"A run cannot be '{state}'.", hint=f"It is one of: {', '.join(STATES)}.")
        with self.writing() as connection:
            connection.execute(
                "UPDATE runs SET state = ?, seconds = coalesce(?, seconds), updated = ? WHERE id = ?",
                (state, seconds, time.time(), run),
            )

    def add_candidate(
        self,
        run: int,
        candidate: Candidate,
        *,
        recipe: Recipe,
        prompt: Prompt,
        embedding: tuple[str, Sequence[float]] | None = None,
        seconds: float | None = None,
    ) -> int | None:
        """Keep a candidate of a run after its file is on disk; the same run and index once more brings it up to date.

        ``embedding`` is the model's name and the picture's embedding. Returns the picture's id, ``None`` for a
        candidate without a file.
        """
        new = None
        if candidate.path is not None:
            new = self._new(run, candidate, Path(candidate.path), CANDIDATE, recipe, prompt)
        with self.writing() as connection:
            picture = None if new is None else put_picture(connection, new)
            if picture is not None and embedding is not None:
                put_embedding(connection, picture, *embedding)
            put_candidate(connection, run, candidate, picture=picture, seconds=seconds)
        return picture

    def add_finished(self, run: int, candidate: Candidate, *, recipe: Recipe, prompt: Prompt) -> int:
        """Keep what post-processors made of a candidate, after its file is on disk; return the picture's id."""
        if candidate.finished_path is None:
            raise LibraryError("This candidate was not finished, or not written.", hint="Add it after its file.")
        new = self._new(run, candidate, Path(candidate.finished_path), FINISHED_PICTURE, recipe, prompt)
        with self.writing() as connection:
            found = connection.execute(
                "SELECT picture FROM candidates WHERE run_id = ? AND idx = ?", (run, candidate.index)
            ).fetchone()
            picture = put_picture(connection, replace(new, parent=found[0] if found else None))
            put_candidate(connection, run, candidate, finished=picture)
        return picture

    def _new(self, run: int, candidate: Candidate, path: Path, kind: str, recipe: Recipe, prompt: Prompt) -> NewPicture:
        told = told_by(recipe, slots_of((phrase.slot, phrase.text) for phrase in prompt.phrases))
        if kind == FINISHED_PICTURE:
            told["recipe"] = {**told["recipe"], "finish": candidate.finish}
        return NewPicture(
            file=relative_name(self.folder, path),
            facts=facts_of(path),
            kind=kind,
            run=run,
            index=candidate.index,
            seed=candidate.seed,
            scores=candidate.scores,
            made=path.stat().st_mtime,
            **told,
        )

    def run(self, run: int) -> StoredRun:
        """Return a run. Raises UnknownNameError."""
        found = self.rows(f"SELECT {RUN_COLUMNS} FROM runs WHERE id = ?", (run,))
        if not found:
            known = [str(number) for (number,) in self.rows("SELECT id FROM runs ORDER BY id DESC LIMIT 3")]
            raise UnknownNameError("run", str(run), hint=f"The last ones: {', '.join(known)}." if known else None)
        return run_of(found[0])

    def runs(self, *, state: str | None = None, limit: int | None = None) -> list[StoredRun]:
        """Return runs, the newest first: all, or those of one state."""
        where, values = ("WHERE state = ?", (state,)) if state else ("", ())
        sql = f"SELECT {RUN_COLUMNS} FROM runs {where} ORDER BY id DESC LIMIT ?"
        return [run_of(row) for row in self.rows(sql, (*values, -1 if limit is None else limit))]

    def candidates(self, run: int) -> list[Candidate]:
        """Return the candidates of a run that came so far, by index: without images, with absolute paths."""
        sql = (
            f"SELECT {CANDIDATE_COLUMNS} FROM candidates AS c LEFT JOIN pictures AS made ON made.id = c.picture "
            "LEFT JOIN pictures AS done ON done.id = c.finished WHERE c.run_id = ? ORDER BY c.idx"
        )
        return [candidate_of(row, self.folder) for row in self.rows(sql, (run,))]

    def picture(self, name: str) -> StoredPicture:
        """Return the picture of an id, the beginning of a SHA-256 (six digits or more), a file name or a path. Raises
        UnknownNameError, with near names."""
        return self.pictures([find_picture(self, name)])[0]

    def pictures(
        self, ids: Sequence[int] | None = None, *, limit: int | None = None, offset: int = 0
    ) -> list[StoredPicture]:
        """Return pictures in the order of ``ids``, without those that are not there; else all, the newest first."""
        if ids is None:
            sql = f"{_PICTURES} ORDER BY p.id DESC LIMIT ? OFFSET ?"
            return self._full(self.rows(sql, (-1 if limit is None else limit, offset)))
        found: dict[int, StoredPicture] = {}
        for part in _parts(ids):
            rows = self.rows(f"{_PICTURES} WHERE p.id IN ({', '.join('?' * len(part))})", part)
            found |= {picture.id: picture for picture in self._full(rows)}
        return [found[number] for number in ids if number in found]

    def _full(self, rows: Sequence[Any]) -> list[StoredPicture]:
        """Return pictures from their rows, with their scores and tags."""
        scores: dict[int, dict[str, float]] = {row[0]: {} for row in rows}
        tags: dict[int, list[str]] = {row[0]: [] for row in rows}
        for part in _parts(list(scores)):
            among = f"WHERE picture_id IN ({', '.join('?' * len(part))})"
            for number, name, value in self.rows(f"SELECT picture_id, name, value FROM scores {among}", part):
                scores[number][name] = value
            for number, tag in self.rows(f"SELECT picture_id, tag FROM tags {among}", part):
                tags[number].append(tag)
        return [picture_of(row, self.folder, scores[row[0]], tags[row[0]]) for row in rows]

    def add_picture(self, path: Path, *, in_place: bool = False) -> int:
        """Take in a picture of any tool, with what it says of itself; return its id, also where it was there already.

        It is copied into the folder, unless it lies there; ``in_place`` refuses to copy.
        """
        inside = path.resolve().is_relative_to(self.folder.resolve())
        if inside or in_place:
            name = relative_name(self.folder, path)
            known = self.rows("SELECT id FROM pictures WHERE file = ?", (name,))
            return known[0][0] if known else adopt_file(self, path)
        facts = facts_of(path)
        known = self.rows("SELECT id FROM pictures WHERE sha256 = ? ORDER BY id LIMIT 1", (facts.sha256,))
        if known:
            return int(known[0][0])
        opened, content = open_picture(path), path.read_bytes()
        copy = write_file(self.folder / copied_name(path, facts), lambda handle: handle.write(content))
        return adopt_file(self, copy, opened=opened)

    def tag(self, picture: int, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Put tags on a picture and take others off it; capitals and small letters are the same. Raises SettingsError
        for what is no tag."""
        added, removed = checked_tags(add), checked_tags(remove)
        with self.writing() as connection:
            self._check_there(connection, picture)
            change_tags(connection, picture, added, removed)

    def rate(self, picture: int, rating: int | None) -> None:
        """Rate a picture from 0 to 5; ``None`` takes its rating away. Raises SettingsError."""
        if rating is not None and not 0 <= rating <= BEST_RATING:
            raise SettingsError(f"A rating is a whole number from 0 to {BEST_RATING}, or none; this is {rating}.")
        with self.writing() as connection:
            self._check_there(connection, picture)
            connection.execute("UPDATE pictures SET rating = ? WHERE id = ?", (rating, picture))

    def forget(self, pictures: Sequence[int]) -> None:
        """Take pictures' rows out; their files stay, and would be taken in again."""
        numbers = [(number,) for number in pictures]
        with self.writing() as connection:
            connection.executemany("DELETE FROM words WHERE rowid = ?", numbers)
            connection.executemany("DELETE FROM pictures WHERE id = ?", numbers)

    def _check_there(self, connection: sqlite3.Connection, picture: int) -> None:
        if connection.execute("SELECT 1 FROM pictures WHERE id = ?", (picture,)).fetchone() is None:
            raise UnknownNameError("picture", str(picture), hint="See promptkit library list.")


_PICTURES = f"SELECT {PICTURE_COLUMNS} FROM pictures AS p LEFT JOIN words AS w ON w.rowid = p.id"


def _parts(ids: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return (tuple(ids[at : at + MANY]) for at in range(0, len(ids), MANY))
