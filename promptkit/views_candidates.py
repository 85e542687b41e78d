"""Candidates as a person sees them: a table of scores, and why the best one stands first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from promptkit.prompt import SLOTS
from promptkit.records import Candidate, Result
from promptkit.terminal import safe_text, visible
from promptkit.views import MUTED, style_of

SURE = 0.9
"""From here on a slot counts as said."""
MIDDLE = "middle 90 %"
NOISE = "inside the noise of the measurement"

Name = Callable[[Candidate], str]
"""What a candidate is called in a sentence."""


def candidate_table(candidates: Sequence[Candidate], *, limit: int | None = None) -> Table:
    """Candidates, best first, with a score for each judged slot, and what a second look gave where there was one."""
    slots, shares = _judged(candidates), _are_shares(candidates)
    scored = any(candidate.scores for candidate in candidates)
    measured = any(candidate.interval for candidate in candidates)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("#", "seed", *(("total",) if scored else ()), *((MIDDLE,) if measured else ())):
        table.add_column(title, justify="left" if title == MIDDLE else "right")
    for slot in slots:
        table.add_column(Text(slot, style_of(slot)), justify="right")
    table.add_column("file", overflow="fold")
    for place, candidate in enumerate(candidates[:limit], 1):
        total, *others = [score_text(candidate.scores.get(slot), share=shares) for slot in ("total", *slots)]
        cells = [*((total,) if scored else ()), *((interval_text(candidate),) if measured else ()), *others]
        table.add_row(
            str(place),
            seed_text(candidate),
            *cells,
            safe_text(candidate.path or ""),
            style="bold" if place == 1 else "",
        )
    return table


def pruned(candidates: Sequence[Candidate]) -> Text | None:
    """Say which seeds were dropped half-way, after which step, and how near the nearest came; ``None`` for none."""
    parts = []
    for step in sorted({candidate.pruned_at for candidate in candidates if candidate.pruned_at is not None}):
        gone = [candidate for candidate in candidates if candidate.pruned_at == step]
        seeds = _seeds([seed_text(candidate) for candidate in gone])
        near = f" (previews up to {max(one.total for one in gone):.3f})" if any(one.scores for one in gone) else ""
        parts.append(f"after step {step}: {seeds}{near}")
    return Text(f"Dropped half-way: {'; '.join(parts)}.", MUTED) if parts else None


def _seeds(texts: Sequence[str]) -> str:
    *others, last = texts
    return f"seeds {', '.join(others)} and {last}" if others else f"seed {last}"


def seed_text(candidate: Candidate) -> str:
    """A candidate's seed, with its variation seed as file names have it."""
    second = "" if candidate.variation_seed is None else f"-v{candidate.variation_seed}"
    return f"{candidate.seed}{second}"


def interval_text(candidate: Candidate) -> Text:
    if candidate.interval is None:
        return Text()
    low, high = candidate.interval
    return Text(f"{low:.3f} to {high:.3f}{', tie' if candidate.tied else ''}", MUTED)


def score_text(value: float | None, *, share: bool = True) -> Text:
    """A score, coloured where it is a share of 1: what else a ranker gives has no good and bad by itself."""
    if value is None:
        return Text("not judged", MUTED)
    if not share or not 0 <= value <= 1:
        return Text(f"{value:.3f}")
    return Text(f"{value:.3f}", "green" if value >= 0.8 else "yellow" if value >= 0.4 else "red")


def by_seed(candidate: Candidate) -> str:
    return f"seed {seed_text(candidate)}"


def by_file(candidate: Candidate) -> str:
    return visible(Path(candidate.path).name) if candidate.path else by_seed(candidate)


def why(ranked: Sequence[Candidate], name: Name = by_seed) -> Text:
    """Say in words why the best one stands first; ``ranked`` is best first."""
    best = ranked[0]
    if not best.scores:
        return Text(f"Nothing in this prompt could be judged, so nothing is ranked; {name(best)} is the first.")
    tied = [candidate for candidate in ranked[1:] if candidate.tied]
    text = Text(f"{_capital(name(best))} {'comes first' if tied else 'wins'} with {best.total:.3f}")
    if tied:
        text.append(_level(tied, name))
    elif len(ranked) > 1 and ranked[1].scores:
        text.append(_against(best, ranked[1], name))
    text.append(".")
    slots = {slot: value for slot, value in best.scores.items() if slot != "total"}
    if slots and _are_shares(ranked):
        text.append(f" It says {_percent(slots)}.")
    return text


def stopped(result: Result) -> Text:
    """Say how far a run came that was stopped: nobody has won it yet."""
    best, asked = result.best, result.recipe.candidates
    first = f"; the best so far is {by_seed(best)} with {best.total:.3f}" if best.scores else ""
    text = Text(f"Stopped: {len(result.ranked)} of {asked} candidates are finished{first}.")
    if result.run is not None and any(candidate.path is None for candidate in result.ranked):
        text.append(" Pictures without a file wait in the library until the run is at its end.")
    return text


def _judged(candidates: Iterable[Candidate]) -> list[str]:
    found = {slot for candidate in candidates for slot in candidate.scores if slot != "total"}
    return [slot for slot in (*SLOTS, *sorted(found - set(SLOTS))) if slot in found]


def _are_shares(candidates: Sequence[Candidate]) -> bool:
    """Whether the scores can be read as shares of 1: slots are judged, and nothing lies outside 0 to 1."""
    values = [value for candidate in candidates for value in candidate.scores.values()]
    return bool(_judged(candidates)) and all(0 <= value <= 1 for value in values)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text.startswith("seed ") else text


def _level(tied: Sequence[Candidate], name: Name) -> str:
    *others, last = [name(candidate) for candidate in tied]
    if not others:
        return f", a tie with {last}: the difference is {NOISE}"
    return f", a tie with {', '.join(others)} and {last}: the differences are {NOISE}"


def _percent(slots: Mapping[str, float]) -> str:
    weakest = min(slots, key=lambda slot: slots[slot])
    doubt = f"; what it says least is {weakest}" if slots[weakest] < SURE else ""
    return ", ".join(f"{slot} {value:.0%}" for slot, value in slots.items()) + doubt


def _against(best: Candidate, second: Candidate, name: Name) -> str:
    gap = best.total - second.total
    if gap == 0:
        return f", and so does {name(second)}: equals keep their order"
    shared = [slot for slot in best.scores if slot != "total" and slot in second.scores]
    slot = max(shared, key=lambda key: best.scores[key] - second.scores[key], default="")
    if not slot or best.scores[slot] <= second.scores[slot]:
        return f", {gap:.3f} ahead of {name(second)}"
    pair = best.scores[slot], second.scores[slot]
    for digits in (2, 3):
        high, low = (f"{value:.{digits}f}" for value in pair)
        if high != low:
            return f", ahead of {name(second)} most of all in {slot} ({high} against {low})"
    return f", ahead of {name(second)} most of all in {slot}"
