"""A prompt as words with places and weights, in segments."""

from __future__ import annotations

import re
from typing import NamedTuple

from promptkit.dialects.fragment import leaves
from promptkit.dialects.nodes import Embedding, Nodes, Text

FUNCTION_WORDS = frozenset(
    "a an the of and or with by in on at to from for into as is are its his her their it that this against under over "
    "near beside behind between through around inside outside onto upon while wearing holding".split()
)
"""Words that say nothing about a slot themselves; they go with what stands round them."""
SILENT = frozenset(
    "a an the of and or with by in on at to from for into as is are its his her their it that this &".split()
)
"""Those of them that are not tagged at all."""

START, COMMA, STOP, DASH = "^", ",", ".", "-"
"""What can stand before a word."""

_WORD = (
    r"f\s?/\s?\d+(?:\.\d+)?|\b[ft]\d+(?:\.\d+)?\b|\d+(?:\.\d+)?:\d+|\d+(?:\.\d+)?(?:\s?mm|k|p|bit|s)?\b"
    r"|[^\W_]+(?:['’][^\W_]+)*|&|[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\u200d\u2600-\u27bf\U0001f300-\U0001faff]*"
)
_WORDS = re.compile(_WORD, re.IGNORECASE)
_FLAGS = "ar|aspect|v|version|s|stylize|c|chaos|q|quality|seed|iw|niji|weird|w|stop|tile|hd|style raw"
"""Parameters that Midjourney reads behind a prompt; they are no words of it."""
_TOKEN = re.compile(
    rf"(?P<flag>(?<!\S)--(?:{_FLAGS})\b(?:\s+[\d.:]+)?)|(?P<word>{_WORD})"
    # a point ends a sentence, but not behind an initial, nor within "f 1 . 8"
    r"|(?P<stop>[!?\n\r。！？]|(?<!\b[A-Za-z])\.(?=\s|$)(?!(?<=\d\s\.)\s\d))"
    r"|(?P<comma>[,;|()\[\]{}<>\"“”，、；：「」『』（）]|:(?=\s|$))|(?P<dash>(?<=\s)[-–—]+(?=\s))",
    re.IGNORECASE,
)
_BORDERS = {"flag": COMMA, "stop": STOP, "comma": COMMA, "dash": DASH}


class Word(NamedTuple):
    """A word with its place and the weight that the brackets around it give."""

    text: str
    """Lower case."""
    written: str
    start: int
    end: int
    weight: float
    before: str = ""
    """What stands before it: the start, a comma or bracket, the end of a sentence, a dash, or nothing."""


def spoken(text: str) -> list[str]:
    """Return the words of a text in lower case, as they are compared."""
    if text.isascii() and text.replace(" ", "").isalpha():
        return text.lower().split()
    return [word.replace("’", "'") for word in _WORDS.findall(text.lower())]


def segments(text: str, nodes: Nodes) -> list[list[Word]]:
    """Cut the typed text at commas, sentence ends and brackets; each part is a list of words, none of them empty."""
    found: list[list[Word]] = []
    weights = _Weights(nodes)
    sole = weights.sole
    before = START
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "word":
            before = _stronger(before, _BORDERS[match.lastgroup or "comma"])
            continue
        weight = weights.at(match.start()) if sole is None else sole
        if weight is None:
            before = _stronger(before, COMMA)
            continue
        written = match.group()
        word = Word(written.lower().replace("’", "'"), written, match.start(), match.end(), weight, before)
        if before in ("", DASH):
            found[-1].append(word)
        else:
            found.append([word])
        before = ""
    return found


def _stronger(first: str, second: str) -> str:
    """Return the border that parts words more: the start, a stop, a comma, a dash."""
    return next(border for border in (START, STOP, COMMA, DASH) if border in (first, second))


class _Weights:
    """The weight at each offset, asked for in rising order; ``None`` where there are no words but signs."""

    def __init__(self, nodes: Nodes) -> None:
        self._plain = len(nodes) == 1 and isinstance(nodes[0], Text)
        self._leaves = [leaf for leaf in leaves(nodes) if isinstance(leaf.node, Text | Embedding)]
        self._at = 0

    @property
    def sole(self) -> float | None:
        """The weight of a text that has one and no signs; ``None`` for any other."""
        return self._leaves[0].weight if len(self._leaves) == 1 and self._plain else None

    def at(self, offset: int) -> float | None:
        while self._at < len(self._leaves) and self._leaves[self._at].end <= offset:
            self._at += 1
        if self._at == len(self._leaves) or self._leaves[self._at].start > offset:
            return None
        return self._leaves[self._at].weight
