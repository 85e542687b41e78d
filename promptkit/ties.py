"""A second look at the few best candidates: which of them are level with the best.

A ranker that is an ``Ensemble`` scores the same candidates again and again, in views and words that say the same.
Every member of the ensemble sees all candidates alike, so differences are taken member by member. The best is
ahead of another candidate where the middle 90 % of the paired differences of totals lies above 0; where it covers 0, or
lies below it, the difference is inside the noise of the measurement, and the two are level. The rule asks for signs
alone, so it holds on any scale of totals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from promptkit.interfaces import Ensemble, Ranker
from promptkit.prompt import Prompt
from promptkit.records import FINISHED, Candidate, best_first
from promptkit.scoring import members_of

CONTENDERS = 4
"""How many of the best are measured again; the others keep their totals, and nothing is said of them."""
MIDDLE = 0.9
"""The share of an ensemble that an interval holds."""


def measured(
    ranker: Ranker | None, prompt: Prompt, candidates: Sequence[Candidate], *, plugin: str | None = None
) -> list[Candidate]:
    """Return the candidates in their order: the contenders with an interval, and ``tied`` where they are level with
    the best.

    As they were, where the ranker is no ``Ensemble`` or fewer than two are scored. Raises ScoringError, which names the
    ``plugin`` of the ranker.
    """
    best = contenders(candidates)
    if not isinstance(ranker, Ensemble) or len(best) < 2:
        return list(candidates)
    members = members_of(ranker, prompt, best, plugin=plugin)
    if not members:
        return list(candidates)
    columns = list(zip(*members, strict=True))
    told = {
        candidate.index: replace(candidate, interval=middle(column), tied=place > 0 and level(columns[0], column))
        for place, (candidate, column) in enumerate(zip(best, columns, strict=True))
    }
    return [told.get(candidate.index, candidate) for candidate in candidates]


def contenders(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the few best scored candidates, best first; equal totals keep their order."""
    scored = [candidate for candidate in candidates if candidate.outcome == FINISHED and candidate.scores]
    return best_first(scored)[:CONTENDERS]


def level(best: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two candidates' totals, member by member of one ensemble, are level."""
    return middle([one - two for one, two in zip(best, other, strict=True)])[0] <= 0


def middle(values: Sequence[float]) -> tuple[float, float]:
    """Return the borders of the middle 90 % of values, linear between neighbours. Raises ValueError for none."""
    if not values:
        raise ValueError("there is no middle of no values")
    ordered = sorted(values)
    return _quantile(ordered, (1 - MIDDLE) / 2), _quantile(ordered, (1 + MIDDLE) / 2)


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
