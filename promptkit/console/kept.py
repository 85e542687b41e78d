"""What the console keeps of itself while it is open, so that one that was killed can be gone on with.

Each console writes a file of its own after every line, in one piece, and holds a lock beside it that dies with its
process: a file without a lock is what a console left behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from promptkit.console.desk import Desk
from promptkit.console.place import console_folder, made_private
from promptkit.errors import PromptkitError
from promptkit.locks import FileLock, Held
from promptkit.records import GenerationSettings

FORMAT = 1
FOLDER = "open"
LARGEST = 2**20
"""Bytes of a file that is read; a desk has 32 KiB of prompt and as much of a negative one."""
MOST_COMMANDS = 1000


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a console left: its desk, and the command lines of what was done."""

    desk: Desk = field(default_factory=Desk)
    commands: tuple[str, ...] = ()
    cut_off: bool = False
    """Whether it was killed, and did not leave by itself."""


class Keeper:
    """Keeps one console. Where nothing can be written it keeps nothing, and ``trouble`` says why."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (console_folder() if folder is None else folder) / FOLDER
        self.trouble = ""
        self._lock: FileLock | None = None
        self._file = self.folder / f"{time.time_ns()}-{os.getpid()}.json"
        self._written: Left | None = None
        try:
            made_private(self.folder)
            self.last: Left | None = self._collected()
            self._lock = FileLock(self._file.with_suffix(".lock"))
        except (OSError, PromptkitError, Held) as error:
            self.last = None
            self.trouble = f"This console cannot be kept in '{self.folder}': {error}"

    def keep(self, left: Left) -> None:
        """Write what there is now; the same again is not written."""
        if self._lock is None or left == self._written:
            return
        try:
            _replace(self._file, json.dumps(_as_json(left)))
            self._written = left
        except OSError as error:
            self.trouble = f"This console cannot be kept in '{self.folder}': {error.strerror or error}"

    def end(self, left: Left) -> None:
        """Write what there is at the end, and let go. A desk without a word takes nobody's place."""
        if left.desk.text:
            self.keep(replace(left, cut_off=False))
        elif self._lock is not None:
            self._file.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Let go, and leave what is written to the next console."""
        if self._lock is not None:
            self._lock.remove()
            self._lock = None

    def _collected(self) -> Left | None:
        """Return what the newest console that is no more left, and remove what older ones did."""
        ended = list(self._ended())
        found: Left | None = None
        for file in ended:
            if found is None:
                found = _read(file)
                if found is not None:
                    continue
            file.unlink(missing_ok=True)
        return found

    def _ended(self) -> Iterator[Path]:
        """Yield the files of consoles that are no more, the newest first."""
        for file in sorted(self.folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True):
            try:
                FileLock(file.with_suffix(".lock")).remove()
            except Held:
                continue
            yield file


def _as_json(left: Left) -> dict[str, Any]:
    commands = list(left.commands[-MOST_COMMANDS:])
    desk = asdict(replace(left.desk, shown=None))
    return {"promptkit": FORMAT, "desk": desk, "commands": commands, "cut_off": left.cut_off}


def _read(file: Path) -> Left | None:
    """Return what a file says; ``None`` for one that is damaged, or of another format."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        if file.stat().st_size > LARGEST:
            return None
        content = json.loads(file.read_bytes())
        if content["promptkit"] != FORMAT or not _are_texts(content["commands"]):
            return None
        return Left(
            desk=_desk(content["desk"]), commands=tuple(content["commands"]), cut_off=content["cut_off"] is True
        )
    return None


def _desk(content: dict[str, Any]) -> Desk:
    """Return a desk whose values have the types of a new one's. Raises TypeError."""
    settings = GenerationSettings(**content.pop("settings"))
    values: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in content.items()}
    desk = Desk(**values)
    new, optional = Desk(), {"ranker": str, "finish": str, "variation_seed": int, "variation_strength": float}
    for kept in fields(Desk):
        value, usual = getattr(desk, kept.name), getattr(new, kept.name)
        wanted = optional.get(kept.name, type(usual))
        if not isinstance(value, wanted) and not (value is None and usual is None):
            raise TypeError(kept.name)
        if isinstance(value, tuple) and not _are_texts(value):
            raise TypeError(kept.name)
    return replace(desk, settings=_settings(settings))


def _settings(settings: GenerationSettings) -> GenerationSettings:
    texts = ("sampler", "weighting")
    for name, value in asdict(settings).items():
        wanted = str if name in texts else (int, float) if name == "guidance_scale" else int
        if value is not None and not isinstance(value, wanted):
            raise TypeError(name)
    return settings


def _are_texts(values: Any) -> bool:
    return isinstance(values, list | tuple) and all(isinstance(value, str) for value in values)


def _replace(file: Path, text: str) -> None:
    """Write in one piece, for its user alone: a reader finds the old file or the new one. Raises OSError."""
    handle, name = mkstemp(dir=file.parent, prefix=f"{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(text)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
