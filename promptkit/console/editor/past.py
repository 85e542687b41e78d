"""The lines that were typed before: kept in the user's folder, for the user alone, each once."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import mkstemp

from prompt_toolkit.history import History

from promptkit.console.place import console_folder, made_private

FILE = "lines.jsonl"
KEPT = 2000
"""Lines that are kept when the file is tidied."""
LARGEST = 2**20
"""Bytes from which the file is tidied."""
LONGEST = 2**15
"""Characters of a line that is kept: a prompt has no more."""


class Past(History):
    """A history in a file with a line of JSON each. A line that was typed again moves to the end.

    Every line is written at once, in one piece behind the others, so that a console that is killed loses none, and two
    that are open at once lose none of each other's. Where nothing can be written, ``trouble`` says why.
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self.trouble = ""
        self._file = (console_folder() if folder is None else folder) / FILE

    def load_history_strings(self) -> Iterable[str]:
        """Yield the lines of the file, the newest first, each once; what is damaged is passed over."""
        lines = self._lines()
        with self._told():
            if self._file.exists() and self._file.stat().st_size > LARGEST:
                self._tidy(lines[-KEPT:])
        return reversed(lines)

    def append_string(self, string: str) -> None:
        """Keep a line, in the place of the same one before it."""
        self._loaded_strings = [line for line in self._loaded_strings if line != string]
        super().append_string(string)

    def store_string(self, string: str) -> None:
        """Write a line to the file."""
        if len(string) > LONGEST:
            return
        with self._told():
            made_private(self._file.parent)
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "ab", buffering=0) as out:
                out.write(f"\n{json.dumps(string)}".encode("ascii"))

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.trouble = f"Lines cannot be kept in '{self._file}': {error.strerror or error}."

    def _lines(self) -> list[str]:
        found: dict[str, None] = {}
        with self._told():
            if self._file.exists():
                for raw in self._file.read_bytes().split(b"\n"):
                    line = _read(raw)
                    if line:
                        found.pop(line, None)
                        found[line] = None
        return list(found)

    def _tidy(self, lines: list[str]) -> None:
        handle, name = mkstemp(dir=self._file.parent, prefix=f"{FILE}.")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.write("\n".join(map(json.dumps, lines)))
            Path(name).replace(self._file)
        finally:
            Path(name).unlink(missing_ok=True)


def _read(raw: bytes) -> str:
    """Return the line that stands in the file; nothing for one that is no text."""
    with contextlib.suppress(ValueError, RecursionError):
        line = json.loads(raw)
        return line if isinstance(line, str) else ""
    return ""
