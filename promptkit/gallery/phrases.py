"""A prompt in pieces, each with the slot that it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from promptkit.errors import PromptkitError
from promptkit.metadata.values import mapping, sequence, text
from promptkit.slots.parse import parse

LONGEST = 64 * 1024
"""Characters of a prompt that are shown."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A run of a prompt's characters."""

    text: str
    slot: str | None = None
    """What it is about; ``None`` for signs and words between phrases."""
    source: str | None = None
    """The style that added it; ``None`` for what was typed."""


@dataclass(frozen=True, kw_only=True)
class _Said:
    text: str
    slot: str
    source: str | None


def recorded_pieces(recipe: Mapping[str, Any]) -> tuple[Piece, ...] | None:
    """Return what the model was given, with the phrases that a recipe keeps, or read anew where it keeps none; ``None``
    where it does not tell."""
    resolved = text(recipe.get("resolved"))
    if resolved is None:
        return None
    found = [phrase for phrase in map(mapping, sequence(recipe.get("phrases"))) if text(phrase.get("text"))]
    if not found:
        return read_pieces(resolved, text(recipe.get("dialect")) or "a1111")
    said = [_phrase(phrase) for phrase in sorted(found, key=lambda phrase: phrase.get("start") is None)]
    return tuple(_cut(resolved, said))


def _phrase(phrase: Mapping[str, Any]) -> _Said:
    source = None if phrase.get("start") is not None else text(phrase.get("source"))
    return _Said(text=phrase["text"], slot=text(phrase.get("slot")) or "subject", source=source)


@lru_cache(maxsize=256)
def read_pieces(prompt: str, dialect: str = "a1111") -> tuple[Piece, ...]:
    """Return a prompt read into slots; in one piece where it cannot be read."""
    try:
        phrases = parse(prompt, dialect=dialect).phrases
    except PromptkitError:
        return (Piece(text=_shown(prompt)),)
    return tuple(_cut(prompt, [_Said(text=one.text, slot=one.slot, source=None) for one in phrases]))


def _cut(whole: str, phrases: Sequence[_Said]) -> Iterator[Piece]:
    """Yield the pieces of a text, in which phrases stand from left to right."""
    at, whole = 0, _shown(whole)
    for phrase in phrases:
        start = whole.find(phrase.text, at)
        if start < 0:
            continue
        if start > at:
            yield Piece(text=whole[at:start])
        at = start + len(phrase.text)
        yield Piece(text=phrase.text, slot=phrase.slot, source=phrase.source)
    if at < len(whole):
        yield Piece(text=whole[at:])


def _shown(prompt: str) -> str:
    """Return a prompt, or the beginning of one that is longer than any that promptkit takes."""
    return prompt if len(prompt) <= LONGEST else f"{prompt[:LONGEST]}… ({len(prompt):,} characters)"


def by_slot(pieces: Sequence[Piece]) -> dict[str, str]:
    """Return the words of each slot, in the order in which slots come up."""
    found: dict[str, list[str]] = {}
    for piece in pieces:
        if piece.slot is not None:
            found.setdefault(piece.slot, []).append(piece.text)
    return {slot: ", ".join(texts) for slot, texts in found.items()}
