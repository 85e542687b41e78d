"""The rows that are written for a picture, inside a transaction of the caller's."""

from __future__ import annotations

import json
import math
import sqlite3
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from promptkit.errors import SettingsError
from promptkit.library.files import FileFacts
from promptkit.library.records import CANDIDATE, SLOT_COLUMNS, WORDS, candidate_row, kept_seed
from promptkit.records import Candidate, Recipe


@dataclass(frozen=True, kw_only=True)
class NewPicture:
    """A picture's row before it is written."""

    file: str
    facts: FileFacts
    kind: str = CANDIDATE
    run: int | None = None
    index: int | None = None
    parent: int | None = None
    seed: int | None = None
    tool: str = "promptkit"
    model: str | None = None
    sampler: str | None = None
    prompt: str = ""
    resolved: str = ""
    """What is searched: the prompt as the model was given it."""
    negative: str = ""
    styles: tuple[str, ...] = ()
    recipe: Mapping[str, Any] | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)
    made: float | None = None


def told_by(recipe: Recipe, slots: Mapping[str, str]) -> dict[str, Any]:
    """Return what a recipe says for a picture's row."""
    return {
        "model": recipe.model.get("name"),
        "sampler": recipe.settings.get("sampler"),
        "prompt": recipe.prompt,
        "resolved": recipe.resolved,
        "negative": recipe.negative,
        "styles": recipe.styles,
        "recipe": recipe.to_json(),
        "slots": slots,
    }


def put_picture(connection: sqlite3.Connection, new: NewPicture) -> int:
    """Write a picture's row, its scores and its words; one of the same file is brought up to date. Returns its id."""
    facts = vars(new.facts)
    row = {
        "file": new.file,
        **facts,
        "kind": new.kind,
        "run_id": new.run,
        "idx": new.index,
        "parent": new.parent,
        "seed": None if new.seed is None else kept_seed(new.seed),
        "tool": new.tool,
        "model": new.model,
        "sampler": new.sampler,
        "prompt": new.prompt,
        "negative": new.negative,
        "recipe": None if new.recipe is None else json.dumps(new.recipe, sort_keys=True),
        "added": time.time(),
        "made": new.made,
    }
    kept = {"file", "added"} | {name for name in ("run_id", "idx", "parent", "made") if row[name] is None}
    number = upsert(connection, "pictures", row, keys=("file",), kept=kept, returning="id")
    connection.execute("DELETE FROM scores WHERE picture_id = ?", (number,))
    connection.executemany(
        "INSERT INTO scores VALUES (?, ?, ?)",
        [(number, name, value) for name, value in new.scores.items() if math.isfinite(value)],
    )
    words = {
        "prompt": new.resolved or new.prompt,
        "negative": new.negative,
        "styles": " ".join(new.styles),
        "model": new.model or "",
        **{slot: new.slots.get(slot, "") for slot in SLOT_COLUMNS},
    }
    put_words(connection, number, words)
    return number


def put_words(connection: sqlite3.Connection, picture: int, words: Mapping[str, str]) -> None:
    """Write what a picture is found by, its tags among it."""
    tags = connection.execute("SELECT tag FROM tags WHERE picture_id = ? ORDER BY tag", (picture,)).fetchall()
    said = {**words, "tags": " ".join(tag for (tag,) in tags)}
    connection.execute("DELETE FROM words WHERE rowid = ?", (picture,))
    connection.execute(
        f"INSERT INTO words (rowid, {', '.join(WORDS)}) VALUES (?{', ?' * len(WORDS)})",
        (picture, *(plain(said[name]) for name in WORDS)),
    )


def put_candidate(
    connection: sqlite3.Connection,
    run: int,
    candidate: Candidate,
    *,
    picture: int | None = None,
    finished: int | None = None,
    seconds: float | None = None,
) -> None:
    """Write a candidate's row; one of the same run and place is brought up to date."""
    row = {
        "run_id": run,
        "idx": candidate.index,
        **candidate_row(candidate),
        "seconds": seconds,
        "picture": picture,
        "finished": finished,
    }
    kept = {name for name in ("picture", "finished", "seconds") if row[name] is None}
    if not candidate.finish:
        kept |= {"finish"}
    upsert(connection, "candidates", row, keys=("run_id", "idx"), kept=kept)
    connection.execute("UPDATE runs SET updated = ? WHERE id = ?", (time.time(), run))


def put_embedding(connection: sqlite3.Connection, picture: int, model: str, vector: Sequence[float]) -> None:
    """Write a picture's embedding as float16, little-endian, at unit length. Raises SettingsError for one without
    direction."""
    length = math.sqrt(math.fsum(float(x) * float(x) for x in vector))
    if not (math.isfinite(length) and length > 0):
        raise SettingsError("An embedding must have a direction: finite numbers, not all of them 0.")
    blob = struct.pack(f"<{len(vector)}e", *(float(x) / length for x in vector))
    row = {"picture_id": picture, "model": model, "dim": len(vector), "vector": blob}
    upsert(connection, "embeddings", row, keys=("picture_id", "model"))


def upsert(
    connection: sqlite3.Connection,
    table: str,
    row: Mapping[str, Any],
    *,
    keys: Sequence[str],
    kept: set[str] | frozenset[str] = frozenset(),
    returning: str = "1",
) -> int:
    """Write a row, or bring the one with the same keys up to date, but for the columns ``kept``. Returns what
    ``returning`` says of it. (SQLite's own upsert would use up an id each time.)"""
    values = {name: plain(value) if isinstance(value, str) else value for name, value in row.items()}
    changed = [name for name in row if name not in kept and name not in keys]
    sets, same = (", ".join(f"{name} = ?" for name in changed), " AND ".join(f"{name} = ?" for name in keys))
    sql = f"UPDATE {table} SET {sets} WHERE {same} RETURNING {returning}"
    found = connection.execute(sql, [values[name] for name in (*changed, *keys)]).fetchone()
    if found is None:
        sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) RETURNING {returning}"
        found = connection.execute(sql, list(values.values())).fetchone()
    return int(found[0])


def plain(text: str) -> str:
    """Return a text that SQLite can keep and search: no NUL, no half of a character. A recipe keeps the exact text."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def change_tags(connection: sqlite3.Connection, picture: int, add: Sequence[str], remove: Sequence[str]) -> None:
    """Put tags on a picture and take others off it, in the words that are searched too."""
    connection.executemany("DELETE FROM tags WHERE picture_id = ? AND tag = ?", [(picture, tag) for tag in remove])
    connection.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", [(picture, tag) for tag in add])
    tags = connection.execute("SELECT tag FROM tags WHERE picture_id = ? ORDER BY tag", (picture,)).fetchall()
    connection.execute("UPDATE words SET tags = ? WHERE rowid = ?", (" ".join(tag for (tag,) in tags), picture))
