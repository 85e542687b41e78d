r"""The syntax of the AUTOMATIC1111 web UI.

::

    prompt      = part { "AND" part }
    part        = nodes [ ":" number ]                       the number only where there is an AND
    nodes       = { text | escape | "BREAK" | network | emphasis | schedule | alternation }
    emphasis    = "(" nodes ")" | "(" nodes ":" number ")" | "[" nodes "]"
    schedule    = "[" [ nodes ":" ] nodes ":" number "]"
    alternation = "[" nodes "|" nodes { "|" nodes } "]"
    network     = "<" word ":" name { ":" argument } ">"
    escape      = "\(" | "\)" | "\[" | "\]" | "\\"

``(x)`` multiplies the weight by 1.1, ``[x]`` divides it by 1.1, ``(x:1.3)`` multiplies it by 1.3; nesting
multiplies. A bracket that is never closed weights to the end; one that was never opened is text; where round and square
brackets cross, both hold over what they enclose. In a schedule a number with a point is a share of the steps, one
without is a step.

Refused, with the place: weights that are not finite or over ``MAX_WEIGHT``, brackets nested deeper than ``MAX_DEPTH``,
more than 32 KiB. Reading takes time linear in the length. Unlike the web UI, a ``|`` outside of brackets does not
switch off every schedule, and a number at the end of a prompt without AND is text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from promptkit.dialects.fragment import check_size
from promptkit.dialects.nodes import (
    MAX_DEPTH,
    Alternation,
    Break,
    Conjunction,
    Network,
    Node,
    Nodes,
    Schedule,
    Text,
    Weighted,
    joined,
    too_deep,
    words,
)
from promptkit.dialects.weights import STEP, checked_weight, read_number
from promptkit.errors import PromptError

_SIGNS = re.compile(r"[\\()\[\]<:]|BREAK|AND")
_PARTS = re.compile(r"<\w+:[^<>]+>|\b(AND)\b")
_PART_WEIGHT = re.compile(r":\s*([-+]?(?:\d+\.?|\d*\.\d+))")
_TOKEN = re.compile(
    r"(?P<network><\w+:[^<>]+>)|(?P<escape>\\.)|(?P<round>\()|(?P<square>\[)"
    r"|(?P<weighted>:\s*(?P<number>[+-]?(?:[\d.]+(?:[eE][+-]?\d+)?|nan|inf))\s*\))|(?P<closing>[)\]])"
    r"|(?P<border>[:|])|(?P<plain>[^\\()\[\]:|<]+|.)",
    re.DOTALL,
)
_BREAK = re.compile(r"\bBREAK\b")
_WHEN = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*")


def parse(text: str) -> Nodes:
    """Read a prompt into nodes. Raises PromptError with the place."""
    check_size(text)
    if not _SIGNS.search(text):
        return (words(text),) if text else ()
    borders = [match.span() for match in _PARTS.finditer(text) if match[1]]
    if not borders:
        return _Builder(text, 0, len(text)).nodes()
    parts, weights, marks, at = [], [], [""], 0
    for begin, end in [*borders, (len(text), len(text))]:
        until, weight = _part_weight(text, at, begin)
        parts.append(_Builder(text, at, until).nodes())
        weights.append(weight)
        marks.append(text[until:end])
        at = end
    return (Conjunction(marks=tuple(marks), parts=tuple(parts), weights=tuple(weights)),)


def _part_weight(text: str, begin: int, end: int) -> tuple[int, float]:
    """Return where the words of a part end, and the weight written after them."""
    last = begin + len(text[begin:end].rstrip())
    colon = text.rfind(":", begin, last)
    match = _PART_WEIGHT.fullmatch(text, colon, last) if colon >= 0 else None
    if match is None:
        return last, 1.0
    return begin + len(text[begin:colon].rstrip()), read_number(match[1], text, colon)


@dataclass
class _Pair:
    """Two brackets that belong together; ``closing`` is ``None`` where the end of the prompt closes."""

    opening: int
    factor: float
    closing: int | None = None


@dataclass
class _Group:
    """A bracket that is being filled."""

    pair: _Pair
    opened: str
    """How it was opened; empty where it goes on behind a bracket that it crosses."""
    weight: float
    found: list[Node] = field(default_factory=list)


class _Builder:
    """Reads one part of a prompt: pairs the brackets first, then builds the tree."""

    def __init__(self, text: str, begin: int, end: int) -> None:
        self.text = text
        self.tokens = list(_TOKEN.finditer(text, begin, end))
        self.opened_by, self.closed_by = self._pairs()
        self.top: list[Node] = []
        self.groups: list[_Group] = []

    def nodes(self) -> Nodes:
        for token in self.tokens:
            at = token.start()
            if at in self.opened_by:
                self._open(self.opened_by[at], token.group())
            elif at in self.closed_by:
                self._close(self.closed_by[at], token.group())
            else:
                self._here().extend(_leaves(token))
        while self.groups:
            self._finish(self.groups.pop(), "")
        return joined(self.top)

    def _pairs(self) -> tuple[dict[int, _Pair], dict[int, _Pair]]:
        """Pair round brackets with round ones and square with square; the one kind does not see the other."""
        opened: dict[int, _Pair] = {}
        closed: dict[int, _Pair] = {}
        waiting: dict[str, list[_Pair]] = {")": [], "]": []}
        for token in self.tokens:
            at, written = token.start(), token.group()
            if token["round"] or token["square"]:
                pair = opened[at] = _Pair(at, STEP if token["round"] else 1 / STEP)
                waiting[")" if token["round"] else "]"].append(pair)
            elif (token["weighted"] or token["closing"]) and waiting[written[-1]]:
                pair = closed[at] = waiting[written[-1]].pop()
                pair.closing = at
                if token["weighted"]:
                    pair.factor = read_number(token["number"], self.text, at)
        return opened, closed

    def _here(self) -> list[Node]:
        return self.groups[-1].found if self.groups else self.top

    def _open(self, pair: _Pair, written: str) -> None:
        if len(self.groups) == MAX_DEPTH:
            raise too_deep(self.text, pair.opening)
        around = self.groups[-1].weight if self.groups else 1.0
        weight = checked_weight(around * pair.factor, self.text, pair.opening)
        self.groups.append(_Group(pair, written, weight))

    def _close(self, pair: _Pair, written: str) -> None:
        """Finish a group; groups within that it crosses end with it, and go on behind it."""
        crossing = []
        while self.groups[-1].pair is not pair:
            crossing.append(self.groups.pop())
            self._finish(crossing[-1], "")
        self._finish(self.groups.pop(), written)
        for group in reversed(crossing):
            self._open(group.pair, "")

    def _finish(self, group: _Group, closed: str) -> None:
        if closed == "]" and group.opened == "[":
            special = _schedule(group.found, self.text, group.pair.opening) or _alternation(group.found)
            if special is not None:
                self._here().append(special)
                return
        if group.opened or group.found or closed:
            inside = joined(group.found)
            self._here().append(Weighted(marks=(group.opened, closed), parts=(inside,), factor=group.pair.factor))


def _leaves(token: re.Match[str]) -> Iterator[Node]:
    written = token.group()
    if token["network"]:
        kind, name, *arguments = written[1:-1].split(":")
        yield Network(marks=(written,), kind=kind, name=name, arguments=tuple(arguments))
    elif token["escape"]:
        yield words(written[1] if written[1] in "()[]\\" else written, written)
    elif token["plain"]:
        yield from _broken(written)
    else:
        yield words(written)


def _broken(written: str) -> Iterator[Node]:
    """Cut plain text at BREAK; the blanks around it belong to it."""
    at = 0
    for match in _BREAK.finditer(written):
        before = written[at : match.start()].rstrip()
        if before:
            yield words(before)
        begin = at + len(before)
        at = match.end() + len(written[match.end() :]) - len(written[match.end() :].lstrip())
        yield Break(marks=(written[begin:at],))
    if written[at:]:
        yield words(written[at:])


def _schedule(found: Sequence[Node], text: str, position: int) -> Schedule | None:
    """Read the inside of square brackets as a schedule, if it is one."""
    sections = _split(found, ":")
    if sections is None or not 2 <= len(sections) <= 3 or len(sections[-1]) != 1:
        return None
    match = _WHEN.fullmatch(sections[-1][0].marks[0])
    if match is None or not isinstance(sections[-1][0], Text):
        return None
    when = float(match[1])
    if not math.isfinite(when):
        raise PromptError(
            f"'{match[1]}' is no step.", text=text, position=position, hint="Write a step, or a share such as 0.5."
        )
    before = () if len(sections) == 2 else joined(sections[0])
    marks = ("[", "" if len(sections) == 2 else ":", f":{match.group()}]")
    return Schedule(marks=marks, parts=(before, joined(sections[-2])), when=when, fraction="." in match[1])


def _alternation(found: Sequence[Node]) -> Alternation | None:
    """Read the inside of square brackets as an alternation, if it is one."""
    options = _split(found, "|")
    if options is None or len(options) < 2:
        return None
    marks = ("[", *["|"] * (len(options) - 1), "]")
    return Alternation(marks=marks, parts=tuple(joined(option) for option in options))


def _split(found: Sequence[Node], border: str) -> list[list[Node]] | None:
    """Cut nodes at a border; ``None`` where the other border or a bracket without a partner stands among them."""
    sections: list[list[Node]] = [[]]
    for node in found:
        written = node.marks[0] if isinstance(node, Text) else None
        if written == border:
            sections.append([])
        elif written in (":", "|") or (isinstance(node, Weighted) and not all(node.marks)):
            return None
        else:
            sections[-1].append(node)
    return sections
