"""Commands that look after a library: ``library verify`` and ``gc``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import PARTIAL
from promptkit.cli.library_folder import library_option, writing
from promptkit.cli.output import say, warn, write_json
from promptkit.names import shortened

if TYPE_CHECKING:
    from promptkit.library import Library, StoredRun
    from promptkit.library.rebuild import Rebuilt
    from promptkit.library.upkeep import Problem, Waste

SHOWN = 20
DAYS = 30.0
"""After so many days a run that was not gone on with is cleared away."""


@click.command("verify")
@library_option
@click.option("--adopt", is_flag=True, help="Take in every picture that has no row; makes a database where none is.")
@click.option("--accept", is_flag=True, help="Keep pictures whose content changed as they are now.")
@click.option("--rebuild", is_flag=True, help="Put the database aside, and make a new one of it and the pictures.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def verify(folder: Path, adopt: bool, accept: bool, rebuild: bool, as_json: bool) -> None:
    """Check every picture against its size and hash, every file for its row, and the database. Exit code 3 says that
    something is wrong."""
    from promptkit.library import Library

    done = _rebuilt(folder) if rebuild else None
    if adopt or accept:
        with writing(folder, create=adopt) as library:
            adopted, refused = _mended(library, adopt=adopt, accept=accept)
    else:
        adopted, refused = [], []
    with Library(folder, read_only=True) as library:
        found, count = _looked_through(library)
    refused += done.refused if done else ()
    if as_json:
        rebuilt = None if done is None else {**asdict(done), "aside": done.aside and str(done.aside)}
        listed = [asdict(one) for one in found]
        content = {"pictures": count, "problems": listed, "adopted": adopted, "refused": refused, "rebuilt": rebuilt}
        write_json("verified", content)
    else:
        _tell(done, adopted, refused, found, count)
    if found or refused:
        sys.exit(PARTIAL)


def _rebuilt(folder: Path) -> Rebuilt:
    from promptkit.library.rebuild import rebuild

    return rebuild(folder)


def _mended(library: Library, *, adopt: bool, accept: bool) -> tuple[list[int], list[str]]:
    from promptkit.library.adopt import adopt_all
    from promptkit.library.upkeep import accept as keep_changed

    kept, unkept = keep_changed(library) if accept else ([], [])
    adopted, refused = adopt_all(library) if adopt else ([], [])
    return [*kept, *adopted], [*unkept, *refused]


def _looked_through(library: Library) -> tuple[list[Problem], int]:
    from promptkit.library.upkeep import problems

    ((count,),) = library.rows("SELECT count(*) FROM pictures")
    return list(problems(library)), count


def _tell(
    done: Rebuilt | None, adopted: Sequence[int], refused: Sequence[str], found: Sequence[Problem], count: int
) -> None:
    """Say what was done, what is wrong, and once for each kind what to do about it."""
    from promptkit.library.upkeep import CURES

    if done is not None:
        aside = "" if done.aside is None else f" The old database lies in '{done.aside}'."
        say(f"Made anew: {done.salvaged} pictures from rows, {done.adopted} from what they say themselves.{aside}")
    if adopted:
        say("1 picture was taken in." if len(adopted) == 1 else f"{len(adopted)} pictures were taken in.")
    for said in refused:
        if not any(said.startswith(one.message) for one in found):
            warn(said)
    for kind, cure in CURES.items():
        some = [one for one in found if one.kind == kind]
        for one in some[:SHOWN]:
            warn(one.message)
        if len(some) > SHOWN:
            warn(f"… and {len(some) - SHOWN} more.")
        if some:
            warn(cure)
    if not found:
        say("1 picture, as it was written." if count == 1 else f"{count} pictures, all as they were written.")


@click.command("gc")
@library_option
@click.option(
    "--days",
    type=click.FloatRange(min=0),
    default=DAYS,
    show_default=True,
    help="Forget unfinished runs that were not gone on with for so long; their pictures stay.",
)
@click.option("--yes", "-y", is_flag=True, help="Do it; without this it is only shown.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def gc(folder: Path, days: float, yes: bool, as_json: bool) -> None:
    """Show what the library can do without: rows of files that are gone, half-written files, old unfinished runs. No
    picture that the library knows is deleted."""
    from promptkit.library.upkeep import clear, find_waste

    with writing(folder) as library:
        waste = find_waste(library, days=days)
        lines = _said(library, waste)
        if yes:
            clear(library, waste)
    if as_json:
        write_json("waste", {**_waste_json(waste), "done": yes})
        return
    for line in lines:
        say(line)
    if waste.unknown:
        some = "1 picture is" if len(waste.unknown) == 1 else f"{len(waste.unknown)} pictures are"
        warn(f"{some} not known to the library: promptkit library verify")
    if waste.is_empty:
        say("There is nothing to clear away.")
    elif yes:
        say(_done(waste))
    else:
        say("Nothing was done yet: add --yes.")


def _done(waste: Waste) -> str:
    """Say what was cleared away."""
    counts = ((len(waste.missing), "row"), (len(waste.leftovers), "file"), (len(waste.runs), "run"))
    named = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts if count]
    return f"Cleared away: {', '.join(named)}."


def _waste_json(waste: Waste) -> dict[str, Any]:
    return {
        "missing": [{"id": number, "file": file} for number, file in waste.missing],
        "leftovers": [str(path) for path in waste.leftovers],
        "runs": [run.id for run in waste.runs],
        "unknown": [str(path) for path in waste.unknown],
    }


def _said(library: Library, waste: Waste) -> list[str]:
    """Return a line for each thing, so that nothing is cleared away unseen."""
    from promptkit.library.upkeep import waiting

    return [
        *(f"row {number}: its file '{file}' is gone" for number, file in waste.missing),
        *(f"file '{path.name}': not written to its end" for path in waste.leftovers),
        *(_run_said(run, waiting(library, run)) for run in waste.runs),
    ]


def _run_said(run: StoredRun, held: int) -> str:
    lost = f"; {held} pictures that wait for its end go with it" if held else ""
    return f"run {run.id}: {run.state}, '{shortened(run.recipe.prompt)}'{lost}"
