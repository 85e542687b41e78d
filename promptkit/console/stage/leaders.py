"""The leaderboard: candidates, the best first, with their scores by slot, in no more than 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from promptkit.prompt import SLOTS
from promptkit.records import Candidate
from promptkit.terminal import safe_text
from promptkit.views import MUTED, style_of
from promptkit.views_candidates import score_text, seed_text

LEVEL = "="
"""Behind a total that is level with the best."""
WORDS = 40
"""Cells that a candidate's own words take at most."""


def leaderboard(
    ranked: Sequence[Candidate], *, limit: int | None = None, words: Mapping[int, str] | None = None
) -> Table:
    """Return a table of candidates, which come best first. ``words`` are what each alone says, by its index; totals
    that are level with the best have a sign behind them."""
    slots, shares = judged_slots(ranked), are_shares(ranked)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("#", "seed", "total"):
        table.add_column(title, justify="right", no_wrap=True)
    for slot in slots:
        table.add_column(Text(slot, style_of(slot)), justify="right", no_wrap=True)
    if words:
        table.add_column("words", no_wrap=True, overflow="ellipsis", max_width=WORDS)
    for place, candidate in enumerate(ranked[:limit], 1):
        total = score_text(candidate.scores.get("total"), share=shares)
        cells = [score_text(candidate.scores.get(slot), share=shares) for slot in slots]
        said = [safe_text(" ".join(words.get(candidate.index, "").split()))] if words else []
        mark = Text(f" {LEVEL}" if candidate.tied else "  " if any(one.tied for one in ranked) else "", MUTED)
        row: list[RenderableType] = [str(place), seed_text(candidate), total + mark, *cells, *said]
        table.add_row(*row, style="bold" if place == 1 else "")
    return table


def judged_slots(candidates: Sequence[Candidate]) -> list[str]:
    """Return the slots that any of the candidates has a score of, in the usual order."""
    found = {slot for candidate in candidates for slot in candidate.scores if slot != "total"}
    return [slot for slot in (*SLOTS, *sorted(found - set(SLOTS))) if slot in found]


def are_shares(candidates: Sequence[Candidate]) -> bool:
    """Whether all scores can be read as shares of 1."""
    values = [value for candidate in candidates for value in candidate.scores.values()]
    return bool(judged_slots(candidates)) and all(0 <= value <= 1 for value in values)
