"""Scores in words: why a picture stands where it stands, and what tells two from each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from promptkit.console.shown import Shown
from promptkit.console.stage.leaders import are_shares, judged_slots
from promptkit.records import Candidate
from promptkit.terminal import safe_text
from promptkit.views import MUTED, style_of
from promptkit.views_candidates import NOISE, SURE, score_text, seed_text

ALIKE = 0.0005
"""Scores nearer than that show the same three digits."""
UNJUDGED = "A ranker judges the words that it knows: explain tells of others, and ranker NAME takes another one."
ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def why_view(shown: Shown, place: int) -> RenderableType:
    """Why the picture at a place of a run, from 1, stands there: its scores by slot against those of the others."""
    ranked = shown.ranked
    one = ranked[place - 1]
    if not one.scores:
        return Text(f"Nothing in this prompt could be judged, so nothing is ranked. {UNJUDGED}")
    parts: list[RenderableType] = [_standing(ranked, place)]
    slots = [slot for slot in judged_slots(ranked) if slot in one.scores]
    if slots:
        parts.append(_against_others(ranked, place, slots))
        parts.append(_sum_up(ranked, place, slots))
    return Group(*parts)


def _standing(ranked: Sequence[Candidate], place: int) -> Text:
    """Say where a picture stands, and how far from the best or from the next."""
    one, best = ranked[place - 1], ranked[0]
    text = Text(f"Picture {place}, seed {seed_text(one)}: {one.total:.3f}")
    if len(ranked) == 1:
        return text.append(", the only one.")
    text.append(f", {_ordinal(place)} of {len(ranked)}")
    if place == 1:
        tied = [at for at, other in enumerate(ranked, 1) if other.tied]
        if tied:
            return text.append(f", level with {pictures_named(tied)}: the difference is {NOISE}{_interval(one)}.")
        return text.append(f", {_gap(one.total - ranked[1].total, 'ahead of')} picture 2{_interval(one)}.")
    if one.tied:
        return text.append(f", level with the best: the difference is {NOISE}{_interval(one)}.")
    return text.append(f", {_gap(best.total - one.total, 'behind')} the best{_interval(one)}.")


def _ordinal(place: int) -> str:
    """Write a place: 1st, 2nd, 11th, 22nd."""
    teen = place % 100 in (11, 12, 13)
    return f"{place}{'th' if teen else ENDINGS.get(place % 10, 'th')}"


def _gap(gap: float, side: str) -> str:
    return "as good as" if abs(gap) < ALIKE else f"{abs(gap):.3f} {side}"


def _interval(one: Candidate) -> str:
    return "" if one.interval is None else f" (measured again: {one.interval[0]:.3f} to {one.interval[1]:.3f})"


def pictures_named(places: Sequence[int]) -> str:
    """Name pictures by their places."""
    *others, last = map(str, places)
    return f"pictures {', '.join(others)} and {last}" if others else f"picture {last}"


def _against_others(ranked: Sequence[Candidate], place: int, slots: Sequence[str]) -> Table:
    one, shares = ranked[place - 1], are_shares(ranked)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("slot")
    for title in ("score", "median", "best"):
        table.add_column(title, justify="right")
    table.add_column("among the others")
    for slot in slots:
        others = _others(ranked, place, slot)
        values = [value for _, value in others]
        usual = score_text(median(values), share=shares) if values else Text("")
        best = score_text(max(values), share=shares) if values else Text("")
        said = Text(_among(one.scores[slot], others))
        table.add_row(Text(slot, style_of(slot)), score_text(one.scores[slot], share=shares), usual, best, said)
    return table


def _others(ranked: Sequence[Candidate], place: int, slot: str) -> list[tuple[int, float]]:
    """Return place and score of every other picture that is judged in a slot."""
    return [(at, other.scores[slot]) for at, other in enumerate(ranked, 1) if at != place and slot in other.scores]


def _among(value: float, others: Sequence[tuple[int, float]]) -> str:
    if not others:
        return "judged in this one alone"
    better = [at for at, other in others if other > value + ALIKE]
    worse = [at for at, other in others if other < value - ALIKE]
    if not better and not worse:
        return "as good as all others"
    if not better:
        return (
            "better than all others" if len(worse) == len(others) else f"the best, with {len(others) - len(worse)} more"
        )
    if not worse:
        return "the least of all" if len(better) == len(others) else "among the least"
    said = (
        f"{pictures_named(better[:3])}{' and more' if len(better) > 3 else ''} {'says' if len(better) == 1 else 'say'}"
    )
    return f"better than {len(worse)} of {len(others)}; {said} it better"


def _sum_up(ranked: Sequence[Candidate], place: int, slots: Sequence[str]) -> Text:
    """Name the slot that speaks for a picture most, and the one that holds it back most."""
    one, best = ranked[place - 1], ranked[0]
    rival = ranked[1] if place == 1 and len(ranked) > 1 else best
    ahead = {slot: one.scores[slot] - rival.scores[slot] for slot in slots if slot in rival.scores}
    said: list[str] = []
    if rival is not one and ahead:
        name = "picture 2" if place == 1 else "picture 1"
        said += _extremes(ahead, name, ahead_first=place == 1)
    weakest = min(slots, key=lambda slot: one.scores[slot])
    if are_shares(ranked) and one.scores[weakest] < SURE:
        said.append(f"What it says least is {weakest} ({one.scores[weakest]:.0%}).")
    return Text(" ".join(said) or "It says everything that was asked.")


def _extremes(ahead: dict[str, float], name: str, *, ahead_first: bool) -> Iterator[str]:
    most, least = max(ahead, key=ahead.__getitem__), min(ahead, key=ahead.__getitem__)
    gains = f"It is ahead of {name} most in {most} (+{ahead[most]:.3f})." if ahead[most] >= ALIKE else ""
    loses = f"It is behind {name} most in {least} (−{-ahead[least]:.3f})." if ahead[least] <= -ALIKE else ""
    yield from filter(None, (gains, loses) if ahead_first else (loses, gains))


def compare_view(shown: Shown, places: Sequence[int]) -> RenderableType:
    """Pictures of a run beside each other in numbers: scores by slot, seeds, words, files."""
    ranked = shown.ranked
    chosen = [ranked[place - 1] for place in places]
    slots, shares = judged_slots(chosen), are_shares(chosen)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("")
    for place in places:
        table.add_column(f"picture {place}", overflow="fold")
    if len(chosen) == 2:
        table.add_column("difference", justify="right")
    for slot in ("total", *slots) if any(one.scores for one in chosen) else ():
        cells = [score_text(one.scores.get(slot), share=shares) for one in chosen]
        table.add_row(Text(slot, style_of(slot) if slot != "total" else ""), *cells, *_difference(chosen, slot))
    for name, told in _facts(shown, chosen):
        if any(told):
            table.add_row(Text(name, MUTED), *map(safe_text, told), *([""] if len(chosen) == 2 else []))
    verdict = _verdict(places, chosen)
    return Group(table, verdict) if verdict else table


def _difference(chosen: Sequence[Candidate], slot: str) -> list[Text]:
    if len(chosen) != 2:
        return []
    one, two = (candidate.scores.get(slot) for candidate in chosen)
    if one is None or two is None:
        return [Text("")]
    gap = one - two
    return [Text("same", MUTED) if abs(gap) < ALIKE else Text(f"{gap:+.3f}".replace("-", "−"))]


def _facts(shown: Shown, chosen: Sequence[Candidate]) -> Iterator[tuple[str, list[str]]]:
    yield "seed", [seed_text(one) for one in chosen]
    yield "words", [shown.words.get(one.index, "") for one in chosen]
    yield "finished", [", ".join(str(step["name"]) for step in one.finish) for one in chosen]
    yield "file", [one.finished_path or one.path or "" for one in chosen]


def _verdict(places: Sequence[int], chosen: Sequence[Candidate]) -> Text | None:
    """Say in words what tells two pictures from each other."""
    if len(chosen) != 2 or not all(one.scores for one in chosen):
        return None
    order = sorted(zip(chosen, places, strict=True), key=lambda pair: pair[1])
    (first, ahead), (second, behind) = order
    gap = first.total - second.total
    if gap < ALIKE:
        return Text(f"Pictures {ahead} and {behind} have the same total.")
    if ahead == 1 and second.tied:
        return Text(f"Picture {ahead} is {gap:.3f} ahead of picture {behind}, which is {NOISE}.")
    slots = {
        slot: first.scores[slot] - second.scores[slot]
        for slot in judged_slots(chosen)
        if slot in first.scores and slot in second.scores
    }
    most = max(slots, key=slots.__getitem__, default="")
    reason = f", most of all in {most} ({slots[most]:+.3f})" if most and slots[most] >= ALIKE else ""
    return Text(f"Picture {ahead} is {gap:.3f} ahead of picture {behind}{reason}.")
