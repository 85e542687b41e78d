"""The command ``resume``: it goes on with runs that were cut off, or stopped."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import PARTIAL
from promptkit.cli.library_folder import library_option
from promptkit.cli.output import say, show_error, show_table, write_json
from promptkit.cli.results import Speech, Work, ending, followed, result_json, run_and_show, show_result
from promptkit.errors import Interrupted, PromptkitError

if TYPE_CHECKING:
    from promptkit.library import Library
    from promptkit.library.records import StoredRun
    from promptkit.records import Result
    from promptkit.run import OnEvent
    from promptkit.session import Session

PROMPT_SHOWN = 60
"""Characters of a prompt in the list."""


@click.command()
@click.argument("run", type=int, required=False)
@library_option
@click.option("--list", "listed", is_flag=True, help="List the runs that can be gone on with; make nothing.")
@click.option("--all", "every", is_flag=True, help="Go on with all of them, the oldest first.")
@click.option("--strict", is_flag=True, help="Refuse a run whose model, versions or machine are others now.")
@click.option("--quiet", is_flag=True, help="No progress, no picture; the best file's name alone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def resume(run: int | None, folder: Path, listed: bool, every: bool, strict: bool, quiet: bool, as_json: bool) -> None:
    """Go on with a run that was cut off, by default the newest of the library.

    What is there stays, and batches that are not whole are made again: the files are those of a run that was never cut
    off. A run that another process works on is left alone.
    """
    from promptkit.library import Library
    from promptkit.session import Session
    from promptkit.whereabouts import unfinished_run

    if run is not None and (listed or every):
        raise click.UsageError("Give a run, or --list, or --all.")
    with Library(folder) as library:
        if listed:
            _list(library, as_json=as_json)
            return
        speech = Speech(quiet=quiet, as_json=as_json)
        if every:
            sys.exit(_all(library, speech, strict=strict))
        stored = unfinished_run(library, run)
        with Session.for_run(library, stored.id) as session:
            work = _work(session, library, stored.id, strict=strict)
            sys.exit(run_and_show(session, work, stored.recipe.candidates, speech))


def _work(session: Session, library: Library, run: int, *, strict: bool) -> Work:
    def work(on_event: OnEvent | None) -> Result:
        return session.go_on(library, run, strict=strict, on_event=on_event)

    return work


def _all(library: Library, speech: Speech, *, strict: bool) -> int:
    """Go on with all runs that nobody works on; one that cannot be stops no other. Returns the exit code."""
    from promptkit.ledger import is_worked_on
    from promptkit.session import Session
    from promptkit.whereabouts import unfinished_runs

    documents: list[dict[str, Any]] = []
    codes: set[int] = set()
    for stored in reversed(unfinished_runs(library)):
        if is_worked_on(library.folder, stored.id):
            continue
        try:
            with Session.for_run(library, stored.id) as session:
                work = _work(session, library, stored.id, strict=strict)
                result = followed(session, work, stored.recipe.candidates, speech)
                codes.add(ending(result))
                documents.append(result_json(result, session.model))
                if not speech.as_json:
                    show_result(result, session, speech)
        except Interrupted:
            raise
        except PromptkitError as error:
            codes.add(PARTIAL)
            documents.append({"run": stored.id, "error": {"message": str(error), "hint": error.hint}})
            if not speech.as_json:
                show_error(error)
    if speech.as_json:
        write_json("results", {"results": documents})
    elif not documents:
        say("There is no run to go on with.")
    return max(codes, default=0)


def _list(library: Library, *, as_json: bool) -> None:
    from promptkit.whereabouts import unfinished_runs

    rows = [_row(library, run) for run in unfinished_runs(library)]
    if as_json:
        write_json("runs", {"runs": rows})
    elif rows:
        show_table(["run", "state", "candidates", "model", "prompt"], _cells(rows))
    else:
        say("There is no run to go on with.")


def _row(library: Library, run: StoredRun) -> dict[str, Any]:
    """Return what is listed of a run, as plain values."""
    from promptkit.ledger import RUNNING, is_worked_on

    at_work = is_worked_on(library.folder, run.id)
    return {
        "run": run.id,
        "state": "at work" if at_work else "cut off" if run.state == RUNNING else run.state,
        "there": len(library.candidates(run.id)),
        "candidates": run.recipe.candidates,
        "model": run.recipe.model.get("name"),
        "prompt": run.recipe.prompt,
        "created": run.created,
        "updated": run.updated,
    }


def _cells(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    return [
        [
            str(row["run"]),
            row["state"],
            f"{row['there']} of {row['candidates']}",
            str(row["model"]),
            row["prompt"] if len(row["prompt"]) <= PROMPT_SHOWN else f"{row['prompt'][: PROMPT_SHOWN - 1]}…",
        ]
        for row in rows
    ]
