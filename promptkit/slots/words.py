"""A prompt as words with places and weights, in segments."""

from __future__ import annotations

import re
from dataclasses import dataclass

from promptkit.dialects.fragment import leaves
from promptkit.dialects.nodes import Embedding, Nodes, Text

FUNCTION_WORDS = frozenset(
    "a an the of and or with by in on at to from for into as is are its his her their it that this against under over "
    "near beside behind between through around inside outside onto upon while wearing holding".split()
)
"""Words that say nothing about a slot themselves; they go with what stands round them."""

_WORD = re.compile(
    r"f\s?/\s?\d+(?:\.\d+)?|\d+(?:\.\d+)?(?:\s?mm|k|p|bit|s)?\b|\d+:\d+|[^\W_]+(?:['’][^\W_]+)*|&", re.IGNORECASE
)
_BORDER = re.compile(r"[,;|\n\r!?()\[\]{}<>\"“”]|\.(?=\s|$)|:(?=\s|$)|\s[-–—]+\s|\bBREAK\b|\bAND\b")


@dataclass(frozen=True)
class Word:
    text: str
    """Lower case."""
    written: str
    start: int
    end: int
    weight: float


def segments(text: str, nodes: Nodes) -> list[list[Word]]:
    """Cut the typed text at commas, sentence ends and brackets; each part is a list of words, none of them empty."""
    found: list[list[Word]] = []
    current: list[Word] = []
    borders = [(match.start(), match.end()) for match in _BORDER.finditer(text)]
    weights = _Weights(nodes)
    at = 0
    for match in _WORD.finditer(text):
        crossed = False
        while at < len(borders) and borders[at][0] < match.end():
            crossed = crossed or borders[at][1] <= match.start() or borders[at][0] == match.start()
            at += 1
        if crossed and current:
            found.append(current)
            current = []
        weight = weights.at(match.start())
        if weight is not None:
            current.append(Word(match.group().lower().replace("’", "'"), match.group(), *match.span(), weight))
    if current:
        found.append(current)
    return found


class _Weights:
    """The weight at each offset, asked for in rising order; ``None`` where there are no words but signs."""

    def __init__(self, nodes: Nodes) -> None:
        self._leaves = [leaf for leaf in leaves(nodes) if isinstance(leaf.node, Text | Embedding)]
        self._at = 0

    def at(self, offset: int) -> float | None:
        while self._at < len(self._leaves) and self._leaves[self._at].end <= offset:
            self._at += 1
        if self._at == len(self._leaves) or self._leaves[self._at].start > offset:
            return None
        return self._leaves[self._at].weight
