"""The words of the stage: what hangs over it, the filters before it, and styles that light a scene with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from promptkit import hookimpl
from promptkit.slots.vocabulary import Term, Vocabulary

LANTERNS = "followspot, footlights, fresnel lantern, gobo, limelight, moving heads, par can, profile spot, strip light"
STATES = "blackout, house lights up, special on centre stage, blue wash, amber wash, backlit haze"
SEEN_FROM = "from the stalls, from the wings, from the gods, from the orchestra pit, from the royal box"
_FILTER = re.compile(r"(?:\b(?:lee|rosco|gam)\s*#?\d{2,4}\b|\b[lr]\d{3}\b|\b(?:ctb|cto)\b)", re.IGNORECASE)
"""Filters by maker and number: Lee 201, Rosco 02, L201; and the two that turn daylight and lamps into each other."""


def _terms(text: str, slot: str) -> tuple[Term, ...]:
    return tuple(Term(word, slot) for word in text.split(", "))


@hookimpl
def register_slot_vocabularies() -> Sequence[Vocabulary]:
    terms = (*_terms(LANTERNS, "lighting"), *_terms(STATES, "lighting"), *_terms(SEEN_FROM, "camera"))
    return [Vocabulary("theatre", terms)]


@hookimpl
def classify_phrase(phrase: str, vocabulary: Vocabulary) -> str | None:  # noqa: ARG001
    """Know filters by their numbers, of which there are too many for a list of words."""
    return "lighting" if _FILTER.search(phrase) else None


@hookimpl
def register_style_packs() -> Sequence[Path]:
    return [Path(__file__).parent / "styles"]
