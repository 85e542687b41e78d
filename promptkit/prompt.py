"""What a prompt is: a text, and phrases of it that each say one thing about the picture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

USER = "user"
"""The ``source`` of every phrase that was typed."""


class Slot(StrEnum):
    """What a phrase is about. A slot is a ``str``: packs and plugins may register more."""

    SUBJECT = "subject"
    STYLE = "style"
    LIGHTING = "lighting"
    CAMERA = "camera"


SLOTS: tuple[str, ...] = tuple(slot.value for slot in Slot)
CHANCE = {
    "subject": "what the picture shows",
    "style": "medium and look",
    "lighting": "where the light comes from and how hard it is",
    "camera": "distance, angle and focus",
}
"""What is left to chance when a slot is empty."""

_COMPEL_SIGNS = re.compile(r'[()"=]|[+-]+(?=[\s.,+-]|$)')
"""What would count as a sign in words between compel's brackets."""


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """A run of words about one slot.

    ``start`` and ``end`` are character offsets into ``Prompt.text``, both ``None`` when the words were not typed.
    """

    text: str
    slot: str
    weight: float = 1.0
    """Attention weight, 1 is neutral; higher pulls the picture towards the phrase."""
    start: int | None = None
    end: int | None = None
    source: str = USER
    """Who said it: ``"user"``, or the ``pack/style`` or plugin that added it."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """Other slots that the words lean on, each with what they lean towards."""
    confidence: float = 1.0
    """How sure the slot is, 0 to 1."""
    reason: str = ""
    """What decided the slot: a vocabulary term, a rule, or a tagger."""

    @property
    def typed(self) -> bool:
        return self.start is not None

    def to_json(self) -> dict[str, Any]:
        """Return the phrase as plain JSON values."""
        return {**asdict(self), "slot": str(self.slot), "hints": dict(self.hints)}


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A typed text read into phrases, with what styles added to it.

    ``str(prompt)`` is what was typed, byte for byte; ``prompt.resolved`` is what the model is given.
    """

    text: str
    phrases: tuple[Phrase, ...]
    negative: tuple[Phrase, ...] = ()
    negative_text: str = ""
    """The negative prompt as typed; ``negative_resolved`` is what the model is given."""
    dialect: str = "a1111"
    replaced: tuple[Phrase, ...] = ()
    """Typed phrases that a style replaced because it was told to; they are cut out of ``resolved``."""
    template: str | None = None
    """A verbatim template of an imported style; ``{prompt}`` in it stands for everything else."""
    styles: tuple[str, ...] = ()
    """Names of the styles that were applied, in order."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Generation settings those styles ask for; what the user sets counts more."""
    drawn_from: str | None = None
    """The template whose resolution ``text`` is; ``None`` when it was typed as it is."""

    def __str__(self) -> str:
        return self.text

    def slot(self, name: str) -> tuple[Phrase, ...]:
        """Return the phrases of one slot, in the order in which the model reads them."""
        return tuple(phrase for phrase in self.phrases if phrase.slot == name)

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The slots that no phrase fills: what is left to chance, or only hinted at."""
        return tuple(name for name in SLOTS if not self.slot(name))

    @cached_property
    def hinted(self) -> dict[str, tuple[Phrase, ...]]:
        """For each missing slot that some phrase leans on, those phrases."""
        found = {name: tuple(phrase for phrase in self.phrases if name in phrase.hints) for name in self.missing}
        return {name: phrases for name, phrases in found.items() if phrases}

    @cached_property
    def resolved(self) -> str:
        """The text the model is given: the typed text in its place, then what styles added."""
        kept = _without(self.text, self.replaced)
        added = [self._written(phrase) for phrase in self.phrases if not phrase.typed]
        body = ", ".join(part for part in (kept, *added) if part)
        return body if self.template is None else self.template.replace("{prompt}", body)

    @cached_property
    def negative_resolved(self) -> str:
        """The negative text the model is given."""
        added = [self._written(phrase) for phrase in self.negative if not phrase.typed]
        return ", ".join(part for part in (self.negative_text, *added) if part)

    def _written(self, phrase: Phrase) -> str:
        """Write an added phrase as the dialect would; plain text has no way to say a weight."""
        if phrase.weight == 1.0 or self.dialect == "plain":
            return phrase.text
        if self.dialect == "compel":
            return f"({_COMPEL_SIGNS.sub(_escaped, phrase.text)}){phrase.weight:g}"
        return f"({phrase.text}:{phrase.weight:g})"


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"\\{sign}" for sign in match.group())


def _without(text: str, phrases: tuple[Phrase, ...]) -> str:
    """Cut the spans of ``phrases`` out of ``text`` and mend the separators round each cut."""
    if not phrases:
        return text
    for phrase in sorted(phrases, key=lambda phrase: phrase.start or 0, reverse=True):
        before, after = text[: phrase.start], text[phrase.end :]
        text = before.rstrip(" ,") + (", " if before.strip(" ,") and after.strip(" ,") else "") + after.lstrip(" ,")
    return text
