"""What a text means differently when it is pasted into another dialect as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from promptkit.dialects import parse
from promptkit.dialects.fragment import weight_inside
from promptkit.dialects.nodes import (
    Alternation,
    Blend,
    Break,
    Conjunction,
    Embedding,
    Network,
    Node,
    Nodes,
    Schedule,
    Swap,
    Text,
    length,
)
from promptkit.dialects.writers import WRITERS
from promptkit.dialects.writing import SAME
from promptkit.errors import PromptError

WORDS, SIGNS = "words", "a sign"
NAMES: Mapping[type[Node], str] = {
    Text: WORDS,
    Break: "BREAK",
    Network: "a network",
    Embedding: "an embedding",
    Schedule: "a schedule",
    Alternation: "an alternation",
    Swap: "a swap",
    Blend: "a blend",
    Conjunction: "AND",
}


def name_of(node: Node) -> str:
    """Return what a node is called in a message; brackets are signs."""
    if isinstance(node, Conjunction) and node.concatenated:
        return ".and()"
    return NAMES.get(type(node), SIGNS)


class Kind(StrEnum):
    """What a change tells about."""

    PASTED = "pasted"
    """The words mean something else in the other dialect when they are pasted as typed."""
    REWRITTEN = "rewritten"
    """They were written otherwise so that they mean the same."""
    LOST = "lost"
    """The other dialect has no way to say it; the message tells what stands there instead."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A place where the meaning or the writing changes; ``start`` and ``end`` are offsets into the source text."""

    kind: Kind
    start: int
    end: int
    words: str
    message: str
    weight: float | None = None
    """The attention weight in the source, where this is about a weight."""
    becomes: float | None = None
    """The weight that it is in the other dialect."""

    def to_json(self) -> dict[str, Any]:
        """Return the change as plain JSON values."""
        return {**asdict(self), "kind": str(self.kind)}


@dataclass(frozen=True)
class _Cell:
    """A stretch of the text and what a dialect takes it for."""

    start: int
    end: int
    name: str
    weight: float = 1.0

    @property
    def special(self) -> bool:
        return self.name not in (WORDS, SIGNS)


def pasted(text: str, nodes: Nodes, source: str, target: str) -> Iterator[Change]:
    """Yield the places at which ``target`` would read the text of ``source`` otherwise, in order."""
    try:
        others = parse(text, target)
    except PromptError as error:
        start = error.position or 0
        message = f"as typed, {target} refuses this: {error.message}"
        yield Change(kind=Kind.PASTED, start=start, end=start + 1, words=text[start : start + 1], message=message)
        return
    begin, last = 0, None
    for start, end, here, there in _overlaps(_Walk().cells(nodes, 1.0), _Walk().cells(others, 1.0)):
        key = _key(here, there)
        if last is not None and key != last[0]:
            yield from _change(text, begin, start, last[1], last[2], (source, target))
            begin = start
        last = (key, here, there)
        if here.name == there.name == WORDS:
            yield from _escapes(text, start, end, (source, target))
    if last is not None:
        yield from _change(text, begin, len(text), last[1], last[2], (source, target))


class _Walk:
    """Goes through a tree and cuts the text into cells, from its first character to its last."""

    def __init__(self) -> None:
        self.at = 0

    def cells(self, nodes: Nodes, weight: float) -> Iterator[_Cell]:
        for node in nodes:
            sign = name_of(node)
            if sign not in (SIGNS, NAMES[Conjunction]):
                yield self._cell(length((node,)), sign, weight)
                continue
            yield self._cell(len(node.marks[0]), sign)
            for part, mark in zip(node.parts, node.marks[1:], strict=True):
                yield from self.cells(part, weight_inside(node, weight))
                yield self._cell(len(mark), sign)

    def _cell(self, size: int, name: str, weight: float = 1.0) -> _Cell:
        self.at += size
        return _Cell(self.at - size, self.at, name, weight)


def _overlaps(first: Iterator[_Cell], second: Iterator[_Cell]) -> Iterator[tuple[int, int, _Cell, _Cell]]:
    """Yield the stretches in which neither reading changes."""
    here, there = next(first, None), next(second, None)
    at = 0
    while here is not None and there is not None:
        end = min(here.end, there.end)
        if end > at:
            yield at, end, here, there
        at = end
        here, there = (
            next(first, None) if here.end <= end else here,
            next(second, None) if there.end <= end else there,
        )


def _key(here: _Cell, there: _Cell) -> tuple[object, ...]:
    """Return what neighbouring stretches have in common that make one change."""
    if here.special or there.special:
        spot = here if here.special else there
        return (spot.name, spot.start)
    return (here.name, here.weight, there.name, there.weight)


def _change(text: str, start: int, end: int, here: _Cell, there: _Cell, dialects: tuple[str, str]) -> Iterator[Change]:
    """Yield the change between two readings of a stretch, if there is one."""
    words = text[start:end].strip()
    begin = text.index(words, start)
    source, target = dialects
    weight = becomes = None
    if not words or (here.name == there.name and (here.name != WORDS or abs(here.weight - there.weight) <= SAME)):
        return
    if here.name == there.name:
        weight, becomes = here.weight, there.weight
        message = f"weight {weight:.4g} in {source}; as typed, {becomes:.4g} in {target}"
    else:
        mixed = here.special or there.special
        first, second = (WORDS if mixed and not cell.special else cell.name for cell in (here, there))
        message = f"{first} in {source}; as typed, {second} in {target}"
    yield Change(
        kind=Kind.PASTED, start=begin, end=begin + len(words), words=words, message=message,
        weight=weight, becomes=becomes,
    )  # fmt: skip


def _escapes(text: str, start: int, end: int, dialects: tuple[str, str]) -> Iterator[Change]:
    """Yield the backslashes that are a word in one dialect and none in the other."""
    first, second = (_escape_places(text[start:end], name) for name in dialects)
    for place in sorted(first ^ second):
        begin = start + place
        words = text[begin : begin + 2]
        said = [words[1] if place in places else words for places in (first, second)]
        message = f"says {said[0]} in {dialects[0]}; as typed, {said[1]} in {dialects[1]}"
        yield Change(kind=Kind.PASTED, start=begin, end=begin + 2, words=words, message=message)


def _escape_places(text: str, dialect: str) -> set[int]:
    signs = WRITERS[dialect].escapes
    return {match.start() for match in re.finditer(rf"\\[{re.escape(signs)}]", text)} if signs else set()
