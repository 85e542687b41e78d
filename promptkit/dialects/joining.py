"""Where words that are added to a typed prompt join it, so that they say what they say whatever stands before them.

Added words go behind the typed ones. Three things that people type would swallow them there:

- ``AND``, ``.and()`` and ``.blend()`` make several prompts of one text, each with its weight at the end. What is added
  is about the whole picture, so it goes into each of them, before the weight.
- A bracket that A1111 reads to the end of the prompt. It is closed first; where closing would change what it says
  (``[a:b:0.5`` would become a schedule, ``(a:1.3`` a weight), the added words are weighted back instead.
- A comma at the end, which needs no second one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from promptkit.dialects import parse
from promptkit.dialects.fragment import fragments
from promptkit.dialects.nodes import Blend, Conjunction, Nodes, Weighted, length
from promptkit.errors import PromptError

_PARTNER = {"(": ")", "[": "]"}


@dataclass(frozen=True, kw_only=True)
class Part:
    """A run of the typed text that is a prompt of its own; ``start`` and ``end`` are offsets into the text."""

    start: int
    end: int
    closing: str = ""
    """What closes the brackets that were left open."""
    weight: float = 1.0
    """The weight that open brackets give to all behind them, where they cannot be closed."""
    bracketed: bool = False
    """Whether added words need a bracket round them, because a comma would begin another part."""

    def join(self, typed: str, added: str) -> str:
        """Return the part with ``added`` behind it; ``typed`` is its text, or what is left of it."""
        head = typed + self.closing
        if not added or not head.strip():
            return head + added
        if self.bracketed:
            return f"{head} ({added})"
        if head.rstrip().endswith(","):
            return head + ("" if head[-1].isspace() else " ") + added
        return f"{head}, {added}"


def parts(text: str, dialect: str) -> tuple[Part, ...]:
    """Return the prompts that a text holds, at least one; a text that cannot be read is taken as it is."""
    try:
        found = tuple(_parts(text, parse(text, dialect), dialect))
    except PromptError:
        found = ()
    return found or (Part(start=0, end=len(text)),)


def _parts(text: str, nodes: Nodes, dialect: str) -> Iterator[Part]:
    at = 0
    for node in nodes:
        if isinstance(node, Conjunction | Blend):
            begin = at + len(node.marks[0])
            for part, mark in zip(node.parts, node.marks[1:], strict=True):
                end = begin + length(part)
                if text[begin:end].strip():
                    yield _part(text, begin, end, part, dialect)
                begin = end + len(mark)
            return
        at += length((node,))
    yield _part(text, 0, len(text), nodes, dialect)


def _part(text: str, start: int, end: int, nodes: Nodes, dialect: str) -> Part:
    bracketed = dialect == "compel" and end < len(text)
    opened, weight = _open_at_the_end(nodes)
    if not opened:
        return Part(start=start, end=end, bracketed=bracketed)
    closing = "".join(_PARTNER.get(sign, "") for sign in reversed(opened))
    closed = parse(text[start:end] + closing, dialect)
    same = _said(closed) == _said(nodes) and not _open_at_the_end(closed)[0]
    return Part(start=start, end=end, closing=closing) if same else Part(start=start, end=end, weight=weight)


def _open_at_the_end(nodes: Nodes) -> tuple[list[str], float]:
    """Return the signs of the brackets that the end of the text closes, outermost first, and their weight."""
    signs, weight = [], 1.0
    while nodes and isinstance(nodes[-1], Weighted) and not nodes[-1].marks[-1]:
        signs.append(nodes[-1].marks[0])
        weight *= nodes[-1].factor
        nodes = nodes[-1].parts[0]
    return signs, weight


def _said(nodes: Nodes) -> list[tuple[str, float]]:
    return [(fragment.text, round(fragment.weight, 9)) for fragment in fragments(nodes)]
