"""Applying styles to a prompt: what was typed wins, empty slots are filled, and every phrase says who added it.

Of several styles each says its part of every open slot, in the order in which they were named, at its weight. Where
two of their phrases exclude each other (``packs/data/exclusive.txt``), the style of the higher weight has its way, and
of equals the one named first; their settings follow the same rule. Whatever gives way is in ``Prompt.conflicts``.
An imported style says all that its template says, whatever was typed, and the others give way to it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from promptkit.frames import DEFAULT_TOOL, Frame
from promptkit.packs.exclusive import exclusion
from promptkit.packs.library import in_conflict
from promptkit.packs.style import Style, StyleText
from promptkit.prompt import SLOTS, Conflict, Phrase, Prompt, Slot
from promptkit.seeds import Draw
from promptkit.slots.vocabulary import normal

YOURS = "the slot is yours"
FORBIDDEN = "one forbids the other"
NOT_TOGETHER = "one of the two styles says that they do not go together"
_ADDED_TO = (Slot.SUBJECT, Slot.STYLE)
"""Slots that styles add to, also where something was typed."""
_BRACE = re.compile(r"\{([a-z0-9-]+)\}")


@dataclass(frozen=True)
class AppliedStyle:
    """A style and how strongly it speaks: its weight multiplies those of its phrases."""

    style: Style
    weight: float = 1.0


def apply_styles(
    prompt: Prompt,
    styles: Sequence[AppliedStyle],
    *,
    draw: Draw,
    override: Collection[str] = (),
    locked: Collection[str] = (),
) -> Prompt:
    """Return the prompt with styles added; slots in ``override`` lose their typed phrases, those in ``locked`` get
    none of a style's. While a slot is locked, imported styles are applied slot by slot.

    Choices come from ``draw("pack/style.choice")``.
    """
    given_up = set(override) - set(locked)
    replaced = tuple(phrase for phrase in prompt.phrases if phrase.typed and phrase.slot in given_up)
    kept = tuple(phrase for phrase in prompt.phrases if phrase not in replaced)
    mix = _Mix(kept, prompt.negative)
    loudest = sorted(styles, key=lambda applied: -applied.weight)
    texts = {applied.style.id: _choose(applied.style, draw) for applied in styles}
    framing = [applied for applied in styles if _frames_it(applied) and not locked]
    for applied in framing:
        mix.take(_wanted(applied, texts[applied.style.id]), _unwanted(applied, texts[applied.style.id]))
    for applied in (applied for applied in loudest if applied not in framing):
        wanted = _wanted(applied, texts[applied.style.id])
        mix.add([phrase for phrase in wanted if phrase.slot not in locked])
    for applied in (applied for applied in styles if applied not in framing):
        mix.forbid(_unwanted(applied, texts[applied.style.id]))
    return replace(
        prompt,
        phrases=(*kept, *_in_order(mix.added, loudest, styles)),
        negative=tuple(mix.negative),
        replaced=(*prompt.replaced, *replaced),
        frames=(*prompt.frames, *(_frame(applied, texts[applied.style.id]) for applied in framing)),
        styles=(*prompt.styles, *(applied.style.id for applied in styles)),
        settings={**prompt.settings, **_settings(loudest)},
        finish=_finish(loudest) or prompt.finish,
        conflicts=(*prompt.conflicts, *mix.conflicts, *_declared(styles, texts)),
    )


class _Mix:
    """Phrases as they are added; who comes first stays."""

    def __init__(self, kept: Sequence[Phrase], negative: Sequence[Phrase]) -> None:
        self.kept = kept
        self.negative = list(negative)
        self.added: list[Phrase] = []
        self.conflicts: list[Conflict] = []

    def take(self, wanted: Sequence[Phrase], unwanted: Sequence[Phrase]) -> None:
        """Add all that an imported style says: its words stand in its template, and nothing can take them out."""
        for phrase in wanted:
            if not _said(phrase, (*self.kept, *self.added)):
                self.conflicts += [replace(conflict, both=True) for conflict in self._against(phrase)[:1]]
                self.added.append(phrase)
        for phrase in unwanted:
            if not _said(phrase, self.negative):
                self.conflicts += [replace(conflict, both=True) for conflict in self._forbidden(phrase)]
                self.negative.append(phrase)

    def add(self, wanted: Sequence[Phrase]) -> None:
        """Add what one style wants, or note what stands against it."""
        fresh = [phrase for phrase in wanted if not _said(phrase, (*self.kept, *self.added))]
        for slot in dict.fromkeys(phrase.slot for phrase in fresh):
            asked = [phrase for phrase in fresh if phrase.slot == slot]
            typed = [phrase for phrase in self.kept if phrase.slot == slot]
            if typed and slot not in _ADDED_TO:
                self.conflicts.append(_yields(typed, asked))
                continue
            for phrase in asked:
                against = self._against(phrase)
                self.conflicts += against[:1]
                if all(conflict.both for conflict in against):
                    self.added.append(phrase)

    def _against(self, phrase: Phrase) -> list[Conflict]:
        """Return what stands against a phrase, what decides first: your negatives, then phrases of others."""
        found = [
            Conflict(first=no, second=phrase, why=FORBIDDEN, unwanted="first")
            for no in self.negative
            if no.typed and _forbids(no.text, phrase.text)
        ]
        for other in (*self.kept, *self.added):
            reason = exclusion(phrase.slot, other.text, phrase.text) if other.slot == phrase.slot else None
            if reason is not None and other.source != phrase.source:
                found.append(Conflict(first=other, second=phrase, why=reason.title, both=reason.mixes))
        return sorted(found, key=lambda conflict: conflict.both)

    def forbid(self, unwanted: Sequence[Phrase]) -> None:
        """Add what one style does not want, but for what the prompt says."""
        for phrase in unwanted:
            if not _said(phrase, self.negative):
                against = self._forbidden(phrase)
                self.conflicts += against
                self.negative += [] if against else [phrase]

    def _forbidden(self, negative: Phrase) -> list[Conflict]:
        """Return the first phrase that a negative one forbids, as a conflict."""
        said = [phrase for phrase in (*self.kept, *self.added) if _forbids(negative.text, phrase.text)]
        return [Conflict(first=phrase, second=negative, why=FORBIDDEN, unwanted="second") for phrase in said[:1]]


def _said(phrase: Phrase, phrases: Sequence[Phrase]) -> bool:
    """Whether one of ``phrases`` says the same words about the same slot."""
    return any(
        phrase.text == other.text or (phrase.slot == other.slot and normal(phrase.text) == normal(other.text))
        for other in phrases
    )


def _forbids(negative: str, text: str) -> bool:
    return bool(normal(negative)) and f" {normal(negative)} " in f" {normal(text)} "


def _yields(typed: Sequence[Phrase], asked: Sequence[Phrase]) -> Conflict:
    """Say that a style's slot gives way to yours, by the two phrases that exclude each other if there are such."""
    for first, second in itertools.product(typed, asked):
        if reason := exclusion(first.slot, first.text, second.text):
            return Conflict(first=first, second=second, why=reason.title)
    return Conflict(first=typed[0], second=asked[0], why=YOURS)


def _in_order(added: Sequence[Phrase], loudest: Sequence[AppliedStyle], named: Sequence[AppliedStyle]) -> list[Phrase]:
    """Order phrases by slot, then as their styles were named, then as those say them.

    The order of slots is the usual one, or that of the loudest style that gives one.
    """
    asked = next((applied.style.order for applied in loudest if applied.style.order), ())
    slots = list(dict.fromkeys((*asked, *SLOTS)))
    place = {applied.style.id: i for i, applied in reversed(list(enumerate(named)))}
    return sorted(added, key=lambda phrase: (slots.index(phrase.slot), place[phrase.source]))


def _settings(loudest: Sequence[AppliedStyle]) -> dict[str, object]:
    return {name: value for applied in reversed(loudest) for name, value in applied.style.settings.items()}


def _finish(loudest: Sequence[AppliedStyle]) -> tuple[Mapping[str, Any], ...]:
    """Return the chain of the loudest style that has one: of two, each would be put on what the other made."""
    chain = next((applied.style.finish for applied in loudest if applied.style.finish), ())
    return tuple({"name": name, "settings": settings} for step in chain for name, settings in step.items())


def _declared(styles: Sequence[AppliedStyle], texts: Mapping[str, dict[str, str]]) -> Iterator[Conflict]:
    """Yield the pairs of styles that do not go together by their own word, each with two phrases that show why."""
    for first, second in itertools.combinations(styles, 2):
        if not in_conflict(first.style, second.style):
            continue
        pairs = [
            (one, other)
            for one, other in itertools.product(
                _wanted(first, texts[first.style.id]), _wanted(second, texts[second.style.id])
            )
            if one.slot == other.slot
        ]
        against = [pair for pair in pairs if exclusion(pair[0].slot, pair[0].text, pair[1].text)]
        lights = [pair for pair in pairs if pair[0].slot == Slot.LIGHTING]
        for one, other in (against or lights or pairs)[:1]:
            yield Conflict(first=one, second=other, why=NOT_TOGETHER, both=True)


def _frames_it(applied: AppliedStyle) -> bool:
    """Whether a style is applied word for word; with a weight of its own it is applied slot by slot, as any other."""
    return applied.style.verbatim and applied.weight == 1.0


def _frame(applied: AppliedStyle, chosen: dict[str, str]) -> Frame:
    """Return what an imported style puts round everything, word for word."""
    style = applied.style
    tool = DEFAULT_TOOL if style.origin is None else style.origin.tool
    negative = style.negative_template
    if negative is None:
        negative = ", ".join(_filled(text, chosen) for text in style.negative)
    return Frame(source=style.id, text=style.template or "", negative=negative, tool=tool, dialect=style.dialect)


def _choose(style: Style, draw: Draw) -> dict[str, str]:
    return {name: draw(f"{style.id}.{name}").choice(values) for name, values in style.choices.items()}


def _filled(text: str, chosen: dict[str, str]) -> str:
    return _BRACE.sub(lambda match: chosen.get(match.group(1), match.group()), text)


def _wanted(applied: AppliedStyle, chosen: dict[str, str]) -> list[Phrase]:
    """Return what a style says: words round the subject, then its slots."""
    slots = applied.style.slots.items()
    said = [
        *_subject_words(applied, chosen),
        *(_phrase(text, slot, applied) for slot, texts in slots for text in texts),
    ]
    return [replace(phrase, text=_filled(phrase.text, chosen)) for phrase in said]


def _phrase(text: StyleText, slot: str, applied: AppliedStyle) -> Phrase:
    weight = round(text.weight * applied.weight, 4)
    return Phrase(text=text.text, slot=slot, weight=weight, source=applied.style.id, reason="style")


def _subject_words(applied: AppliedStyle, chosen: dict[str, str]) -> list[Phrase]:
    """Return what the style says round ``{subject}``; the subject itself stays as it was typed."""
    parts = _filled(applied.style.subject or "", chosen).split("{subject}")
    texts = [part.strip(" ,") for part in parts]
    return [_phrase(StyleText(text=text, weight=1.0), Slot.SUBJECT, applied) for text in texts if text]


def _unwanted(applied: AppliedStyle, chosen: dict[str, str]) -> list[Phrase]:
    return [
        Phrase(text=_filled(text, chosen), slot=Slot.STYLE, source=applied.style.id, reason="style")
        for text in applied.style.negative
    ]
