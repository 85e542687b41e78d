r"""The attention syntax of ComfyUI.

::

    prompt = { text | "(" prompt ")" | "(" prompt ":" number ")" | "\(" | "\)" }

``(x)`` multiplies the weight around it by 1.1; ``(x:1.3)`` sets it to 1.3, whatever stands around: ``((a:1.2))`` is
1.2 here
and 1.32 in A1111. Square brackets are text, and so is a bracket that has no partner. Weights must be finite and at most
``MAX_WEIGHT`` in size: anything else is a PromptError. Reading takes time linear in the length.
"""

from __future__ import annotations

import re

from promptkit.dialects.a1111 import STEP, checked_weight, read_number
from promptkit.dialects.fragment import Fragment, check_size, merged

_TOKEN = re.compile(r"\\[()]|[()]|[^\\()]+|\\")
_NUMBER = re.compile(r"\s*[+-]?(?:[\d.]+(?:[eE][+-]?\d+)?|nan|inf)\s*")
_LONGEST_NUMBER = 40


def fragments(text: str) -> list[Fragment]:
    """Read weights; neighbours of equal weight are joined. Raises PromptError with the place."""
    check_size(text)
    partner = _partners(text)
    closing = set(partner.values())
    found: list[Fragment] = []
    stack: list[tuple[float, int]] = []
    weight, until = 1.0, len(text)
    for match in _TOKEN.finditer(text):
        start, token = match.start(), match.group()
        if start in partner:
            stack.append((weight, until))
            weight, until = _inside(text, start, partner[start], weight)
        elif start in closing:
            weight, until = stack.pop()
        elif start < until:
            shown = token[1:] if len(token) == 2 and token[0] == "\\" else token
            end = min(match.end(), until)
            found.append(Fragment(text=shown[: end - start], weight=weight, start=start, end=end))
    return merged(found)


def _partners(text: str) -> dict[int, int]:
    """Return the closing bracket of each opening one that has a partner."""
    opened: list[int] = []
    found: dict[int, int] = {}
    for match in _TOKEN.finditer(text):
        if match.group() == "(":
            opened.append(match.start())
        elif match.group() == ")" and opened:
            found[opened.pop()] = match.start()
    return found


def _inside(text: str, start: int, end: int, weight: float) -> tuple[float, int]:
    """Return the weight between two brackets, and where the words end: at ``:number``, or at the closing bracket."""
    colon = text.rfind(":", max(start + 2, end - _LONGEST_NUMBER), end)
    if colon >= 0 and _NUMBER.fullmatch(text, colon + 1, end):
        return read_number(text[colon + 1 : end].strip(), text, colon), colon
    return checked_weight(weight * STEP, text, start), end
