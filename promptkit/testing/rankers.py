"""The contract of a ranker, checked: what ``promptkit.testing.check_ranker`` runs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from promptkit.interfaces import Ensemble, Ranker
from promptkit.prompt import Prompt
from promptkit.records import Candidate
from promptkit.scoring import check
from promptkit.slots.parse import parse

if TYPE_CHECKING:
    from PIL.Image import Image

TEXT = "a red cat, oil painting, golden hour, close-up"
MODES = ("L", "P", "RGBA")
Scores = Sequence[Mapping[str, float]]


def check_ranker(
    ranker: Ranker, prompt: Prompt | None = None, *, ordered: Sequence[Image] = (), tolerance: float = 1e-4
) -> None:
    """Raise AssertionError where a loaded ranker breaks its contract.

    It is asked for scores of small pictures against ``prompt``: as many as pictures, in their order, each an empty
    mapping or finite numbers with a ``total``, the same again, in any batch to within ``tolerance`` relative and
    absolute, for pictures of any size and mode, and with nothing changed that was handed in. Higher must be better:
    ``ordered`` are pictures from the worst to the best for the prompt, to prove it on.
    """
    said = prompt or parse(TEXT)
    _check_words(ranker)
    _require(list(ranker.score(said, [])) == [], "no candidates must give no scores")
    candidates = [Candidate(index=i, seed=i, image=image) for i, image in enumerate(_pictures())]
    before = [candidate.image.tobytes() for candidate in candidates if candidate.image is not None]
    handed = list(candidates)
    scores = _checked(ranker, said, handed)
    _require(handed == candidates, "the list of candidates was changed")
    _require(before == [c.image.tobytes() for c in handed if c.image is not None], "a picture was changed")
    _require(_checked(ranker, said, candidates) == scores, "the same candidates must give the same scores again")
    backward = _checked(ranker, said, candidates[::-1])[::-1]
    _require(_near(backward, scores, tolerance), "scores must stand in the order of the candidates")
    alone = [_checked(ranker, said, [candidate])[0] for candidate in candidates]
    _require(_near(alone, scores, tolerance), "a candidate must score alone what it scores in a batch")
    for mode in MODES:
        image = candidates[0].image
        assert image is not None
        _checked(ranker, said, [replace(candidates[0], image=image.convert(mode))])
    if ordered:
        _check_order(ranker, said, ordered)
    if isinstance(ranker, Ensemble):
        _check_ensemble(ranker, said, candidates, scores, tolerance)


def _check_words(ranker: Ranker) -> None:
    _require(isinstance(ranker.name, str) and bool(ranker.name), "a ranker must have a name")
    described = dict(ranker.describe())
    try:
        json.dumps(described, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"describe() goes into every recipe, so it must be plain JSON values: {error}") from None


def _checked(ranker: Ranker, prompt: Prompt, candidates: Sequence[Candidate]) -> list[dict[str, float]]:
    scores = [dict(score) for score in ranker.score(prompt, candidates)]
    _check_scores(scores, len(candidates))
    return scores


def _check_scores(scores: Scores, count: int) -> None:
    try:
        check(scores, count)
    except (TypeError, ValueError) as error:
        raise AssertionError(str(error)) from None


def _check_order(ranker: Ranker, prompt: Prompt, ordered: Sequence[Image]) -> None:
    candidates = [Candidate(index=i, seed=i, image=image) for i, image in enumerate(ordered)]
    totals = [score.get("total", -math.inf) for score in _checked(ranker, prompt, candidates)]
    _require(totals == sorted(totals) and len(set(totals)) == len(totals), f"higher must be better: {totals}")


def _check_ensemble(
    ranker: Ensemble, prompt: Prompt, candidates: Sequence[Candidate], scores: Scores, tolerance: float
) -> None:
    _require(list(ranker.score_ensemble(prompt, [])) == [], "no candidates must give no members")
    members = ranker.score_ensemble(prompt, candidates)
    for member in members:
        _check_scores(member, len(candidates))
    judged = any(scores)
    _require(len(members) > 1 or not judged, "an ensemble has several members where anything is judged")
    _require(not judged or _near(members[0], scores, tolerance), "an ensemble's first member is what score() gives")


def _pictures() -> list[Image]:
    """Return pictures of several sizes that differ."""
    from PIL import Image as Pillow

    sizes = ((64, 64), (64, 64), (48, 80), (97, 33))
    colours = ("crimson", "navy", "white", "olive")
    made = [Pillow.new("RGB", size, colour) for size, colour in zip(sizes, colours, strict=True)]
    for image in made:
        image.paste("black", (10, 10, 30, 22))
    return made


def _near(first: Scores, second: Scores, tolerance: float) -> bool:
    return all(
        one.keys() == other.keys()
        and all(math.isclose(one[name], other[name], rel_tol=tolerance, abs_tol=tolerance) for name in one)
        for one, other in zip(first, second, strict=True)
    )


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)
