"""What ``finish`` says when it is through: notes, a table of steps and a path for each picture."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.cli.output import say, stderr, warn
from promptkit.terminal import one_line

if TYPE_CHECKING:
    from promptkit.finish_files import FinishedFile

OFTEN = 3
"""What is said of more pictures than these is said once, at the end."""
MANY = 10
"""Pictures up to which each has its table."""


def tell(done: Sequence[FinishedFile], *, quiet: bool) -> None:
    """Say what came of each picture; ``quiet`` says only what failed."""
    counted = Counter(note for one in done for note in dict.fromkeys(one.notes))
    often = {note: count for note, count in counted.items() if count > OFTEN}
    for one in done:
        _say(one, [] if quiet else [note for note in one.notes if note not in often])
        if not quiet and len(done) <= MANY:
            _show_steps(one, named=len(done) > 1)
        if one.path:
            show_path(one.path)
    for note, count in () if quiet else often.items():
        warn(f"{count} pictures: {note}")


def show_path(path: Path) -> None:
    """Print a path on stdout: to be read on a terminal, and byte for byte for what reads a pipe."""
    import click

    if sys.stdout.isatty():
        click.echo(one_line(str(path)))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(path) + b"\n")
    sys.stdout.buffer.flush()


def picture_json(found: FinishedFile) -> dict[str, Any]:
    """Return what came of a picture as plain values."""
    return {
        "image": str(found.image),
        "path": None if found.path is None else str(found.path),
        "seed": found.seed,
        "steps": [step.to_json() for step in found.steps],
        "notes": list(found.notes),
        "failed": list(found.failed),
    }


def _say(found: FinishedFile, notes: Sequence[str]) -> None:
    name = str(found.image)
    for said in (*notes, *found.failed):
        warn(one_line(said if name in said else f"{name}: {said}"))


def _show_steps(found: FinishedFile, *, named: bool) -> None:
    from promptkit.views_finish import steps_view

    steps: list[Mapping[str, Any]] = [step.to_json() for step in found.steps]
    view = steps_view(steps)
    if view is None:
        return
    if named:
        say(f"{one_line(str(found.image))}:")
    stderr().print(view)
