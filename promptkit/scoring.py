"""Asking a ranker, which may be anybody's: what it gives is checked before anything rests on it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from promptkit.errors import ScoringError
from promptkit.interfaces import Ensemble, Ranker
from promptkit.prompt import Prompt
from promptkit.records import Candidate

HINT = "Rank with another one, such as --ranker clip, or --ranker none."


def scored(
    ranker: Ranker, prompt: Prompt, candidates: Sequence[Candidate], *, plugin: str | None = None
) -> list[Mapping[str, float]]:
    """Return one mapping a candidate, each empty or with a ``total``, all of them finite.

    Raises ScoringError, which names the ranker and the third party's ``plugin`` that brought it, where it raises or
    gives anything else.
    """
    try:
        scores = list(ranker.score(prompt, candidates))
        check(scores, len(candidates))
    except (Exception, SystemExit) as error:
        raise ScoringError(f"{_title(ranker, plugin)} failed: {_why(error)}.", hint=HINT) from error
    return scores


def members_of(
    ranker: Ensemble, prompt: Prompt, candidates: Sequence[Candidate], *, plugin: str | None = None
) -> list[list[float]]:
    """Return the totals of an ensemble's members; see ``scored``."""
    try:
        members = ranker.score_ensemble(prompt, candidates)
        for member in members:
            check(member, len(candidates))
        return [[score["total"] for score in member] for member in members]
    except (Exception, SystemExit) as error:
        said = f"{_title(ranker, plugin)} could not measure its noise, so no ties are told: {_why(error)}."
        raise ScoringError(said, hint=HINT) from error


def _title(ranker: object, plugin: str | None) -> str:
    name = getattr(ranker, "name", type(ranker).__name__)
    return f"The ranker '{name}'" + ("" if plugin is None else f" of plugin '{plugin}'")


def _why(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": .")


def check(scores: Sequence[Mapping[str, float]], count: int) -> None:
    """Raise ValueError for another number of scores than candidates, one that is not finite, and slots without a
    total."""
    if len(scores) != count:
        raise ValueError(f"{len(scores)} scores for {count} candidates")
    for score in scores:
        if score and "total" not in score:
            raise ValueError("a score has no 'total'")
        for name, value in score.items():
            if not math.isfinite(value):
                raise ValueError(f"the score '{name}' is {value}")
