"""Taking imported styles out of a prompt again: what is left is what was typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from promptkit.frames import PLACE
from promptkit.packs.exchange.foreign import ForeignStyle

_BLANKS = re.compile("  +")


@dataclass(frozen=True, kw_only=True)
class Extracted:
    """What was typed, and the styles that stood round it, the first applied first."""

    prompt: str
    negative: str
    styles: tuple[str, ...] = ()


def extract_styles(prompt: str, negative: str, styles: Sequence[ForeignStyle]) -> Extracted:
    """Take styles out of a prompt, the outermost first, until none fits both texts; each is taken once."""
    left = [style for style in styles if style.prompt or style.negative]
    found: list[str] = []
    while True:
        for style in left:
            inner, unwanted = unframed(prompt, style.prompt), unframed(negative, style.negative)
            if inner is not None and unwanted is not None:
                prompt, negative = inner, unwanted
                found.insert(0, style.name)
                left.remove(style)
                break
        else:
            return Extracted(prompt=prompt, negative=negative, styles=tuple(found))


def unframed(text: str, frame: str) -> str | None:
    """Return what stands for ``{prompt}`` in a text, or before it where the frame has none; None where the frame does
    not fit. Several blanks count as one."""
    text, frame = (_BLANKS.sub(" ", part.strip()) for part in (text, frame))
    if not frame:
        return text
    if PLACE not in frame:
        before = text.removesuffix(frame)
        fits = text.endswith(frame) and (not before or before.endswith(", "))
        return before.removesuffix(", ") if fits else None
    places = frame.count(PLACE)
    length, rest = divmod(len(text) - len(frame) + places * len(PLACE), places)
    begin = frame.index(PLACE)
    inner = text[begin : begin + max(length, 0)]
    return inner if rest == 0 and frame.replace(PLACE, inner) == text else None
