r"""The syntax of ComfyUI.

::

    prompt    = { text | "(" prompt ")" | "(" prompt ":" number ")" | embedding | "\(" | "\)" }
    embedding = "embedding:" name

``(x)`` multiplies the weight around it by 1.1; ``(x:1.3)`` sets it to 1.3, whatever stands around: ``((a:1.2))`` is 1.2
here and 1.32 in A1111. Square brackets, BREAK, AND and ``<…>`` are text, and so is a bracket that has no partner.

Refused, with the place: weights that are not finite or over ``MAX_WEIGHT``, brackets nested deeper than ``MAX_DEPTH``,
more than 32 KiB. Reading takes time linear in the length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from promptkit.dialects.fragment import check_size
from promptkit.dialects.nodes import MAX_DEPTH, Embedding, Node, Nodes, Weighted, joined, too_deep, words
from promptkit.dialects.weights import STEP, checked_weight, read_number

_SIGNS = re.compile(r"[\\()]|embedding:")
_TOKEN = re.compile(r"\\[()]|[()]|\bembedding:(?P<name>[\w./-]+)|(?:(?!\bembedding:)[^\\()])+|.", re.DOTALL)
_NUMBER = re.compile(r"\s*[+-]?(?:[\d.]+(?:[eE][+-]?\d+)?|nan|inf)\s*")
_LONGEST_NUMBER = 40


@dataclass
class _Group:
    """A bracket that is being filled; its words end at ``until``, where the closing sign begins."""

    factor: float
    absolute: bool
    weight: float
    until: int
    found: list[Node] = field(default_factory=list)


def parse(text: str) -> Nodes:
    """Read a prompt into nodes. Raises PromptError with the place."""
    check_size(text)
    if not _SIGNS.search(text):
        return (words(text),) if text else ()
    partner = _partners(text)
    closing = set(partner.values())
    groups = [_Group(1.0, False, 1.0, len(text))]
    for match in _TOKEN.finditer(text):
        start, written = match.start(), match.group()
        if start in partner:
            if len(groups) > MAX_DEPTH:
                raise too_deep(text, start)
            groups.append(_group(text, start, partner[start], groups[-1].weight))
        elif start in closing:
            group = groups.pop()
            marks = ("(", text[group.until : start + 1])
            inside = joined(group.found)
            groups[-1].found.append(
                Weighted(marks=marks, parts=(inside,), factor=group.factor, absolute=group.absolute)
            )
        elif start < groups[-1].until:
            groups[-1].found.append(_leaf(match, written[: groups[-1].until - start]))
    return joined(groups[0].found)


def _leaf(match: re.Match[str], written: str) -> Node:
    if match["name"] and written == match.group():
        return Embedding(marks=(written,), name=match["name"])
    return words(written[1:] if written in (r"\(", r"\)") else written, written)


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


def _group(text: str, start: int, end: int, around: float) -> _Group:
    """Open a bracket: its weight is what stands behind the last colon, or a step more than around it."""
    colon = text.rfind(":", max(start + 2, end - _LONGEST_NUMBER), end)
    if colon >= 0 and _NUMBER.fullmatch(text, colon + 1, end):
        weight = read_number(text[colon + 1 : end].strip(), text, colon)
        return _Group(weight, True, weight, colon)
    return _Group(STEP, False, checked_weight(around * STEP, text, start), end)
