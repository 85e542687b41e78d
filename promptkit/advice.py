"""What is said before a prompt is used: words that a model of few words does not know, with the nearest that it does,
and imported styles whose weights would be read otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from promptkit.dialects.convert import convert
from promptkit.errors import PromptError
from promptkit.frames import Frame
from promptkit.prompt import Phrase, Prompt
from promptkit.slots.vocabulary import normal
from promptkit.slots.words import FUNCTION_WORDS

Table = Mapping[str, tuple[str, ...]]
Vocabulary = Mapping[str, Table]
SUGGESTIONS = 3
ALIKE = 70.0
"""From here on, in per cent, two spellings count as alike."""


@dataclass(frozen=True)
class UnknownWords:
    """The words of one phrase that a model was never taught."""

    words: str
    phrase: str
    slot: str
    nearest: tuple[str, ...]
    """Phrases of the same slot that it knows, the nearest first."""


def unknown_words(
    prompt: Prompt, vocabulary: Vocabulary | None, related: Vocabulary | None = None
) -> list[UnknownWords]:
    """Return what the model does not know; nothing for a model without a limit.

    ``related`` names for each slot and value the words of everyday that mean something near it.
    """
    if vocabulary is None:
        return []
    known = _known(vocabulary)
    found = []
    for phrase in prompt.phrases:
        words = _unknown(phrase, known)
        if words:
            near = _nearest(words, vocabulary.get(phrase.slot, {}), (related or {}).get(phrase.slot, {}))
            found.append(UnknownWords(words, phrase.text, phrase.slot, near))
    return found


def knows(phrase: Phrase, vocabulary: Vocabulary | None) -> bool:
    """Whether a model was taught every word of a phrase; one without a limit knows all."""
    return vocabulary is None or not _unknown(phrase, _known(vocabulary))


def _known(vocabulary: Vocabulary) -> list[str]:
    """Return everything that a model knows, the longest first."""
    phrases = (normal(text) for table in vocabulary.values() for texts in table.values() for text in texts)
    return sorted(phrases, key=len, reverse=True)


def _unknown(phrase: Phrase, known: list[str]) -> str:
    """Return the words of a phrase that are left when all that is known is taken out."""
    rest = f" {normal(phrase.text)} "
    for name in known:
        rest = rest.replace(f" {name} ", "  ")
    return " ".join(word for word in rest.split() if word not in FUNCTION_WORDS)


def _nearest(words: str, table: Table, related: Table) -> tuple[str, ...]:
    """Return the usual phrases of the nearest values: by meaning where it is known, then by spelling, then just
    some."""
    from rapidfuzz import fuzz

    said = set(words.split()) | {words}
    kin = [value for value, names in related.items() if said & set(names)]

    def likeness(value: str) -> float:
        return max(fuzz.ratio(words, phrase) for phrase in table[value])

    alike = [value for value in sorted(table, key=likeness, reverse=True) if likeness(value) >= ALIKE]
    values = list(dict.fromkeys((*kin, *alike))) or list(table)
    return tuple(table[value][0] for value in values[:SUGGESTIONS] if value in table)


def misread_frames(prompt: Prompt) -> list[Frame]:
    """Return the frames of imported styles that mean something else in the prompt's dialect than in their own."""
    return [frame for frame in prompt.frames if frame.dialect is not None and _misread(frame, prompt.dialect)]


def _misread(frame: Frame, dialect: str) -> bool:
    try:
        texts = (frame.text, frame.negative)
        return any(convert(text, source=frame.dialect or dialect, target=dialect).changes for text in texts)
    except PromptError:
        return False
