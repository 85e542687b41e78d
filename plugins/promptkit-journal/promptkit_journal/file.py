"""The journal's file: JSON Lines, one run a line, only ever added to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from promptkit import OutputError, Recipe

VARIABLE = "PROMPTKIT_JOURNAL"
FORMAT = 1


def journal_file() -> Path:
    """Return ``$PROMPTKIT_JOURNAL``, else ``journal.jsonl`` in ``$PROMPTKIT_HOME`` or the platform's data folder."""
    named, home = os.environ.get(VARIABLE), os.environ.get("PROMPTKIT_HOME")
    if named:
        return Path(named).expanduser()
    if home:
        return Path(home) / "journal.jsonl"
    from platformdirs import user_data_path

    return user_data_path("promptkit") / "journal.jsonl"


def add(recipe: Recipe) -> None:
    """Add a run. One write to a file that is opened for appending: two processes at once make two lines. Raises
    OutputError."""
    line = {
        "journal": FORMAT,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "id": recipe.id,
        "recipe": recipe.to_json(),
    }
    data = (json.dumps(line, ensure_ascii=True) + "\n").encode()
    path = journal_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputError(
            f"The journal '{path}' cannot be written: {error.strerror or error}.",
            hint=f"Choose another file: {VARIABLE}=FILE",
        ) from error


def runs(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the runs of a journal, the oldest first; lines that are no run, such as one cut short, are left out. Raises
    OutputError for a file that cannot be read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                run = _run(line)
                if run is not None:
                    yield run
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(f"The journal '{path}' cannot be read: {error.strerror or error}.") from error


def _run(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(found, dict) and found.get("journal") == FORMAT and isinstance(found.get("recipe"), dict)
    return found if whole else None
