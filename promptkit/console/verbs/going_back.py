"""Verbs that go back and forth: ``undo``, ``redo``, ``history``, ``reset``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.saying import alone, done
from promptkit.terminal import safe_text

if TYPE_CHECKING:
    from rich.text import Text

FINISH = "finish "
"""What the label of a run of post-processors begins with."""
MOST = 1000
"""Steps that are taken at once."""


def _steps(text: str) -> int | None:
    return (int(text) if text.isdecimal() and 1 <= int(text[:5]) <= MOST else None) if text else 1


def _move(go: Callable[[], str | None], text: str, said: str, nothing: str) -> tuple[Text, ...]:
    moved: list[str] = []
    for _ in range(_steps(text) or 1):
        label = go()
        if label is None:
            break
        moved.append(label)
    if not moved:
        return (done(nothing),)
    return tuple(done(f"{said}: {label}") for label in moved)


def _undo(bench: Bench, rest: str) -> Answer:
    told = _move(bench.history.undo, rest, "undone", "There is nothing to undo.")
    if any(text.plain.startswith(f"undone: {FINISH}") for text in told):
        return (*told, done("The finished file stays."))
    return told


def _redo(bench: Bench, rest: str) -> Answer:
    return _move(bench.history.redo, rest, "done again", "There is nothing to do again.")


def _history(bench: Bench, _: str) -> Answer:
    labels = bench.history.labels()
    if not labels:
        return (done("Nothing was changed yet."),)
    return tuple(safe_text(f"{len(labels) - i:>4} back  {label}") for i, label in enumerate(labels))


def _reset(bench: Bench, _: str) -> Answer:
    desk = bench.desk
    bench.history.change(Desk(model=desk.model, ranker=desk.ranker, shown=desk.shown), "reset")
    return (done("The desk is empty; model, ranker and pictures stay. undo brings it back."),)


def _counts(steps: Callable[[Bench], int]) -> Callable[[Bench, str], Iterator[str]]:
    return lambda bench, _: map(str, range(1, min(steps(bench), 9) + 1))


VERBS = (
    Verb(
        name="undo",
        summary="Take back the last change of the desk, or the last N.",
        usage="undo [N]",
        examples=("undo", "undo 3"),
        run=_undo,
        fits=lambda _, rest: _steps(rest) is not None,
        complete=_counts(lambda bench: len(bench.history.labels())),
    ),
    Verb(
        name="redo",
        summary="Do again what was undone.",
        usage="redo [N]",
        examples=("redo", "redo 2"),
        run=_redo,
        fits=lambda _, rest: _steps(rest) is not None,
        complete=_counts(lambda bench: len(bench.history.undone())),
    ),
    Verb(
        name="history",
        summary="List what was changed, the oldest first, each with how far back it is.",
        usage="history",
        examples=("history", "/history"),
        run=_history,
        fits=alone,
    ),
    Verb(
        name="reset",
        summary="Clear the desk: prompt, styles, settings. Model, ranker and pictures stay.",
        usage="reset",
        examples=("reset", "/reset"),
        run=_reset,
        fits=alone,
    ),
)
