"""Trying suggestions: each one's prompt on the same seeds, so that what differs is the fill alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from promptkit.records import Result
from promptkit.run import OnEvent
from promptkit.suggest import Advice, Suggestion

if TYPE_CHECKING:
    from promptkit.session import Session


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A suggestion with the pictures that its prompt made."""

    number: int
    """Its number among the suggestions for its slot, from 1."""
    suggestion: Suggestion
    result: Result

    @property
    def scores(self) -> Mapping[str, float]:
        """The mean of each score over the seeds, 0 to 1, higher is better; what was not judged has no key."""
        found = [candidate.scores for candidate in self.result.ranked]
        names = dict.fromkeys(name for scores in found for name in scores)
        return {name: fmean(scores[name] for scores in found if name in scores) for name in names}

    def to_json(self) -> dict[str, Any]:
        """Return the trial as plain JSON values."""
        return {
            "slot": self.suggestion.slot,
            "number": self.number,
            "style": self.suggestion.style,
            "scores": dict(self.scores),
            "seeds": [candidate.seed for candidate in self.result.candidates],
            "files": [candidate.path for candidate in self.result.candidates],
        }


def try_out(
    session: Session,
    advice: Advice,
    *,
    candidates: int = 2,
    seed: int = 0,
    out: str | Path | None = None,
    on_event: OnEvent | None = None,
) -> list[Trial]:
    """Generate every suggestion's prompt from the same seeds; return the trials slot by slot, each slot's best first.

    Raises what ``Session.generate`` raises.
    """
    found: list[Trial] = []
    for suggestions in advice.all().values():
        tried = [
            Trial(
                number=number,
                suggestion=made,
                result=session.generate(made.prompt, candidates=candidates, seed=seed, out=out, on_event=on_event),
            )
            for number, made in enumerate(suggestions, 1)
        ]
        found += _ranked(tried)
    return found


def _ranked(trials: Sequence[Trial]) -> list[Trial]:
    return sorted(trials, key=lambda trial: -trial.scores.get("total", -inf))
