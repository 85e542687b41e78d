"""A small tagger for words that no term and no rule claims: an averaged perceptron over where they stand and how they
look.

Collins, "Discriminative training methods for hidden Markov models" (2002), decoded greedily from the left. The
weights are
data (``data/tagger.json``), made by ``benchmarks/train_tagger.py``; reading a prompt needs nothing but Python.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from promptkit.slots.words import FUNCTION_WORDS, Word

SLOTS = ("subject", "style", "lighting", "camera")
ARTICLES = frozenset(("a", "an", "the", "his", "her", "its", "their"))


@dataclass(frozen=True)
class Place:
    """What is known of a segment when its words are tagged."""

    words: Sequence[Word]
    claimed: Sequence[str | None]
    """The slot that terms and rules gave each word."""
    before: str | None
    """The slot in which the segment before ended."""
    number: int
    """Which segment it is, from 0."""
    named: bool
    """Whether a maker ("by …") was named before."""


def features(place: Place, at: int, previous: str) -> Iterator[str]:
    """Yield the features of one word; ``previous`` is the slot given to the word before it."""
    words, claimed = place.words, place.claimed
    word = words[at]
    length = min(len(words), 6)
    left = words[at - 1].text if at else "^"
    right = words[at + 1].text if at + 1 < len(words) else "$"
    left_slot = (claimed[at - 1] or "-") if at else "^"
    right_slot = (claimed[at + 1] or "-") if at + 1 < len(words) else "$"
    others = "".join(sorted({(slot or "-")[0:2] for slot in claimed}))
    article = any(other.text in ARTICLES for other in words)
    bare = not any(other.text in FUNCTION_WORDS for other in words)
    number = min(place.number, 4)
    yield "bias"
    yield f"w={word.text}"
    yield f"end={word.text[-3:]}"
    yield f"end2={word.text[-2:]}"
    yield f"shape={_shape(word)}"
    yield f"left={left}"
    yield f"right={right}"
    yield f"slots={left_slot},{right_slot}"
    yield f"prev={previous}"
    yield f"prev={previous},left={left_slot}"
    yield f"before={place.before},len={length}"
    yield f"before={place.before},number={number}"
    yield f"before={place.before},bare={bare}"
    yield f"number={number},len={length},article={article}"
    yield f"named={place.named},bare={bare},len={length}"
    yield f"in={others}"
    yield f"in={others},before={place.before}"
    yield f"at={'first' if at == 0 else 'last' if at == len(words) - 1 else 'inside'},len={length}"


def _shape(word: Word) -> str:
    if word.written.isdigit():
        return "digits"
    if word.written[0].isupper():
        return "Capital" if word.written[1:].islower() else "UPPER"
    return "lower" if word.written.isalpha() else "mixed"


class Tagger:
    """Scores each slot by the sum of its features' weights."""

    def __init__(self, weights: Mapping[str, Sequence[float]]) -> None:
        self.weights = weights

    def scores(self, found: Sequence[str]) -> list[float]:
        totals = [0.0] * len(SLOTS)
        for feature in found:
            weights = self.weights.get(feature)
            if weights is not None:
                for i, weight in enumerate(weights):
                    totals[i] += weight
        return totals

    def tag(self, place: Place) -> list[tuple[str, float]]:
        """Return a slot and how sure it is (0.25 … 1) for every word; claimed words keep their slots, with 1."""
        found: list[tuple[str, float]] = []
        previous = "^"
        for at, slot in enumerate(place.claimed):
            if slot is not None:
                found.append((slot, 1.0))
            else:
                totals = self.scores(list(features(place, at, previous)))
                best = max(range(len(SLOTS)), key=totals.__getitem__)
                share = 1 / sum(math.exp(max(total - totals[best], -50.0)) for total in totals)
                found.append((SLOTS[best], share))
            previous = found[-1][0]
        return found


@lru_cache(maxsize=1)
def builtin_tagger() -> Tagger:
    """Return the tagger that promptkit brings."""
    text = files("promptkit.slots").joinpath("data", "tagger.json").read_text(encoding="utf-8")
    return Tagger(json.loads(text)["weights"])
