"""What keeps a run while it lasts, so that another process can go on with it: its row, the rows of its candidates, its
lock, and the pictures of which only the best will stay."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from promptkit.embedding import Embedding
from promptkit.errors import GOES_ON, LibraryError, PromptkitError
from promptkit.locks import FileLock, Held
from promptkit.prompt import Prompt
from promptkit.records import Candidate, Recipe

HIDDEN = ".promptkit"
RUNNING, FINISHED_RUN, STOPPED, FAILED_RUN = "running", "finished", "stopped", "failed"
UNFINISHED = (RUNNING, STOPPED)
"""What a run is that can be gone on with: cut off, or stopped."""


class Ledger(Protocol):
    """What is told of a run, each thing once it is on disk; ``library.Library`` is one."""

    folder: Path

    def begin_run(self, recipe: Recipe, job: Mapping[str, Any]) -> int: ...

    def add_candidate(
        self,
        run: int,
        candidate: Candidate,
        *,
        recipe: Recipe,
        prompt: Prompt,
        embedding: Embedding | None = None,
        seconds: float | None = None,
    ) -> int | None: ...

    def add_finished(self, run: int, candidate: Candidate, *, recipe: Recipe, prompt: Prompt) -> int: ...

    def end_run(self, run: int, state: str, *, seconds: float | None = None) -> None: ...


class KeptRun:
    """A run that is being worked on by this process and no other. Made by ``begin`` and ``take_up``."""

    def __init__(self, ledger: Ledger, number: int, lock: FileLock, prompt: Prompt, *, before: float = 0.0) -> None:
        self.number = number
        self.folder = ledger.folder
        self._ledger, self._lock, self._prompt = ledger, lock, prompt
        self.ended = False
        self._began = time.monotonic() - before
        self._last = time.monotonic()

    @classmethod
    def begin(cls, ledger: Ledger, recipe: Recipe, job: Mapping[str, Any], prompt: Prompt) -> KeptRun:
        """Keep a new run. Nobody sees it unlocked: whoever takes a run up waits for the same door. Raises
        LibraryError."""
        with _door(ledger.folder):
            number = ledger.begin_run(recipe, job)
            return cls(ledger, number, FileLock(_lock_file(ledger.folder, number)), prompt)

    @classmethod
    def take_up(cls, ledger: Ledger, number: int, prompt: Prompt, *, before: float = 0.0) -> KeptRun:
        """Work on a run that was begun, ``before`` seconds long. Raises LibraryError while another process does."""
        lock = lock_run(ledger.folder, number)
        ledger.end_run(number, RUNNING)
        return cls(ledger, number, lock, prompt, before=before)

    def add(
        self, candidate: Candidate, recipe: Recipe, *, together: int = 0, embedding: Embedding | None = None
    ) -> None:
        """Keep a candidate whose file, if it has one, is on disk. ``together`` shared the time since the last batch; 0
        for one that was kept before, of which more is known now."""
        self._ledger.add_candidate(
            self.number,
            candidate,
            recipe=recipe,
            prompt=self._prompt,
            embedding=embedding,
            seconds=(time.monotonic() - self._last) / together if together else None,
        )

    def batch_ended(self) -> None:
        """Count the time of the next candidates from now on."""
        self._last = time.monotonic()

    def add_finished(self, candidate: Candidate, recipe: Recipe) -> None:
        """Keep what post-processors made of a candidate, once its file is on disk."""
        self._ledger.add_finished(self.number, candidate, recipe=recipe, prompt=self._prompt)

    def end(self, state: str) -> None:
        """Keep how the run ended, and let go of it; of one that is at its end nothing else is needed any more."""
        self._ledger.end_run(self.number, state, seconds=time.monotonic() - self._began)
        self.ended = True
        if state in UNFINISHED:
            self._lock.release()
        else:
            shutil.rmtree(held_folder(self.folder, self.number), ignore_errors=True)
            self._lock.remove()

    def leave(self, error: BaseException) -> None:
        """Let go of a run that an error ended, and say in its hint how to go on; where not even the end can be written,
        the run counts as cut off."""
        with contextlib.suppress(LibraryError):
            self._ledger.end_run(self.number, STOPPED, seconds=time.monotonic() - self._began)
        self._lock.release()
        if isinstance(error, PromptkitError):
            typed = command(self.number, self.folder)
            said = (error.hint or "").replace(GOES_ON, "").rstrip()
            error.hint = f"{said} Then go on with the run: {typed}" if said else f"Go on with it: {typed}"


def command(number: int, folder: Path) -> str:
    """Return what a person types to go on with a run."""
    from shlex import quote

    return f"promptkit resume {number} --library {quote(str(folder))}"


def lock_run(folder: Path, number: int) -> FileLock:
    """Lock a run that is in the library already. Raises LibraryError while another process works on it."""
    with _door(folder):
        try:
            return FileLock(_lock_file(folder, number))
        except Held:
            raise LibraryError(
                f"Run {number} is being worked on by another process.",
                hint="Wait until it is done; promptkit resume --list shows what can be gone on with.",
            ) from None


def is_worked_on(folder: Path, number: int) -> bool:
    """Return whether a process works on a run at this moment."""
    file = _lock_file(folder, number)
    if not file.exists():
        return False
    try:
        with _door(folder):
            FileLock(file).release()
    except Held:
        return True
    return False


def held_folder(folder: Path, number: int) -> Path:
    """Return where the pictures of a run wait of which only the best will be kept."""
    return folder / HIDDEN / f"run-{number}"


def forget(folder: Path, number: int) -> None:
    """Remove what is kept of a run beside its rows: pictures that wait, and its lock's file."""
    shutil.rmtree(held_folder(folder, number), ignore_errors=True)
    _lock_file(folder, number).unlink(missing_ok=True)


def left_behind(folder: Path) -> set[int]:
    """Return the runs of which something is kept beside their rows."""
    names = (path.stem.removeprefix("run-") for path in (folder / HIDDEN).glob("run-*"))
    return {int(name) for name in names if name.isascii() and name.isdecimal()}


def _lock_file(folder: Path, number: int) -> Path:
    return folder / HIDDEN / f"run-{number}.lock"


def _door(folder: Path) -> FileLock:
    return FileLock(folder / HIDDEN / "runs.lock", wait=True)
