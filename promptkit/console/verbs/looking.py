"""Verbs that look at what was made: ``best``, ``why``, ``compare``, ``open``, ``runs``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.commanding import command_line
from promptkit.console.bench import Bench
from promptkit.console.shown import Shown, on_show
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.counting import is_number, maybe_number, number, places
from promptkit.console.verbs.saying import done
from promptkit.errors import SettingsError
from promptkit.records import Candidate
from promptkit.terminal import safe_text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from promptkit.library.records import StoredRun

COMPARED = 4
"""Pictures that are compared at once, at most."""
TEXT = 40
"""Characters of a prompt in a list."""


def _best(bench: Bench, rest: str) -> Answer:
    from promptkit.console.results import SHOWN, result_view

    return result_view(on_show(bench), limit=number(rest) or SHOWN)


def _why(bench: Bench, rest: str) -> Answer:
    from promptkit.console.judged import why_view

    bench.candidate(rest or "1")
    return (why_view(on_show(bench), number(rest) or 1),)


def _compare(bench: Bench, rest: str) -> Answer:
    from promptkit.console.judged import compare_view
    from promptkit.console.results import pair

    chosen = [(int(word), bench.candidate(word)) for word in rest.split()]
    return (pair(chosen), compare_view(on_show(bench), [place for place, _ in chosen]))


def _several(_: Bench, rest: str) -> bool:
    words = rest.split()
    return 2 <= len(set(words)) == len(words) <= COMPARED and all(number(word) is not None for word in words)


def _open(bench: Bench, rest: str) -> Answer:
    path = file_of(bench.candidate(rest))
    command = viewer()
    if command is None or not show_outside(command, path):
        return (safe_text(str(path)), done("No viewer was found here: open the file by hand."))
    return (done(f"opened {path}"),)


def file_of(candidate: Candidate) -> Path:
    """Return a candidate's file, the finished one where there is one. Raises SettingsError where nothing is written."""
    path = candidate.finished_path or candidate.path
    if path is None:
        raise SettingsError("This picture was written to no file.", hint="Write it: save 1 picture.png")
    return Path(path)


def viewer(platform: str = sys.platform) -> list[str] | None:
    """Return the command that opens a file in the system's viewer; ``None`` where there is none, or no screen."""
    if platform == "win32":
        return ["explorer"]
    if platform == "darwin":
        return ["open"]
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    found = shutil.which("xdg-open") if screen else None
    return None if found is None else [found]


def show_outside(command: Sequence[str], path: Path) -> bool:
    """Start a viewer that lives on by itself; return whether it could be started."""
    try:
        subprocess.Popen(  # noqa: S603
            [*command, str(path.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True


def _runs(bench: Bench, rest: str) -> Answer:
    if not rest:
        return tuple(_listed(bench)) or (done("There are no runs yet: generate makes one."),)
    place = number(rest) or 0
    if not 1 <= place <= len(bench.runs):
        raise SettingsError(f"There is no run {rest}.", hint="runs lists them." if bench.runs else "Make one: generate")
    bench.change(f"runs {rest}", shown=place - 1)
    return _best(bench, "")


def _listed(bench: Bench) -> Iterator[RenderableType]:
    from promptkit.console.tables import runs_table, unfinished_table

    if bench.runs:
        shown = [run if isinstance(run, Shown) else replace(on_show(bench), label="") for run in bench.runs]
        yield runs_table(shown, bench.desk.shown, whole=bench.scripted)
    if unfinished := unfinished_here(bench):
        yield unfinished_table(unfinished)


def unfinished_here(bench: Bench) -> list[tuple[StoredRun, int]]:
    """Return the runs of the library that can be gone on with, each with how many candidates are there."""
    from promptkit.ledger import is_worked_on
    from promptkit.library import Library
    from promptkit.library.connection import database_of
    from promptkit.whereabouts import unfinished_runs

    if bench.library is None or not database_of(bench.library.absolute()).is_file():
        return []
    with Library(bench.library) as library:
        free = [run for run in unfinished_runs(library) if not is_worked_on(library.folder, run.id)]
        return [(run, len(library.candidates(run.id))) for run in free]


def _rank_line(bench: Bench, rest: str) -> str:
    """The command that scores the same files against the same prompt."""
    from promptkit.console.command import session_options

    words = rest.split()
    chosen = [bench.candidate(word) for word in words] if words else list(bench.shown.ranked)
    paths = [candidate.path for candidate in chosen if candidate.path]
    options = {"--ranker": session_options(bench)["--ranker"]}
    return (command_line("rank", options, [bench.shown.prompt.resolved, *paths]) or "") if paths else ""


def _resume_list(bench: Bench, _: str) -> str:
    options = {"--list": True, "--library": None if bench.library is None else str(bench.library)}
    return command_line("resume", options) or ""


VERBS = (
    Verb(
        name="best",
        summary="Show the run again: the winner large, the others below, or only the N best.",
        usage="best [N]",
        examples=("best", "best 3"),
        run=_best,
        fits=maybe_number,
        complete=places,
        command=lambda bench, _: _rank_line(bench, ""),
        equivalent="rank TEXT FILES…",
    ),
    Verb(
        name="why",
        summary="Say in words why picture N stands where it stands, slot by slot.",
        usage="why [N]",
        examples=("why", "why 2"),
        run=_why,
        fits=maybe_number,
        complete=places,
        command=lambda bench, _: _rank_line(bench, ""),
        equivalent="rank TEXT FILES…",
    ),
    Verb(
        name="compare",
        summary="Show pictures beside each other: scores, seeds, words.",
        usage="compare N M…",
        examples=("compare 1 2", "compare 1 2 3"),
        run=_compare,
        fits=_several,
        complete=lambda bench, rest: places(bench, rest.rpartition(" ")[2]),
        command=_rank_line,
        equivalent="rank TEXT FILE FILE",
    ),
    Verb(
        name="open",
        summary="Open picture N in the system's viewer; where there is none, say its file.",
        usage="open N",
        examples=("open 1", "open 2"),
        run=_open,
        fits=is_number,
        complete=places,
    ),
    Verb(
        name="runs",
        summary="List this console's runs and those that can be gone on with; N shows one again.",
        usage="runs [N]",
        examples=("runs", "runs 1"),
        run=_runs,
        fits=maybe_number,
        complete=lambda bench, rest: (n for n in map(str, range(1, len(bench.runs) + 1)) if n.startswith(rest)),
        command=_resume_list,
        equivalent="resume --list",
    ),
)
