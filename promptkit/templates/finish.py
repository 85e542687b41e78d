"""From a plan's row to a finished prompt: values that were drawn once put where they are used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from promptkit.seeds import KeyedWords
from promptkit.templates.plan import Pick, Row
from promptkit.templates.special import DEFINE, END, FLOAT, STOP, USE, Sampled

_MARK = re.compile(rf"([{USE}{DEFINE}{FLOAT}]\d+{STOP}|{END})")


class Resolved(NamedTuple):
    """One prompt of a template, with the template it came from."""

    text: str
    negative: str
    """What ``--no`` said, its pieces joined by commas."""
    template: str
    picks: tuple[Pick, ...]
    """What each choice was, from left to right; no two prompts of an enumeration have the same."""


def resolved(rows: Iterator[Row], template: str) -> Iterator[Resolved]:
    """Make the results of rows that hold no marks; by ``tuple.__new__``, which takes half the time."""
    new = tuple.__new__
    return (new(Resolved, (text, negative[2:], template, picks)) for text, negative, picks in rows)


class Finisher:
    """Fills in the marks of rows one after the other; nodes with a sampler of their own count their prompts here."""

    def __init__(self, template: str, sampled: Mapping[int, Sampled], seed: int) -> None:
        self.template = template
        self.sampled = sampled
        self.words = KeyedWords(seed)
        self.counts: Counter[int] = Counter()

    def __call__(self, row: Row) -> Resolved:
        filling = _Filling(self)
        text, negative = filling.fill(row[0]), filling.fill(row[1])
        picks = [Pick(pick.node, pick.option, filling.fill(pick.text)) for pick in row[2]]
        return Resolved(text, (negative + filling.negative)[2:], self.template, (*picks, *filling.picks))

    def next(self, symbol: int) -> Row:
        index = self.counts[symbol]
        self.counts[symbol] += 1
        return self.sampled[symbol].value(self.words, index)


class _Filling:
    """The values of one prompt."""

    def __init__(self, finisher: Finisher) -> None:
        self.finisher = finisher
        self.values: dict[int, str] = {}
        self.negative = ""
        self.picks: tuple[Pick, ...] = ()

    def fill(self, text: str) -> str:
        """Return a text with its marks filled in; values are defined before they are used."""
        open_texts: list[list[str]] = [[]]
        defining: list[int] = []
        for piece in _MARK.split(text):
            if piece == END:
                self.values[defining.pop()] = "".join(open_texts.pop())
            elif piece[:1] == DEFINE:
                defining.append(int(piece[1:-1]))
                open_texts.append([])
            elif piece[:1] in (USE, FLOAT) and piece:
                open_texts[-1].append(self.value(int(piece[1:-1])))
            else:
                open_texts[-1].append(piece)
        return "".join(open_texts[0])

    def value(self, symbol: int) -> str:
        if symbol not in self.values:
            text, negative, picks = self.finisher.next(symbol)
            self.values[symbol] = self.fill(text)
            self.negative += self.fill(negative)
            self.picks += picks
        return self.values[symbol]
