"""What a prompt is: a text, and phrases of it that each say one thing about the picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from promptkit.dialects.joining import Part, parts
from promptkit.frames import Frame, framed, framed_negative

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
_OPENING = re.compile(r"[(\[]\s*$")
_CLOSING = re.compile(r"\s*(?::\s*[-+]?[\d.]+\s*)?[)\]]")
_COMPEL_OPENING = re.compile(r"""[("]\s*$""")
_COMPEL_CLOSING = re.compile(r"""\s*[)"](?:[-+]+|\d*\.\d+|\d+)?""")
"""The signs round a phrase that stands alone in a bracket."""


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
class Conflict:
    """Two phrases that cannot both be had, who said each of them, and what became of them."""

    first: Phrase
    """The one that stays. Its ``source`` says who said it."""
    second: Phrase
    """The one that gave way; a style's unwanted words stand here too, as a negative phrase."""
    why: str
    """What sets them against each other: "two focal lengths", "the slot is yours"."""
    both: bool = False
    """Whether both stay, because nothing decides between them."""
    unwanted: str = ""
    """Which of the two is a negative phrase, which forbids the other: ``"first"``, ``"second"``, or neither."""

    @property
    def message(self) -> str:
        """Say it in one line: the slot, the two phrases with who said them, and what is done."""
        first, second = _saying(self.first, self.unwanted == "first"), _saying(self.second, self.unwanted == "second")
        end = "both stay" if self.both else f"{_owner(self.first)} stays"
        return f"{self.slot}: {first}; {second} ({self.why}): {end}."

    @property
    def slot(self) -> str:
        """The slot of the phrase that shows: a negative phrase's own is a guess."""
        return (self.second if self.unwanted == "first" else self.first).slot

    @property
    def replaceable(self) -> bool:
        """Whether a style could have its way if it were told to replace what was typed in the slot."""
        return self.first.typed and not self.unwanted and not self.both

    def to_json(self) -> dict[str, Any]:
        """Return the conflict as plain JSON values."""
        return {
            "slot": str(self.slot),
            "first": {"text": self.first.text, "source": self.first.source, "weight": self.first.weight},
            "second": {"text": self.second.text, "source": self.second.source, "weight": self.second.weight},
            "why": self.why,
            "outcome": "both stay" if self.both else "the first stays",
            "message": self.message,
        }


def _saying(phrase: Phrase, unwanted: bool) -> str:
    if phrase.source == USER:
        return f'you want no "{phrase.text}"' if unwanted else f'you typed "{phrase.text}"'
    return f'{phrase.source} wants {"no " if unwanted else ""}"{phrase.text}"'


def _owner(phrase: Phrase) -> str:
    return "yours" if phrase.source == USER else f"that of {phrase.source}"


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
    frames: tuple[Frame, ...] = ()
    """What imported styles put round everything else, word for word, in the order in which they were applied."""
    styles: tuple[str, ...] = ()
    """Names of the styles that were applied, in order."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Generation settings those styles ask for; what the user sets counts more."""
    finish: tuple[Mapping[str, Any], ...] = ()
    """The chain of post-processors those styles ask for: ``name`` and ``settings`` of each step."""
    conflicts: tuple[Conflict, ...] = ()
    """What the styles wanted and could not have, or have beside what contradicts it."""
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
        """The text the model is given: every typed character in its order, and behind it what styles added.

        Where the text holds several prompts (``AND``), each is given what styles added; see ``dialects.joining``. What
        imported styles say word for word stands round the whole.
        """
        return framed(self._joined(), self.frames)

    def to_json(self) -> dict[str, Any]:
        """Return the prompt as plain JSON values: what ``promptkit parse --json`` prints."""
        return {
            "text": self.text,
            "drawn_from": self.drawn_from,
            "dialect": self.dialect,
            "resolved": self.resolved,
            "negative": self.negative_resolved,
            "phrases": [phrase.to_json() for phrase in self.phrases],
            "negative_phrases": [phrase.to_json() for phrase in self.negative],
            "missing": list(self.missing),
            "left_to_chance": {slot: CHANCE[slot] for slot in self.missing if slot not in self.hinted},
            "hinted": {slot: [phrase.text for phrase in phrases] for slot, phrases in self.hinted.items()},
            "styles": list(self.styles),
            "replaced": [phrase.to_json() for phrase in self.replaced],
            "conflicts": [conflict.to_json() for conflict in self.conflicts],
        }

    def _joined(self) -> str:
        added = tuple(phrase for phrase in self.phrases if self._joins(phrase))
        if not (added or self.replaced):
            return self.text
        pieces, at = [], 0
        for part in parts(self.text, self.dialect):
            gone = [p for p in self.replaced if p.start is not None and part.start <= p.start < part.end]
            typed = _without(self.text[part.start : part.end], gone, part.start, self.dialect)
            pieces += [self.text[at : part.start], part.join(typed, self._all_written(added, part))]
            at = part.end
        return "".join((*pieces, self.text[at:]))

    @cached_property
    def negative_resolved(self) -> str:
        """The negative text the model is given."""
        return framed_negative(self._negative_joined(), self.frames)

    def _negative_joined(self) -> str:
        added = tuple(phrase for phrase in self.negative if self._joins(phrase))
        if not added:
            return self.negative_text
        last = parts(self.negative_text, self.dialect)[-1]
        joined = last.join(self.negative_text[last.start : last.end], self._all_written(added, last))
        return self.negative_text[: last.start] + joined + self.negative_text[last.end :]

    def _joins(self, phrase: Phrase) -> bool:
        """Whether a phrase is written behind the typed text: it was added, and no frame says it."""
        return not phrase.typed and all(frame.source != phrase.source for frame in self.frames)

    def _all_written(self, phrases: tuple[Phrase, ...], part: Part) -> str:
        return ", ".join(self._written(phrase.text, round(phrase.weight / part.weight, 4)) for phrase in phrases)

    def _written(self, text: str, weight: float) -> str:
        """Write an added phrase as the dialect would; plain text has no way to say a weight."""
        if weight == 1.0 or self.dialect == "plain":
            return text
        if self.dialect == "compel":
            return f"({_COMPEL_SIGNS.sub(_escaped, text)}){weight:g}"
        return f"({text}:{weight:g})"


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"\\{sign}" for sign in match.group())


def _without(text: str, phrases: Sequence[Phrase], offset: int, dialect: str) -> str:
    """Cut phrases out of a text that begins at ``offset``."""
    for phrase in sorted(phrases, key=lambda phrase: phrase.start or 0, reverse=True):
        assert phrase.start is not None
        assert phrase.end is not None
        begin, end, joint = removal(text, phrase.start - offset, phrase.end - offset, dialect)
        text = text[:begin] + joint + text[end:]
    return text


def removal(text: str, start: int, end: int, dialect: str) -> tuple[int, int, str]:
    """Return what goes with the words from ``start`` to ``end`` when they are cut out of a text: from where, to where,
    with the brackets that hold nothing else and the separators, and what mends the place."""
    opens, closes = (_COMPEL_OPENING, _COMPEL_CLOSING) if dialect == "compel" else (_OPENING, _CLOSING)
    before, after = text[:start], text[end:]
    while (opening := opens.search(before)) and (closing := closes.match(after)):
        before, after = before[: opening.start()], after[closing.end() :]
    joint = ", " if before.strip(" ,") and after.strip(" ,") else ""
    return len(before.rstrip(" ,")), len(text) - len(after.lstrip(" ,")), joint
