"""Scoring a picture before and after each step of a chain, against the prompt that it was made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.errors import ScoringError
from promptkit.interfaces import Ranker
from promptkit.prompt import Prompt
from promptkit.records import Candidate
from promptkit.rgb import as_rgb
from promptkit.scoring import scored
from promptkit.ties import measured

if TYPE_CHECKING:
    from PIL.Image import Image

DIGITS = 4
"""Of the scores that a recipe keeps; views show three of these, and so does a loss that is told."""
SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The scores of a picture before and after a step: ``total`` and one key a slot, higher is better."""

    before: Mapping[str, float]
    after: Mapping[str, float]
    level: bool
    """Whether the totals differ by no more than the noise of the measurement; ``False`` where that is not known."""

    @property
    def lost(self) -> str:
        """Say how far the step lowered the alignment; empty where it did not."""
        before, after = (self.to_json()[when] for when in ("before", "after"))
        first, last = (f"{scores.get('total', 0.0):.{SHOWN}f}" for scores in (before, after))
        if self.level or float(last) >= float(first):
            return ""
        slots = {slot: value - after[slot] for slot, value in before.items() if slot in after and slot != "total"}
        worst = max(slots, key=lambda slot: slots[slot], default="")
        most = ""
        if worst and slots[worst] > 0:
            most = f", most of all in {worst} ({before[worst]:.{SHOWN}f} to {after[worst]:.{SHOWN}f})"
        return f"lowered the alignment with the prompt from {first} to {last}{most}."

    def to_json(self) -> dict[str, Any]:
        return {
            name: {slot: round(value, DIGITS) for slot, value in scores.items()}
            for name, scores in (("before", self.before), ("after", self.after))
        }


class Judge:
    """A ranker with the prompt of a picture. A ranker that fails is left out from then on, and told in ``notes``."""

    def __init__(self, ranker: Ranker, prompt: Prompt, *, plugin: str | None = None) -> None:
        self._ranker: Ranker | None = ranker
        self._prompt, self._plugin = prompt, plugin
        self.notes: list[str] = []

    def __call__(self, before: Image, after: Image) -> Judgement | None:
        """Score two pictures; ``None`` where nothing in the prompt can be judged."""
        if self._ranker is None:
            return None
        try:
            return self._judged(self._ranker, before, after)
        except ScoringError as error:
            self.notes.append(f"{error.message} The steps were not judged.")
            self._ranker = None
            return None

    def _judged(self, ranker: Ranker, before: Image, after: Image) -> Judgement | None:
        pair = [Candidate(index=i, seed=0, image=as_rgb(image)) for i, image in enumerate((before, after))]
        scores = scored(ranker, self._prompt, pair, plugin=self._plugin)
        if not all(scores):
            return None
        first, second = scores
        if second["total"] >= first["total"]:
            return Judgement(before=first, after=second, level=False)
        told = [
            Candidate(index=one.index, seed=0, image=one.image, scores=dict(score))
            for one, score in zip(pair, scores, strict=True)
        ]
        looked = measured(ranker, self._prompt, told, plugin=self._plugin)
        return Judgement(before=first, after=second, level=looked[1].tied)
