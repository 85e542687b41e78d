"""Asking a ranker, which may be anybody's: what it gives is checked before anything rests on it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from promptkit.errors import ScoringError
from promptkit.interfaces import Ranker
from promptkit.prompt import Prompt
from promptkit.records import Candidate

HINT = "Rank with another one, such as --ranker clip, or --ranker none."


def scored(ranker: Ranker, prompt: Prompt, candidates: Sequence[Candidate]) -> list[Mapping[str, float]]:
    """Return one mapping a candidate, each empty or with a ``total``, all of them finite.

    Raises ScoringError, which names the ranker, where it raises or gives anything else.
    """
    try:
        scores = list(ranker.score(prompt, candidates))
        check(scores, len(candidates))
    except Exception as error:
        why = f"{type(error).__name__}: {error}".rstrip(".")
        raise ScoringError(f"The ranker '{ranker.name}' failed: {why}.", hint=HINT) from error
    return scores


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
