r"""The attention syntax of the AUTOMATIC1111 web UI.

::

    prompt  = { text | "(" prompt ")" | "(" prompt ":" number ")" | "[" prompt "]" | escape }
    escape  = "\(" | "\)" | "\[" | "\]" | "\\"

``(x)`` multiplies the weight by 1.1, ``[x]`` divides it by 1.1, ``(x:1.3)`` multiplies it by 1.3; nesting multiplies.
A bracket that is never closed weights to the end; one that was never opened is text. Weights must be finite and at most
``MAX_WEIGHT`` in size: anything else is a PromptError. Reading takes time linear in the length.
"""

from __future__ import annotations

import math
import re

from promptkit.dialects.fragment import Fragment, check_size, merged
from promptkit.errors import PromptError

STEP = 1.1
MAX_WEIGHT = 100.0

_TOKEN = re.compile(r"\\[()\[\]\\]|\\|\(|\[|:\s*([+-]?(?:[\d.]+(?:[eE][+-]?\d+)?|nan|inf))\s*\)|\)|\]|[^\\()\[\]:]+|:")


def fragments(text: str) -> list[Fragment]:
    """Read weights; neighbours of equal weight are joined. Raises PromptError with the place."""
    check_size(text)
    factors = _closing_factors(text)
    found: list[Fragment] = []
    stack: list[float] = []
    weight = 1.0
    for match in _TOKEN.finditer(text):
        token, start = match.group(), match.start()
        if start in factors and token[0] in "([":
            stack.append(weight)
            weight = checked_weight(weight * factors[start], text, start)
        elif start in factors:
            weight = stack.pop()
        else:
            shown = token[1:] if len(token) == 2 and token[0] == "\\" else token
            found.append(Fragment(text=shown, weight=weight, start=start, end=match.end()))
    return merged(found)


def _closing_factors(text: str) -> dict[int, float]:
    """Pair the brackets: the offset of each opening one with its factor, and that of its closing token with 1."""
    factors: dict[int, float] = {}
    round_open: list[int] = []
    square_open: list[int] = []
    for match in _TOKEN.finditer(text):
        token, start = match.group(), match.start()
        if token == "(":
            round_open.append(start)
            factors[start] = STEP
        elif token == "[":
            square_open.append(start)
            factors[start] = 1 / STEP
        elif token == "]" and square_open:
            _drop_inner(round_open, square_open[-1])
            square_open.pop()
            factors[start] = 1.0
        elif token[-1] == ")" and token[0] in ":)" and round_open:
            _drop_inner(square_open, round_open[-1])
            opened = round_open.pop()
            if match.group(1) is not None:
                factors[opened] = read_number(match.group(1), text, start)
            factors[start] = 1.0
    return factors


def _drop_inner(opened: list[int], outer: int) -> None:
    """Forget brackets of the other kind that were opened inside a pair that now closes."""
    while opened and opened[-1] > outer:
        opened.pop()


def read_number(written: str, text: str, position: int) -> float:
    """Read a weight as it was written. Raises PromptError where it is none, or out of range."""
    try:
        return checked_weight(float(written), text, position)
    except ValueError:
        raise PromptError(
            f"'{written}' is not a weight.",
            text=text,
            position=position,
            hint="Write a number, as in (golden hour:1.2).",
        ) from None


def checked_weight(weight: float, text: str, position: int) -> float:
    """Return a weight that is finite and not too large. Raises PromptError with the place."""
    if math.isfinite(weight) and abs(weight) <= MAX_WEIGHT:
        return weight
    raise PromptError(
        f"The weight {weight:g} is out of range.",
        text=text,
        position=position,
        hint=f"Weights lie between -{MAX_WEIGHT:g} and {MAX_WEIGHT:g}; 0.5 to 1.5 is usual.",
    )
