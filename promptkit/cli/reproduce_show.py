"""What ``reproduce`` says: plans, comparisons, scores before and after a change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.cli.output import show_table, stdout, warn, write_json
from promptkit.errors import PromptkitError

if TYPE_CHECKING:
    from promptkit.reproduce import Comparison, Plan, Reproduction

COLUMNS = ("before", "by_new_words", "after")
TITLES = ("as it was", "the same by the new words", "changed")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one picture."""

    name: str
    """As it was given."""
    plan: Plan | None = None
    made: Reproduction | None = None
    sheet: Path | None = None
    error: PromptkitError | None = None


def show_plan(outcomes: Sequence[Outcome], *, as_json: bool, quiet: bool) -> None:
    """Say what would be made, what cannot be, and the command; by wish the command alone."""
    if as_json:
        write_json("reproduction plans", {"pictures": [_json(outcome) for outcome in outcomes]})
        return
    for outcome in outcomes:
        if outcome.plan is None:
            _tell_error(outcome)
            continue
        if not quiet:
            show_table(("what", "as planned"), [("picture", outcome.name), *_facts(outcome.plan)])
            _lines(outcome.plan.cannot)
            for note in outcome.plan.notes:
                warn(note)
        _lines((outcome.plan.command,))


def show(outcomes: Sequence[Outcome], options: dict[str, Any]) -> None:
    """Say what was made, how far it is what it was, and what is otherwise."""
    if options["as_json"]:
        write_json("reproductions", {"pictures": [_json(outcome) for outcome in outcomes]})
        return
    if not options["quiet"] and (options["verify"] or len(outcomes) > 1):
        show_table(("picture", "comes out", "what is otherwise"), [_row(outcome) for outcome in outcomes])
    for outcome in outcomes:
        if outcome.made is None:
            _tell_error(outcome)
        elif not options["quiet"]:
            _tell(outcome.made, short=options["verify"] or len(outcomes) > 1)
        if outcome.made is not None and outcome.made.path is not None:
            _lines((str(outcome.made.path),))
        if outcome.sheet is not None and not options["quiet"]:
            _lines((str(outcome.sheet),))


def _facts(plan: Plan) -> Iterator[tuple[str, str]]:
    settings = plan.settings
    yield "made by", plan.tool
    yield "prompt", plan.prompt.resolved
    yield "negative", plan.prompt.negative_resolved
    yield "seed", str(plan.seed)
    if plan.variation is not None:
        yield "variation", f"seed {plan.variation.seeds[0]}, strength {plan.variation.strength:g}"
    yield "model", "to be named: --model" if plan.blocked and plan.recorded is None else plan.session.model.name
    yield "sampler", settings.sampler or "the model's own"
    for name in ("num_inference_steps", "guidance_scale", "width", "height", "weighting"):
        value = getattr(settings, name)
        yield name, "the model's own" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    if plan.pad and plan.origin is not None:
        yield "batch", f"filled up to {plan.origin.batch_size}"
    if plan.steps:
        yield "finish", ", ".join(step.name for step in plan.steps)


def _row(outcome: Outcome) -> tuple[str, str, str]:
    made = outcome.made
    if made is None:
        return outcome.name, "not made", ""
    return outcome.name, "another picture" if made.comparison is None else str(made.comparison), "; ".join(made.differs)


def _tell_error(outcome: Outcome) -> None:
    if outcome.error is not None:
        warn(f"{outcome.name}: {outcome.error} {outcome.error.hint or ''}".strip())


def _tell(made: Reproduction, *, short: bool) -> None:
    for note in dict.fromkeys(made.notes):
        warn(note)
    _lines(made.plan.cannot)
    if made.scores:
        show_table(("slot", *_titles(made)), _scores(made))
    if short:
        return
    if made.comparison is not None:
        _lines((f"Comes out {_spoken(made.comparison)}.",))
    _lines(f"Otherwise now: {fact}." for fact in made.differs)


def _spoken(comparison: Comparison) -> str:
    return str(comparison) if comparison.identical else f"otherwise: {comparison}"


def _titles(made: Reproduction) -> list[str]:
    return [title for name, title in zip(COLUMNS, TITLES, strict=True) if name in made.scores]


def _scores(made: Reproduction) -> Iterator[tuple[str, ...]]:
    """Yield a row a slot, the total last; a dash where a slot was not judged."""
    columns = [made.scores[name] for name in COLUMNS if name in made.scores]
    slots = dict.fromkeys(slot for column in columns for slot in column if slot != "total")
    for slot in (*slots, "total"):
        yield slot, *(f"{column[slot]:.3f}" if slot in column else "–" for column in columns)


def _lines(lines: Any) -> None:
    """Print lines that may hold text from outside, unfolded."""
    from promptkit.terminal import safe_text

    for line in lines:
        stdout().print(safe_text(line), soft_wrap=True)


def _json(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as plain JSON values."""
    plan, made, error = outcome.plan, outcome.made, outcome.error
    found: dict[str, Any] = {"picture": outcome.name}
    if error is not None:
        return {**found, "error": {"message": str(error), "hint": error.hint}}
    if plan is not None:
        found |= {
            "tool": plan.tool,
            "prompt": plan.prompt.resolved,
            "negative": plan.prompt.negative_resolved,
            "seed": plan.seed,
            "model": None if plan.blocked else plan.session.model.name,
            "cannot": list(plan.cannot),
            "notes": list(plan.notes),
            "command": plan.command,
        }
    if made is not None:
        found |= {
            "path": None if made.path is None else str(made.path),
            "sheet": None if outcome.sheet is None else str(outcome.sheet),
            "comparison": None if made.comparison is None else made.comparison.to_json(),
            "differs": list(made.differs),
            "notes": list(dict.fromkeys(made.notes)),
            "scores": {name: _finite(scores) for name, scores in made.scores.items()},
            "recipe": made.recipe.to_json(),
        }
    return found


def _finite(scores: Any) -> dict[str, float]:
    return {slot: value for slot, value in scores.items() if math.isfinite(value)}
