"""How text is painted on the line: rich's names of styles as prompt_toolkit's, and what would hide, written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from prompt_toolkit.utils import get_cwidth

from promptkit.terminal import one_line

Fragments = list[tuple[str, str]]
"""Styles with texts, as prompt_toolkit prints them."""
MUTED = "ansibrightblack"
PLAIN = ""
VERB = "bold"
WRONG = "ansired underline"
WARNING = "ansiyellow"
ELLIPSIS = "…"

_ATTRIBUTES = {"bold", "italic", "dim", "underline"}


@cache
def slot_paint(slot: str) -> str:
    """Return the style of a slot, the same as in every other view. Only the terminal's own 16 colours are used."""
    from promptkit.views import style_of

    words = style_of(slot).split()
    return " ".join(word if word in _ATTRIBUTES else f"ansi{word.replace('_', '')}" for word in words)


def on_line(text: str) -> str:
    """Write out what would hide or be obeyed, as ``terminal.one_line`` does. Joiners of emoji are written out too, and
    variation selectors left out: terminals do not agree how wide what they join is, and the cursor would be lost."""
    return one_line(text).replace("\u200d", "⟨U+200D⟩").replace("\ufe0f", "")


def shown(style: str, text: str) -> tuple[str, str]:
    """Return a fragment of text from outside: on one line, nothing in it hidden or obeyed."""
    return style, on_line(text)


def cut(fragments: Iterable[tuple[str, str]], width: int) -> Fragments:
    """Cut fragments to so many cells of a terminal."""
    found: Fragments = []
    left = width
    for style, text in fragments:
        size = get_cwidth(text)
        if size <= left:
            found.append((style, text))
            left -= size
            continue
        return [*_without(found, text, style, left), (MUTED, ELLIPSIS)] if width > 0 else []
    return found


def _without(found: Fragments, text: str, style: str, left: int) -> Iterator[tuple[str, str]]:
    """Yield what fits, and leave a cell for what says that there is more."""
    fits = begin_of(text, left - 1)
    if left > 0 or not found:
        yield from (*found, (style, fits))
        return
    before, last = found[-1]
    yield from (*found[:-1], (before, begin_of(last, get_cwidth(last) - 1)))


def begin_of(text: str, width: int) -> str:
    """Return the beginning of a text that fills no more than so many cells."""
    for end, char in enumerate(text):
        width -= get_cwidth(char)
        if width < 0:
            return text[:end]
    return text
