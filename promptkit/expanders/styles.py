"""Applying styles to a prompt: what was typed wins, empty slots are filled, and every added phrase says who added
it."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from promptkit.errors import PromptError, SettingsError
from promptkit.packs.library import StyleLibrary, builtin_folder, in_conflict, user_folder
from promptkit.packs.style import Style, StyleText
from promptkit.prompt import SLOTS, Phrase, Prompt, Slot
from promptkit.seeds import Draw, text_draw
from promptkit.slots.parse import parse

MAX_WEIGHT = 10.0
_BRACE = re.compile(r"\{([a-z0-9-]+)\}")


@dataclass(frozen=True)
class AppliedStyle:
    """A style and how strongly it speaks: its weight multiplies those of its phrases."""

    style: Style
    weight: float = 1.0


@dataclass(frozen=True)
class Conflict:
    """Two styles of which one says that it does not go with the other."""

    first: str
    second: str


def read_style(text: str, library: StyleLibrary) -> AppliedStyle:
    """Read ``pack/style`` or ``pack/style:0.6``. Raises UnknownNameError, and SettingsError for a bad weight."""
    name, colon, weight = text.rpartition(":")
    if not colon:
        return AppliedStyle(library.get(text))
    try:
        number = float(weight)
    except ValueError:
        number = math.nan
    if not 0 < number <= MAX_WEIGHT:
        raise SettingsError(
            f"'{weight}' is no weight for the style '{name}'.", hint=f"Use a number above 0, up to {MAX_WEIGHT:g}."
        )
    return AppliedStyle(library.get(name), number)


def conflicts(styles: Sequence[AppliedStyle]) -> list[Conflict]:
    """Return the pairs that do not go together."""
    pairs = itertools.combinations([applied.style for applied in styles], 2)
    return [Conflict(first.id, second.id) for first, second in pairs if in_conflict(first, second)]


def apply_styles(
    prompt: Prompt, styles: Sequence[AppliedStyle], *, draw: Draw, override: Collection[str] = ()
) -> Prompt:
    """Return the prompt with styles added, in their order.

    A style fills slots that the typed text leaves empty and adds to ``style``; slots in ``override`` lose their typed
    phrases.
    Choices come from ``draw("pack/style.choice")``.
    """
    replaced = tuple(phrase for phrase in prompt.phrases if phrase.typed and phrase.slot in override)
    typed = tuple(phrase for phrase in prompt.phrases if phrase not in replaced)
    open_slots = {slot for slot in SLOTS if slot == Slot.STYLE or not any(phrase.slot == slot for phrase in typed)}
    added: list[Phrase] = []
    negative = list(prompt.negative)
    for applied in styles:
        chosen = _choose(applied.style, draw)
        added += _subject_words(applied, chosen)
        for slot, texts in applied.style.slots.items():
            if slot in open_slots:
                added += [_phrase(text, slot, applied, chosen) for text in texts]
        said = {phrase.text for phrase in negative}
        unwanted = [_filled(text, chosen) for text in applied.style.negative]
        negative += [
            Phrase(text=text, slot=Slot.STYLE, source=applied.style.id) for text in unwanted if text not in said
        ]
    order = {slot: i for i, slot in enumerate(SLOTS)}
    added = list({(phrase.slot, phrase.text): phrase for phrase in reversed(added)}.values())[::-1]
    return replace(
        prompt,
        phrases=(*typed, *sorted(added, key=lambda phrase: order[phrase.slot])),
        negative=tuple(negative),
        replaced=replaced,
        template=next((applied.style.template for applied in styles if applied.style.template), prompt.template),
        styles=(*prompt.styles, *(applied.style.id for applied in styles)),
        settings={**prompt.settings, **{k: v for applied in styles for k, v in applied.style.settings.items()}},
    )


def _choose(style: Style, draw: Draw) -> dict[str, str]:
    return {name: draw(f"{style.id}.{name}").choice(values) for name, values in style.choices.items()}


def _filled(text: str, chosen: dict[str, str]) -> str:
    return _BRACE.sub(lambda match: chosen.get(match.group(1), match.group()), text)


def _phrase(text: StyleText, slot: str, applied: AppliedStyle, chosen: dict[str, str]) -> Phrase:
    weight = round(text.weight * applied.weight, 4)
    return Phrase(text=_filled(text.text, chosen), slot=slot, weight=weight, source=applied.style.id, reason="style")


def _subject_words(applied: AppliedStyle, chosen: dict[str, str]) -> list[Phrase]:
    """Return what the style says round ``{subject}``; the subject itself stays as it was typed."""
    parts = _filled(applied.style.subject or "", chosen).split("{subject}")
    texts = [part.strip(" ,") for part in parts]
    weight = applied.weight
    return [
        Phrase(text=text, slot=Slot.SUBJECT, weight=weight, source=applied.style.id, reason="style")
        for text in texts
        if text
    ]


class StyleExpander:
    """Styles as an expander: each variant draws its choices anew, and no two variants are alike."""

    name = "styles"
    tries = 50

    def __init__(self, styles: Sequence[AppliedStyle], override: Collection[str] = ()) -> None:
        self.styles = styles
        self.override = override

    def expand(self, prompt: Prompt, *, draw: Draw, limit: int | None) -> Iterator[Prompt]:
        possible = math.prod(len(values) for applied in self.styles for values in applied.style.choices.values())
        wanted = possible if limit is None else min(limit, possible)
        seen: set[str] = set()
        for attempt in range(wanted * self.tries):
            if len(seen) >= wanted:
                return
            variant = apply_styles(prompt, self.styles, draw=_numbered(draw, attempt), override=self.override)
            if variant.resolved not in seen:
                seen.add(variant.resolved)
                yield variant


def _numbered(draw: Draw, attempt: int) -> Draw:
    """Keep the first variant on the plain nodes, so that it is what a single application gives."""
    return draw if attempt == 0 else lambda node: draw(f"{node}#{attempt}")


def default_library() -> StyleLibrary:
    """Return the built-in packs and the user's own."""
    return StyleLibrary([builtin_folder(), user_folder()])


def expand(
    prompt: Prompt | str,
    *,
    styles: Sequence[str | AppliedStyle] = (),
    expanders: Sequence[object] = (),
    seed: int = 0,
    limit: int | None = None,
    override: Collection[str] = (),
    library: StyleLibrary | None = None,
) -> Iterator[Prompt]:
    """Yield fuller variants of a prompt: styles first, then each expander on every variant.

    ``styles`` are ``"pack/style"``, ``"pack/style:0.6"``, or ``AppliedStyle``; ``seed`` is the text seed; at most
    ``limit`` are
    yielded. Raises UnknownNameError for a style, SettingsError for a bad limit, slot or weight.
    """
    if limit is not None and limit < 1:
        raise SettingsError(f"A limit of {limit} leaves nothing to show.", hint="Use --limit 1 or more.")
    _check_slots(override)
    typed = parse(prompt) if isinstance(prompt, str) else prompt
    if not typed.text.strip():
        raise PromptError("The prompt is empty.", hint='Say at least what the picture shows: "a red lighthouse".')
    library = library or default_library()
    applied = [style if isinstance(style, AppliedStyle) else read_style(style, library) for style in styles]
    draw = text_draw(seed)
    variants: Iterator[Prompt] = (
        StyleExpander(applied, override).expand(typed, draw=draw, limit=limit) if applied else iter((typed,))
    )
    for expander in expanders:
        variants = itertools.chain.from_iterable(
            expander.expand(variant, draw=draw, limit=limit)  # type: ignore[attr-defined]
            for variant in variants
        )
    return itertools.islice(variants, limit)


def _check_slots(names: Collection[str]) -> None:
    unknown = [name for name in names if name not in SLOTS]
    if unknown:
        raise SettingsError(f"There is no slot named '{unknown[0]}'.", hint=f"The slots are {', '.join(SLOTS)}.")
