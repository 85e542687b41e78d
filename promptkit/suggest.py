"""What could fill the slots that a prompt leaves open: a few concrete fills for each, with reasons in plain words.

Pure and deterministic: a prompt and the installed packs in, records out; nothing is drawn but by the text seed, and no
model is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from promptkit.errors import PromptError, SettingsError
from promptkit.expanders.mixing import AppliedStyle, apply_styles
from promptkit.packs.exclusive import exclusion, sides
from promptkit.packs.fitting import COMMON, MEDIA, Fit, Typed, fit, other_medium
from promptkit.packs.library import StyleLibrary
from promptkit.packs.style import Style
from promptkit.packs.tones import tones
from promptkit.prompt import SLOTS, Conflict, Phrase, Prompt, Slot
from promptkit.seeds import Draw, text_draw
from promptkit.slots.words import spoken

FILLABLE = (Slot.STYLE.value, Slot.LIGHTING.value, Slot.CAMERA.value)
COMPLETE = "complete"
"""Stands for a slot where one style fills everything."""
LIMIT = 3
MAX_LIMIT = 20
POOL = 3 * MAX_LIMIT
"""How many of the best are looked at for the few that are unlike one another."""
SHORT = 60
"""Characters of a short reason."""
LIKENESS = 2.0
"""How much a likeness of 1 to a suggestion that is already there counts against another one."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One way to fill a slot, or with one style all of them."""

    slot: str
    """The slot, or ``"complete"``."""
    style: str
    """The ``pack/style`` that the words are from."""
    title: str
    phrases: tuple[Phrase, ...]
    """What it adds, each phrase with its source."""
    reason: str
    short: str
    """What speaks for it most, in at most 60 characters."""
    score: float
    """How well it fits; higher is better, comparable within a slot."""
    prompt: Prompt
    """The typed prompt with this fill alone."""

    @property
    def text(self) -> str:
        return ", ".join(phrase.text for phrase in self.phrases)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return self.prompt.conflicts

    def to_json(self) -> dict[str, Any]:
        """Return the suggestion as plain JSON values."""
        return {
            "slot": self.slot,
            "style": self.style,
            "title": self.title,
            "phrases": [phrase.to_json() for phrase in self.phrases],
            "text": self.text,
            "reason": self.reason,
            "score": self.score,
            "prompt": self.prompt.resolved,
            "negative": self.prompt.negative_resolved,
            "missing": list(self.prompt.missing),
            "conflicts": [conflict.to_json() for conflict in self.conflicts],
        }


@dataclass(frozen=True, kw_only=True)
class Advice:
    """All suggestions for one prompt."""

    prompt: Prompt
    slots: Mapping[str, tuple[Suggestion, ...]]
    """For each open slot that styles can fill, in the order of the slots, the best first."""
    complete: tuple[Suggestion, ...]
    """Styles that fill every open slot by themselves, the best first."""
    styles: Mapping[str, Style]
    """The styles that are suggested, by ``pack/style``."""
    text_seed: int = 0

    @cached_property
    def full(self) -> Prompt:
        """The prompt with the first suggestion of each slot."""
        return self.picked(self.first)

    @property
    def first(self) -> dict[str, int]:
        """The first number of each slot for which there is a suggestion."""
        return {slot: 1 for slot, found in self.slots.items() if found}

    def picked(self, numbers: Mapping[str, int]) -> Prompt:
        """Return the prompt filled by the suggestions of these numbers, from 1; slots without one stay open.

        ``{"complete": 2}`` takes the second complete one alone. Raises SettingsError for a slot or a number that is
        not there, and for a complete one beside others.
        """
        if COMPLETE in numbers and len(numbers) > 1:
            other = next(slot for slot in numbers if slot != COMPLETE)
            raise SettingsError(
                f"'{COMPLETE}' and '{other}' exclude each other: a complete style fills every open slot.",
                hint=f"Pick {COMPLETE}={numbers[COMPLETE]} alone, or a number for each slot.",
            )
        chosen = [self._pick(slot, numbers[slot]) for slot in numbers]
        if COMPLETE in numbers:
            return chosen[0].prompt
        picks = sorted(chosen, key=lambda pick: SLOTS.index(pick.slot))
        applied = [AppliedStyle(_only(self.styles[pick.style], pick.slot)) for pick in picks]
        return apply_styles(self.prompt, applied, draw=text_draw(self.text_seed)) if applied else self.prompt

    def _pick(self, slot: str, number: int) -> Suggestion:
        found = self.complete if slot == COMPLETE else self.slots.get(slot, ())
        if not found:
            there = [name for name, suggestions in self.all().items() if suggestions]
            raise SettingsError(
                f"There is nothing to pick for '{slot}'.", hint=f"There is {', '.join(there) or 'nothing open'}."
            )
        if not 1 <= number <= len(found):
            raise SettingsError(f"There is no number {number} for {slot}.", hint=f"Pick 1 to {len(found)}.")
        return found[number - 1]

    def all(self) -> dict[str, tuple[Suggestion, ...]]:
        """Return every list of suggestions by its slot; the complete ones come last."""
        return {**self.slots, COMPLETE: self.complete}


def suggest(
    prompt: Prompt,
    library: StyleLibrary,
    *,
    slots: Collection[str] = (),
    limit: int = LIMIT,
    text_seed: int = 0,
    usable: Callable[[Phrase], bool] = lambda _: True,
) -> Advice:
    """Return ``limit`` fills for each open slot of a prompt, or of those in ``slots``, unlike one another.

    ``usable`` says whether a model knows a phrase; fills with others are left out. Raises SettingsError for a limit
    outside 1 to 20, for a slot that is not there, and for one that is filled already; PromptError for a prompt without
    words.
    """
    if not prompt.phrases:
        raise PromptError("The prompt has no words.", hint='Say at least what the picture shows: "a red lighthouse".')
    if not 1 <= limit <= MAX_LIMIT:
        raise SettingsError(f"{limit} suggestions cannot be made.", hint=f"Choose 1 to {MAX_LIMIT}.")
    _check_slots(prompt, slots)
    maker = _Maker(prompt, library, text_draw(text_seed), limit, usable)
    wanted = [slot for slot in FILLABLE if slot in prompt.missing and (not slots or slot in slots)]
    found = {slot: maker.fills(slot) for slot in wanted}
    complete = () if slots or len(wanted) < 2 else maker.complete(wanted)
    return Advice(prompt=prompt, slots=found, complete=complete, styles=maker.styles, text_seed=text_seed)


def _check_slots(prompt: Prompt, slots: Collection[str]) -> None:
    for slot in slots:
        if slot not in FILLABLE:
            raise SettingsError(f"Styles fill no slot '{slot}'.", hint=f"Choose from {', '.join(FILLABLE)}.")
        if slot not in prompt.missing:
            said = prompt.slot(slot)[0].text
            raise SettingsError(f"The slot {slot} is yours already: “{said}”.", hint="Ask for one that is open.")


def _only(style: Style, slot: str) -> Style:
    """Return what a style says of one slot, without the rest of it."""
    return replace(
        style, slots={slot: style.slots[slot]}, subject=None, negative=(), conflicts=(), settings={}, order=()
    )


class _Maker:
    """Finds fills for one prompt, slot after slot; later slots keep to the medium of the first style found."""

    def __init__(
        self, prompt: Prompt, library: StyleLibrary, draw: Draw, limit: int, usable: Callable[[Phrase], bool]
    ) -> None:
        self.prompt, self.draw, self.limit, self.usable = prompt, draw, limit, usable
        self.packs = {pack.name: f"{pack.title}. {pack.summary}" for pack in library.packs.values()}
        self.all = sorted(library.styles(), key=lambda style: style.id)
        self.typed = Typed(prompt)
        self.styles: dict[str, Style] = {}

    def fills(self, slot: str) -> tuple[Suggestion, ...]:
        found = [(style, fit(self.typed, style, slot, self.packs[style.pack])) for style in self.all]
        rated = [(style, rating) for style, rating in found if rating is not None]
        made = self._unlike(rated, lambda style, rating: self._suggestion(_only(style, slot), slot, rating))
        if slot == Slot.STYLE and made:
            self.typed = Typed(self.prompt, beside=self.styles[made[0].style])
        return made

    def complete(self, slots: Sequence[str]) -> tuple[Suggestion, ...]:
        rated, typed = [], Typed(self.prompt)
        for style in self.all:
            if other_medium(typed, style):
                continue
            ratings = [fit(typed, style, slot, self.packs[style.pack]) for slot in slots]
            parts = [rating for rating in ratings if rating is not None]
            if len(parts) == len(slots):
                score = round(sum(part.score for part in parts) / len(parts), 4)
                rated.append((style, Fit(score, parts[0].reasons)))
        return self._unlike(rated, lambda style, rating: self._suggestion(style, COMPLETE, rating))

    def _unlike(
        self, rated: Sequence[tuple[Style, Fit]], make: Callable[[Style, Fit], Suggestion]
    ) -> tuple[Suggestion, ...]:
        """Take the best, then whatever is best when its likeness to those taken is counted against it."""
        rest = sorted(rated, key=lambda pair: (-pair[1].score, pair[0].id))[:POOL]
        ready = [made for style, rating in rest if all(map(self.usable, (made := make(style, rating)).phrases))]
        taken: list[Suggestion] = []
        while ready and len(taken) < self.limit:
            best = max(
                ready, key=lambda made: made.score - LIKENESS * max((_likeness(made, t) for t in taken), default=0)
            )
            ready.remove(best)
            taken.append(best)
        self.styles |= {made.style: style for made in taken for style, _ in rated if style.id == made.style}
        return tuple(taken)

    def _suggestion(self, style: Style, slot: str, rating: Fit) -> Suggestion:
        prompt = apply_styles(self.prompt, [AppliedStyle(style)], draw=self.draw)
        return Suggestion(
            slot=slot,
            style=style.id,
            title=style.title,
            phrases=tuple(
                phrase for phrase in prompt.phrases if phrase.source == style.id and phrase not in self.prompt.phrases
            ),
            reason=_sentence(style, rating),
            short=_short(rating.reasons[0]),
            score=rating.score,
            prompt=prompt,
        )


def _sentence(style: Style, rating: Fit) -> str:
    """Say what the style is and why it fits: its summary, then the reasons."""
    what = style.summary.rstrip(". ") or style.title
    return f"{what}: {'; '.join(rating.reasons[:2])}."


def _short(reason: str) -> str:
    """Return a reason without what goes without saying: "made for pets"."""
    brief = reason.removeprefix("it is ").removeprefix("it ").partition(", which leans to ")[0]
    return brief if len(brief) <= SHORT else f"{brief[: SHORT - 1].rstrip()}…"


def _likeness(one: Suggestion, other: Suggestion) -> float:
    """Return how alike two suggestions are, 0 to 1: their pack, their words, what they lean to, the same medium."""
    slot = Slot.LIGHTING.value if one.slot == COMPLETE else one.slot
    pack = 0.3 * (one.style.partition("/")[0] == other.style.partition("/")[0])
    words, others = _words(one), _words(other)
    shared = len(words & others) / max(1, min(len(words), len(others)))
    lean, leans = tones(slot, one.text), tones(slot, other.text)
    leaning = 0.4 * len(lean & leans) / max(1, min(len(lean), len(leans)))
    medium = 0.2 * bool(sides("style", MEDIA, one.text) & sides("style", MEDIA, other.text))
    apart = any(exclusion(slot, a.text, b.text) for a in one.phrases for b in other.phrases)
    return max(0.0, min(1.0, pack + 0.6 * shared + leaning + medium - 0.2 * apart))


def _words(made: Suggestion) -> frozenset[str]:
    return frozenset(word for phrase in made.phrases for word in spoken(phrase.text)) - COMMON
