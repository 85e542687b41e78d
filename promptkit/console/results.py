"""A run as the console shows it: the winner large, the others in a strip, the leaderboard, and why it is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.text import Text

from promptkit.console.judged import ALIKE, UNJUDGED, pictures_named
from promptkit.console.shown import Shown
from promptkit.console.stage.leaders import LEVEL, leaderboard
from promptkit.console.stage.pictures import Pictures, Row, Shot
from promptkit.console.verb import Answer
from promptkit.records import Candidate
from promptkit.terminal import safe_text
from promptkit.views import MUTED
from promptkit.views_candidates import Name, by_seed, pruned, why
from promptkit.views_finish import steps_view

LARGE, SMALL, HALF = 40, 12, 36
"""Cells that a winner, one of a strip, and one of a pair are wide at most."""
SHOWN = 12
"""Candidates that a table and a strip show."""


def result_view(shown: Shown, *, limit: int = SHOWN) -> Answer:
    """Return what is to be seen of a run."""
    ranked = shown.ranked
    parts: list[RenderableType] = [
        gallery(ranked, limit, shown.words),
        leaderboard(ranked, limit=limit, words=shown.words),
    ]
    if dropped := pruned(shown.candidates):
        parts.append(dropped)
    if any(candidate.tied for candidate in ranked):
        parts.append(Text(f"{LEVEL} level with the best: no difference that could be measured", MUTED))
    parts += _outcome(ranked, limit)
    for candidate in ranked:
        if view := steps_view(candidate.finish):
            parts.append(view)
        if candidate.finished_path:
            parts.append(safe_text(f"finished: {candidate.finished_path}"))
    return tuple(parts)


def _outcome(ranked: Sequence[Candidate], limit: int) -> Iterator[Text]:
    """Say how many are not shown, and why the first one is the first."""
    if len(ranked) > limit:
        yield Text(f"{len(ranked) - limit} more are not shown: best {len(ranked)} shows all.", MUTED)
    best = ranked[0]
    level = [at for at, one in enumerate(ranked, 1) if one.scores and best.total - one.total < ALIKE]
    if len(level) > 1 and not any(one.tied for one in ranked):
        said = pictures_named(level)
        yield Text(f"{said[:1].upper()}{said[1:]} have the same total, {best.total:.3f}: compare tells them apart.")
        return
    said = why(ranked, numbered(ranked)).plain
    yield Text(said[:1].upper() + said[1:])
    if not best.scores:
        yield Text(UNJUDGED, MUTED)


def numbered(ranked: Sequence[Candidate]) -> Name:
    """Return what calls a candidate by its place."""
    places = {candidate.index: place for place, candidate in enumerate(ranked, 1)}
    return lambda candidate: f"picture {places[candidate.index]}"


def gallery(ranked: Sequence[Candidate], limit: int = SHOWN, words: Mapping[int, str] | None = None) -> Pictures:
    """The best one large, the others in a strip below it, each called by its own ``words`` where it has any."""
    said = words or {}
    found = (shot_of(one, place, said.get(one.index, "")) for place, one in enumerate(ranked[:limit], 1))
    shots = [shot for shot in found if shot is not None]
    rows = [Row(shots=tuple(shots[:1]), width=LARGE), Row(shots=tuple(shots[1:]), width=SMALL)]
    return Pictures(tuple(row for row in rows if row.shots))


def pair(candidates: Sequence[tuple[int, Candidate]]) -> Pictures:
    """Candidates beside each other, each with its place."""
    shots = (shot_of(candidate, place) for place, candidate in candidates)
    return Pictures((Row(shots=tuple(shot for shot in shots if shot is not None), width=HALF),))


def shot_of(candidate: Candidate, place: int, words: str = "") -> Shot | None:
    """A candidate as it is seen, finished where it was; ``None`` where its picture is not at hand."""
    image = candidate.image if candidate.finished is None else candidate.finished
    if image is None:
        return None
    total = f"  {candidate.total:.3f}" if candidate.scores else ""
    path = candidate.finished_path or candidate.path or ""
    return Shot(image=image, caption=f"{place}  {words or by_seed(candidate)}{total}", path=path)


def finished_view(candidate: Candidate, place: int) -> Answer:
    """What a chain made of a picture, and what each step did to its scores."""
    parts: list[RenderableType] = [pair([(place, candidate)])]
    if view := steps_view(candidate.finish):
        parts.append(view)
    if candidate.finished_path:
        parts.append(safe_text(f"finished: {candidate.finished_path}"))
    return tuple(parts)
