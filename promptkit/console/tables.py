"""Lists of the console: runs, models, pictures that were found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from promptkit.console.shown import Shown
from promptkit.records import ModelSpec
from promptkit.terminal import safe_text
from promptkit.views import MUTED

if TYPE_CHECKING:
    from promptkit.library.records import StoredRun
    from promptkit.machine import Machine

PROMPT = 44
"""Characters of a prompt."""
LABEL = 18
"""Characters of what was typed for a run."""
WHOLE = 100_000
"""Characters of a name or a prompt in a script: all of them."""


def plain_table(titles: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A table of texts, which are shown, never obeyed; a ``Text`` has gone through ``safe_text`` before."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else safe_text(cell) for cell in row))
    return table


def short(text: str, width: int = PROMPT) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def runs_table(runs: Sequence[Shown], on_show: int | None, *, whole: bool = False) -> Table:
    """Runs of this console, the one on show marked; ``whole`` shortens nothing."""
    rows = [
        (
            f"{'▸' if at == on_show else ' '}{at + 1}",
            short(run.label, WHOLE if whole else LABEL),
            str(len(run.ranked)),
            f"{run.best.total:.3f}" if run.best.scores else "",
            short(run.prompt.text, WHOLE if whole else PROMPT),
        )
        for at, run in enumerate(runs)
    ]
    return plain_table(("run", "by", "pictures", "best", "prompt"), rows)


def unfinished_table(runs: Sequence[tuple[StoredRun, int]]) -> Table:
    """Runs of the library that can be gone on with, each with how many candidates are there."""
    rows = [
        (
            str(run.id),
            f"{there} of {run.recipe.candidates}",
            str(run.recipe.model.get("name")),
            short(run.recipe.prompt),
        )
        for run, there in runs
    ]
    return plain_table(("resume", "there", "model", "prompt"), rows)


def models_table(models: Sequence[ModelSpec], machine: Machine, chosen: str) -> Table:
    """Models with what they need and whether they fit this machine, the desk's marked."""
    rows = []
    for spec in models:
        lacks = machine.lacks(spec)
        here = safe_text(lacks, "yellow") if lacks else Text("fits", "green")
        memory = "" if spec.memory_gib is None else f"{spec.memory_gib:g}"
        name = safe_text(f"{'▸' if spec.name == chosen else ' '}{spec.name}", "bold" if spec.name == chosen else "")
        licence = (spec.licence or "") + (", asks you to accept it" if spec.gated else "")
        rows.append((name, memory, here, licence, safe_text(spec.summary, MUTED)))
    return plain_table(("model", "GiB", "here", "licence", "what it is"), rows)
