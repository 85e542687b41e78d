"""Fuller variants of a prompt: styles by name and weight, then other expanders on each variant."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Sequence

from promptkit.errors import PromptError, SettingsError
from promptkit.expanders.mixing import AppliedStyle, apply_styles
from promptkit.names import listed
from promptkit.packs.library import StyleLibrary, installed_library
from promptkit.prompt import SLOTS, Prompt
from promptkit.seeds import Draw, text_draw
from promptkit.slots.parse import parse

MAX_WEIGHT = 10.0


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


class StyleExpander:
    """Styles as an expander: each variant draws its choices anew, and no two variants are alike."""

    name = "styles"
    tries = 50

    def __init__(
        self, styles: Sequence[AppliedStyle], override: Collection[str] = (), locked: Collection[str] = ()
    ) -> None:
        self.styles = styles
        self.override = override
        self.locked = locked

    def expand(self, prompt: Prompt, *, draw: Draw, limit: int | None) -> Iterator[Prompt]:
        possible = math.prod(len(values) for applied in self.styles for values in applied.style.choices.values())
        wanted = possible if limit is None else min(limit, possible)
        seen: set[str] = set()
        for attempt in range(wanted * self.tries):
            if len(seen) >= wanted:
                return
            variant = apply_styles(
                prompt, self.styles, draw=_numbered(draw, attempt), override=self.override, locked=self.locked
            )
            if variant.resolved not in seen:
                seen.add(variant.resolved)
                yield variant


def _numbered(draw: Draw, attempt: int) -> Draw:
    """Keep the first variant on the plain nodes, so that it is what a single application gives."""
    return draw if attempt == 0 else lambda node: draw(f"{node}#{attempt}")


def default_library() -> StyleLibrary:
    """Return the built-in packs, those of installed packages, and the user's own."""
    return installed_library()


def expand(
    prompt: Prompt | str,
    *,
    styles: Sequence[str | AppliedStyle] = (),
    expanders: Sequence[object] = (),
    seed: int = 0,
    limit: int | None = None,
    override: Collection[str] = (),
    locked: Collection[str] = (),
    library: StyleLibrary | None = None,
) -> Iterator[Prompt]:
    """Yield fuller variants of a prompt: styles first, then each expander on every variant.

    ``styles`` are ``"pack/style"``, ``"pack/style:0.6"``, or ``AppliedStyle``; ``seed`` is the text seed; at most
    ``limit`` are yielded; slots in ``locked`` get none of a style's words. One style or slot may be named without a
    list. Raises UnknownNameError for a style, SettingsError for a bad limit, slot or weight.
    """
    if limit is not None and limit < 1:
        raise SettingsError(f"A limit of {limit} leaves nothing to show.", hint="Use --limit 1 or more.")
    override, locked = listed(override), listed(locked)
    _check_slots((*override, *locked))
    typed = prompt if isinstance(prompt, Prompt) else parse(prompt)
    if not typed.text.strip():
        raise PromptError("The prompt is empty.", hint='Say at least what the picture shows: "a red lighthouse".')
    library = library or default_library()
    named = (styles,) if isinstance(styles, str) else styles
    applied = [style if isinstance(style, AppliedStyle) else read_style(style, library) for style in named]
    draw = text_draw(seed)
    variants: Iterator[Prompt] = (
        StyleExpander(applied, override, locked).expand(typed, draw=draw, limit=limit) if applied else iter((typed,))
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
