"""Words that a model of few words does not know, and the nearest that it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from promptkit.prompt import Phrase, Prompt
from promptkit.slots.vocabulary import normal
from promptkit.slots.words import FUNCTION_WORDS

Vocabulary = Mapping[str, Mapping[str, tuple[str, ...]]]
SUGGESTIONS = 3


@dataclass(frozen=True)
class UnknownWords:
    """The words of one phrase that a model was never taught."""

    words: str
    phrase: str
    slot: str
    nearest: tuple[str, ...]
    """Phrases of the same slot that it knows, the most alike first."""


def unknown_words(prompt: Prompt, vocabulary: Vocabulary | None) -> list[UnknownWords]:
    """Return what the model does not know; nothing for a model without a limit."""
    if vocabulary is None:
        return []
    known = sorted(
        (normal(text) for table in vocabulary.values() for texts in table.values() for text in texts),
        key=len,
        reverse=True,
    )
    found = [_unknown(phrase, vocabulary, known) for phrase in prompt.phrases]
    return [entry for entry in found if entry is not None]


def _unknown(phrase: Phrase, vocabulary: Vocabulary, known: list[str]) -> UnknownWords | None:
    rest = f" {normal(phrase.text)} "
    for name in known:
        rest = rest.replace(f" {name} ", "  ")
    words = [word for word in rest.split() if word not in FUNCTION_WORDS]
    if not words:
        return None
    text = " ".join(words)
    return UnknownWords(text, phrase.text, phrase.slot, _nearest(text, vocabulary.get(phrase.slot, {})))


def _nearest(text: str, table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Rank the values of a slot by their most alike phrase, and name each by its usual phrase."""
    from rapidfuzz import fuzz

    def likeness(phrases: tuple[str, ...]) -> float:
        return max(fuzz.WRatio(text, phrase) for phrase in phrases)

    ranked = sorted(table.values(), key=likeness, reverse=True)
    return tuple(phrases[0] for phrases in ranked[:SUGGESTIONS])
