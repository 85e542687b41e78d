"""Clean-up after choices that came to nothing: empty brackets, doubled commas and blanks."""

from __future__ import annotations

import re

_BLANKS = re.compile(r"[ \t]+")
_COMMAS = re.compile(r" ?,(?:[ \n]?,)*")
_PAIRS = {")": "(", "]": "["}


def tidy(text: str) -> str:
    """Return a text without empty ``()`` and ``[]`` (with or without a weight), doubled commas and doubled blanks, in
    linear time. Escaped brackets stay."""
    return _COMMAS.sub(",", _BLANKS.sub(" ", _without_empty(text))).strip(" ,\n\t")


def _without_empty(text: str) -> str:
    kept: list[str] = []
    opened: list[tuple[str, int]] = []
    filled = [False]
    weighing = False
    escaped = False
    for char in text:
        kept.append(char)
        if not escaped and char in "([":
            opened.append((char, len(kept) - 1))
            filled.append(False)
        elif not escaped and opened and _PAIRS.get(char) == opened[-1][0]:
            start = opened.pop()[1]
            if filled.pop():
                filled[-1] = True
            else:
                del kept[start:]
        elif char == ":":
            weighing = True
            continue
        elif not (char.isspace() or char in ",|" or (weighing and char in ".0123456789")):
            filled[-1] = True
        weighing = weighing and char in ".0123456789 "
        escaped = char == "\\" and not escaped
    return "".join(kept)
