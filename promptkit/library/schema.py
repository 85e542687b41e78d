"""The tables of a library, and how an older library is brought up to date."""

from __future__ import annotations

import sqlite3

APPLICATION = 0x706B6C31
"""SQLite's ``application_id`` of a library: "pkl1" in ASCII."""

# A picture's seed has no type: one over 2⁶³ − 1, such as ComfyUI draws, is kept as text, see ``records.kept_seed``.
FIRST = (
    """CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        recipe_id TEXT NOT NULL,
        recipe TEXT NOT NULL,
        job TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'stopped', 'failed')),
        created REAL NOT NULL,
        updated REAL NOT NULL,
        seconds REAL,
        host TEXT NOT NULL
    )""",
    """CREATE INDEX runs_by_recipe ON runs (recipe_id)""",
    """CREATE TABLE pictures (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        file TEXT NOT NULL UNIQUE,
        sha256 TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        format TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('candidate', 'finished', 'imported')),
        run_id INTEGER REFERENCES runs (id) ON DELETE SET NULL,
        idx INTEGER,
        parent INTEGER REFERENCES pictures (id) ON DELETE SET NULL,
        seed,
        tool TEXT NOT NULL,
        model TEXT,
        sampler TEXT,
        prompt TEXT NOT NULL,
        negative TEXT NOT NULL,
        recipe TEXT,
        rating INTEGER CHECK (rating BETWEEN 0 AND 5),
        added REAL NOT NULL,
        made REAL
    )""",
    """CREATE INDEX pictures_by_hash ON pictures (sha256)""",
    """CREATE INDEX pictures_by_run ON pictures (run_id, idx)""",
    """CREATE INDEX pictures_by_parent ON pictures (parent)""",
    """CREATE INDEX pictures_by_seed ON pictures (seed)""",
    """CREATE INDEX pictures_by_made ON pictures (made)""",
    """CREATE TABLE candidates (
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        idx INTEGER NOT NULL,
        seed INTEGER NOT NULL,
        variation_seed INTEGER,
        outcome TEXT NOT NULL,
        batch_size INTEGER NOT NULL,
        shrunk TEXT NOT NULL,
        pruned_at INTEGER,
        scores TEXT NOT NULL,
        total REAL,
        interval TEXT,
        tied INTEGER NOT NULL,
        finish TEXT NOT NULL,
        seconds REAL,
        picture INTEGER REFERENCES pictures (id) ON DELETE SET NULL,
        finished INTEGER REFERENCES pictures (id) ON DELETE SET NULL,
        PRIMARY KEY (run_id, idx)
    ) WITHOUT ROWID""",
    """CREATE INDEX candidates_by_picture ON candidates (picture)""",
    """CREATE INDEX candidates_by_finished ON candidates (finished)""",
    """CREATE TABLE scores (
        picture_id INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        value REAL NOT NULL,
        PRIMARY KEY (picture_id, name)
    ) WITHOUT ROWID""",
    """CREATE INDEX scores_by_value ON scores (name, value)""",
    """CREATE TABLE tags (
        picture_id INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
        tag TEXT NOT NULL COLLATE NOCASE,
        PRIMARY KEY (picture_id, tag)
    ) WITHOUT ROWID""",
    """CREATE INDEX tags_by_tag ON tags (tag)""",
    """CREATE TABLE embeddings (
        picture_id INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
        model TEXT NOT NULL,
        dim INTEGER NOT NULL,
        vector BLOB NOT NULL,
        PRIMARY KEY (picture_id, model)
    )""",
    """CREATE VIRTUAL TABLE words USING fts5 (
        prompt, negative, subject, style, lighting, camera, styles, model, tags,
        tokenize = "unicode61 remove_diacritics 2"
    )""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (FIRST,)
"""What brings a library from version i to i + 1. A released one is never changed: the next change is a new entry."""

VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to ``VERSION``, inside a transaction of the caller's."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
