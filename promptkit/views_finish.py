"""Chains of post-processors as a person sees them: what each step did, and to the alignment with the prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from promptkit.terminal import safe_text
from promptkit.views_candidates import score_text


def steps_view(steps: Sequence[Mapping[str, Any]]) -> Table | None:
    """Return the steps of a finished picture, as recipes keep them; ``None`` where none has anything to say."""
    judged = any("scores" in step for step in steps)
    if not judged and not any(step.get("note") for step in steps):
        return None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("step")
    for title in ("before", "after") if judged else ():
        table.add_column(title, justify="right")
    table.add_column("what it did", overflow="fold")
    for step in steps:
        scores = [_total(step, when) for when in ("before", "after")] if judged else []
        table.add_row(safe_text(step["name"]), *scores, safe_text(step.get("note", "")))
    return table


def _total(step: Mapping[str, Any], when: str) -> Text:
    return score_text(step.get("scores", {}).get(when, {}).get("total"))
