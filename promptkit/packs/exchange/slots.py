"""The words of a template in their slots. They say what a style is about; what it says is its template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from promptkit.frames import PLACE
from promptkit.packs.schema import MAX_PHRASES, MAX_TEXT, MAX_WEIGHT
from promptkit.prompt import Phrase, Slot
from promptkit.slots.parse import parse
from promptkit.slots.words import FUNCTION_WORDS

STAND_IN = "fox"
"""What stands for ``{prompt}`` while the words round it are read: a thing that a picture can show."""
SUBJECT = "{subject}"
_SLOTS = ("style", "lighting", "camera")


def read_slots(template: str, dialect: str) -> dict[str, Any]:
    """Return ``subject``, ``style``, ``lighting`` and ``camera`` as a pack writes them, as far as there are words.

    Words beside ``{prompt}`` that are about the subject stand round ``{subject}``. Raises PromptError for what the
    dialect refuses.
    """
    text, places = _without_places(template)
    found: dict[str, list[Any]] = {slot: [] for slot in ("subject", *_SLOTS)}
    for phrase in parse(text, dialect=dialect).phrases:
        words = _words(text, phrase, places)
        if not words or len(words) > MAX_TEXT or set("{}") & set(words.replace(SUBJECT, "")):
            continue
        slot = Slot.SUBJECT if SUBJECT in words or phrase.slot not in found else phrase.slot
        value = words if slot == Slot.SUBJECT else _weighted(words, phrase.weight)
        if value not in found[slot]:
            found[slot].append(value)
    subject = _subject(found["subject"])
    return {**({"subject": subject} if subject else {}), **{s: found[s][:MAX_PHRASES] for s in _SLOTS if found[s]}}


def _without_places(template: str) -> tuple[str, list[int]]:
    """Return the template with the stand-in, and where that begins."""
    pieces = template.split(PLACE)
    places, at = [], 0
    for piece in pieces[:-1]:
        at += len(piece)
        places.append(at)
        at += len(STAND_IN)
    return STAND_IN.join(pieces), places


def _words(text: str, phrase: Phrase, places: Sequence[int]) -> str:
    """Return the words of a phrase with ``{subject}`` where the prompt goes, without small words at its ends."""
    assert phrase.start is not None
    assert phrase.end is not None
    pieces, at = [], phrase.start
    for place in places:
        if at <= place < phrase.end:
            pieces += [text[at:place], SUBJECT]
            at = min(place + len(STAND_IN), phrase.end)
    words = "".join((*pieces, text[at : phrase.end])).split()
    if SUBJECT not in " ".join(words):
        while words and words[-1].lower() in FUNCTION_WORDS:
            words.pop()
        while words and words[0].lower() in FUNCTION_WORDS:
            words.pop(0)
    return " ".join(words)


def _weighted(words: str, weight: float) -> Any:
    weight = max(-MAX_WEIGHT, min(MAX_WEIGHT, round(weight, 4)))
    return words if weight == 1.0 else {"text": words, "weight": f"{weight:g}"}


def _subject(parts: list[str]) -> str:
    """Join what is said about the subject; nothing where that is the subject alone."""
    whole = ", ".join(parts)
    if SUBJECT not in whole:
        whole = f"{SUBJECT}, {whole}" if whole else ""
    return whole if whole != SUBJECT and len(whole) <= MAX_TEXT else ""
