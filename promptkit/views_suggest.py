"""From suggestions to rich renderables; nothing here prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from promptkit.prompt import CHANCE, SLOTS
from promptkit.suggest import COMPLETE, Advice, Suggestion
from promptkit.terminal import safe_text
from promptkit.trials import Trial
from promptkit.views import MUTED, style_of
from promptkit.views_candidates import score_text

LETTER = "c"
"""Stands before the numbers of complete suggestions."""


def advice_view(
    advice: Advice, *, width: int | None = None, why: bool = False, running: bool = False
) -> RenderableType:
    """What is open, and for each open slot the numbered fills, each with a short reason, or with ``why`` with all.

    ``width`` is that of the terminal, in columns: fills are cut to two lines of it; without it nothing is cut.
    ``running`` numbers go on from slot to slot.
    """
    parts: list[RenderableType] = []
    before = 0
    for slot, found in advice.all().items():
        if found or slot != COMPLETE:
            parts.append(_heading(advice, slot, found))
            for number, made in enumerate(found, 1):
                name = str(before + number) if running else _name(number, made)
                parts.append(_with_reasons(name, made) if why else _fill(name, made, width))
            before += len(found)
    if "subject" in advice.prompt.missing:
        parts.append(Text("Nothing is said of the subject, and styles do not say it: name what the picture shows."))
    if not parts:
        parts.append(Text("Nothing is left to chance: every slot is filled."))
    return Group(*parts)


def _heading(advice: Advice, slot: str, found: Sequence[Suggestion]) -> Text:
    line = Text(slot, style_of(slot) if slot in SLOTS else "bold")
    if slot == COMPLETE:
        return line.append("  everything from one style", MUTED)
    hinting = advice.prompt.hinted.get(slot, ())
    if hinting:
        line.append(safe_text(f"  hinted by “{hinting[0].text}”: {hinting[0].hints[slot]}", MUTED))
    else:
        line.append(f"  left to chance: {CHANCE[slot]}", MUTED)
    return line if found else line.append("  (no installed style fits)", MUTED)


def _name(number: int, made: Suggestion) -> str:
    return f"{LETTER}{number}" if made.slot == COMPLETE else str(number)


def _said(made: Suggestion) -> Text:
    text = Text()
    for i, phrase in enumerate(made.phrases):
        text.append(", " if i else "", MUTED).append(safe_text(phrase.text, style_of(phrase.slot)))
    return text


def _fill(called: str, made: Suggestion, width: int | None) -> RenderableType:
    """Return the words, their style and the short reason; complete ones on one line, others on two at most."""
    said, style, why = _said(made), safe_text(made.style, MUTED), safe_text(made.short, "italic")
    name = Text(f"{called:>3} ", "bold")
    line = Text("  ").join((said, style, why))
    if width is None or cell_len(line.plain) + len(name) <= width:
        return name + line
    room = width - len(name)
    tail = Text("  ").join((style, why))
    if made.slot == COMPLETE:
        said.truncate(max(20, room - cell_len(tail.plain) - 2), overflow="ellipsis")
        return name + Text("  ").join((said, tail))
    said.truncate(room, overflow="ellipsis")
    return (name + said).append("\n    ").append(tail)


def _with_reasons(called: str, made: Suggestion) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", width=3)
    grid.add_column(overflow="fold")
    grid.add_row(Text(called, "bold"), _said(made).append("  ").append(safe_text(made.style, MUTED)))
    grid.add_row("", safe_text(made.reason, "italic"))
    for conflict in made.conflicts:
        grid.add_row("", safe_text(conflict.message, "yellow"))
    return Padding(grid, (0, 0, 0, 0))


def trial_table(trials: Sequence[Trial]) -> Table:
    """Tried suggestions, slot by slot, the best first, with the mean score of each judged slot."""
    judged = [slot for slot in SLOTS if any(slot in trial.scores for trial in trials)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("slot", "#", "style"):
        table.add_column(title, overflow="fold")
    for title in ("total", *judged):
        table.add_column(Text(title, style_of(title) if title in SLOTS else ""), justify="right")
    table.add_column("file of the first seed", overflow="fold")
    last = ""
    for trial in trials:
        made = trial.suggestion
        cells = [score_text(trial.scores.get(name)) for name in ("total", *judged)]
        slot = "" if made.slot == last else made.slot
        number = f"{LETTER}{trial.number}" if made.slot == COMPLETE else str(trial.number)
        path = trial.result.candidates[0].path or ""
        table.add_row(Text(slot, style_of(slot)), number, safe_text(made.style), *cells, safe_text(path))
        last = made.slot
    return table
