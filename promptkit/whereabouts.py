"""Where a run goes: into a folder, into a library, nowhere; begun anew, or taken up where another process left it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.errors import GenerationError, Interrupted, LibraryError, SettingsError, Unwritable
from promptkit.interrupts import undisturbed
from promptkit.jobs import Job
from promptkit.ledger import (
    FAILED_RUN,
    FINISHED_RUN,
    STOPPED,
    UNFINISHED,
    KeptRun,
    Ledger,
    forget,
    is_worked_on,
    left_behind,
)
from promptkit.output import prepare_folder
from promptkit.placing import Output
from promptkit.recipes import changed_facts
from promptkit.records import Recipe
from promptkit.resuming import Past, past_of
from promptkit.run import Begun, Run

if TYPE_CHECKING:
    from promptkit.library import Library
    from promptkit.library.records import StoredRun

Kept = tuple[KeptRun | None, Past, list[str]]
"""The run in its library, what is there of it, and what the user is told of that."""


def check_place(out: str | Path | None, library: Library | str | Path | None) -> None:
    """Refuse two places at once. Raises SettingsError."""
    if out is not None and library is not None:
        raise SettingsError(
            "A run goes into a folder or into a library, not into both.", hint="A library is a folder: give it alone."
        )


def opened_library(library: Library | str | Path, *, create: bool = False) -> AbstractContextManager[Library]:
    """Return a library that is closed at the end of the block where it was opened for it. Raises LibraryError."""
    from promptkit.library import Library

    if isinstance(library, Library):
        return nullcontext(library)
    return Library(Path(library), create=create)


def unfinished_run(library: Library, run: int | None = None) -> StoredRun:
    """Return a run that can be gone on with, by default the newest that nobody works on. Raises UnknownNameError, and
    LibraryError where there is none, or the run is at its end."""
    if run is None:
        for found in unfinished_runs(library):
            if not is_worked_on(library.folder, found.id):
                return found
        raise LibraryError(
            f"No run in '{library.folder}' can be gone on with.", hint="All are at their end: promptkit library list"
        )
    stored = library.run(run)
    if stored.state not in UNFINISHED:
        raise LibraryError(f"Run {run} is at its end: it {stored.state}.", hint="promptkit resume --list shows others.")
    return stored


def unfinished_runs(library: Library) -> list[StoredRun]:
    """Return the runs that were cut off or stopped, the newest first, also those that a process works on."""
    return [run for run in library.runs() if run.state in UNFINISHED]


def forget_ended(library: Library) -> None:
    """Remove what is left of runs that were killed in the moment after their end."""
    left = left_behind(library.folder)
    unfinished = {run.id for run in unfinished_runs(library)} if left else set()
    for number in left - unfinished:
        forget(library.folder, number)


@contextmanager
def _plain_way_told() -> Iterator[None]:
    """Say of a library that cannot be written how a run does without one."""
    try:
        yield
    except Unwritable as error:
        hint = f"{error.hint} To write pictures without a library: promptkit generate --no-library"
        raise Unwritable(error.message, hint=hint) from error


class New:
    """A run that begins, in a folder, in a library, or in neither."""

    def __init__(self, out: str | Path | None, library: Library | str | Path | None) -> None:
        self._out, self._library = out, library

    @contextmanager
    def opened(self, keep: int | None) -> Iterator[tuple[Output | None, Ledger | None]]:
        """Make the folder, or open the library, while the block lasts. Raises OutputError and LibraryError."""
        if self._library is not None:
            place = Path(self._library) if isinstance(self._library, str | Path) else self._library.folder
            folder = prepare_folder(place)
            with _plain_way_told(), opened_library(self._library, create=True) as library:
                forget_ended(library)
                yield Output(folder, keep), library
        elif self._out is not None:
            yield Output(prepare_folder(Path(self._out)), keep), None
        else:
            yield None, None

    def kept(self, ledger: Ledger | None, recipe: Recipe, job: Job) -> Kept:
        """Begin the run in the library, where there is one. Raises LibraryError."""
        if ledger is None:
            return None, Past(), []
        return KeptRun.begin(ledger, recipe, job.to_json(), job.prompt), Past(), []


class Again:
    """A run that goes on."""

    def __init__(self, library: Library, stored: StoredRun, *, strict: bool) -> None:
        self._library, self._stored, self._strict = library, stored, strict

    @contextmanager
    def opened(self, keep: int | None) -> Iterator[tuple[Output | None, Ledger | None]]:
        """Give the run's own library. Raises OutputError."""
        yield Output(prepare_folder(self._library.folder), keep), self._library

    def kept(self, ledger: Ledger | None, recipe: Recipe, job: Job) -> Kept:
        """Take the run up. Raises LibraryError while another process works on it, and SettingsError where the run
        would not be what it was and that is refused."""
        assert ledger is not None
        changed = changed_facts(self._stored.recipe, recipe)
        if changed and self._strict:
            raise SettingsError(
                f"Run {self._stored.id} was begun otherwise: {'; '.join(changed)}.",
                hint="Without --strict it goes on, and each picture's recipe says what made it.",
            )
        kept = KeptRun.take_up(ledger, self._stored.id, job.prompt, before=self._stored.seconds or 0.0)
        unfinished_run(self._library, self._stored.id)
        notes = [f"Run {self._stored.id} was begun otherwise: {one}." for one in changed]
        return kept, past_of(self._library, self._stored, keep=job.keep), notes


@contextmanager
def keeping(run: Run) -> Iterator[None]:
    """Keep how a run ends, however it does. Raises Interrupted for a Ctrl-C, with what was finished; a second Ctrl-C
    while that is saved ends the saving, and nothing that is there is lost by it."""
    kept = run.kept
    try:
        if kept is not None:
            run.tell(Begun(kept.number))
        yield
        if kept is not None:
            with undisturbed():
                kept.end(STOPPED if run.incomplete else FINISHED_RUN)
    except KeyboardInterrupt:
        if kept is not None and kept.ended:
            raise
        with contextlib.suppress(KeyboardInterrupt):
            run.rescue()
        stopped = Interrupted(run.result() if run.finished else None)
        if kept is not None:
            kept.leave(stopped)
        raise stopped from None
    except BaseException as error:
        if kept is not None and isinstance(error, GenerationError) and not run.incomplete:
            kept.end(FAILED_RUN)
        elif kept is not None:
            kept.leave(error)
        raise
