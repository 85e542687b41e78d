"""What a template comes to once its wildcards, variables and conditions are filled in: a tree that only chooses.

Every plan knows how many prompts it holds (``count``, exact) and how long the longest is (``longest``, characters), and
gives them in three ways: ``rows`` all of them in order, the leftmost choice slowest; ``turn`` in lock-step, each choice
with its own counter; ``draw`` by chance, each choice keyed by its own name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import accumulate, repeat
from operator import add
from typing import NamedTuple

from promptkit.seeds import KeyedWords

MAX_CACHED = 10_000
MAX_TAIL = 100
"""Rows that are kept once they were made."""
BITS = 64


class Pick(NamedTuple):
    """What one choice was: ``option`` counts from 0 as written, ``text`` is what it came to."""

    node: str
    option: int
    text: str


Row = tuple[str, str, tuple[Pick, ...]]
"""A text, a negative text in which every piece begins with ``", "``, and what was picked for them."""

EMPTY: Row = ("", "", ())


class Plan:
    """The common shape; ``index`` counts prompts from 0."""

    count: int
    longest: int

    def rows(self) -> Iterator[Row]:
        raise NotImplementedError

    def turn(self, words: KeyedWords, index: int) -> Row:
        raise NotImplementedError

    def draw(self, words: KeyedWords, index: int) -> Row:
        raise NotImplementedError

    def batch(self, words: KeyedWords, number: int) -> Sequence[Row]:
        """Return what ``draw`` gives for the indices of block ``number`` of the words, together and so quicker."""
        start = words.BLOCK * number
        return [self.draw(words, index) for index in range(start, start + words.BLOCK)]


Options = Sequence[Plan | str]
"""Plain text stands for a plan that is only this text: a wildcard may have half a million of them."""


class One(Plan):
    """A text and nothing to choose."""

    def __init__(self, text: str, negative: str = "", picks: tuple[Pick, ...] = (), longest: int | None = None) -> None:
        self.row: Row = (text, negative, picks)
        self.count = 1
        self.longest = len(text) + len(negative) if longest is None else longest

    def rows(self) -> Iterator[Row]:
        yield self.row

    def turn(self, words: KeyedWords, index: int) -> Row:  # noqa: ARG002
        return self.row

    draw = turn


def thresholds(weights: Sequence[float]) -> list[int] | None:
    """Return cumulative weights on a scale of 64 bits; ``None`` when all are equal."""
    if len(set(weights)) < 2:
        return None
    sums = list(accumulate(weights))
    return [*(int(value / sums[-1] * 2**BITS) for value in sums[:-1]), 2**BITS]


class Alternatives(Plan):
    """One of several options."""

    def __init__(self, key: str, options: Options, numbers: Sequence[int], scale: Sequence[int] | None) -> None:
        self.key, self.options, self.numbers, self.scale = key, options, numbers, scale
        self.count = sum(1 if isinstance(option, str) else option.count for option in options)
        self.longest = max(len(option) if isinstance(option, str) else option.longest for option in options)
        self._small = self.count <= MAX_CACHED
        self._flat = self._small and all(isinstance(option, str) for option in options)
        self._cache: list[Row] = []

    def rows(self) -> Iterator[Row]:
        if not self._small:
            return self._walk()
        self._cache = self._cache or list(self._walk())
        return iter(self._cache)

    def _walk(self) -> Iterator[Row]:
        for number, option in zip(self.numbers, self.options, strict=True):
            if isinstance(option, str):
                yield option, "", (Pick(self.key, number, option),)
            else:
                for text, negative, picks in option.rows():
                    yield text, negative, (Pick(self.key, number, text), *picks)

    def turn(self, words: KeyedWords, index: int) -> Row:
        rounds, chosen = divmod(index, len(self.options))
        option = self.options[chosen]
        return self._row(chosen, (option, "", ()) if isinstance(option, str) else option.turn(words, rounds))

    def draw(self, words: KeyedWords, index: int) -> Row:
        word = words.word(self.key, index)
        chosen = word * len(self.options) >> BITS if self.scale is None else bisect_right(self.scale, word)
        if self._flat:
            self._cache = self._cache or list(self._walk())
            return self._cache[chosen]
        option = self.options[chosen]
        return self._row(chosen, (option, "", ()) if isinstance(option, str) else option.draw(words, index))

    def batch(self, words: KeyedWords, number: int) -> Sequence[Row]:
        if not self._flat:
            return super().batch(words, number)
        self._cache = rows = self._cache or list(self._walk())
        block, many, scale = words.block(self.key, number), len(rows), self.scale
        if scale is None:
            return [rows[word * many >> BITS] for word in block]
        return [rows[bisect_right(scale, word)] for word in block]

    def _row(self, chosen: int, row: Row) -> Row:
        text, negative, picks = row
        return text, negative, (Pick(self.key, self.numbers[chosen], text), *picks)


class Join(Plan):
    """Parts one after the other. Texts between what varies are kept apart, so that they cost nothing in ``rows``."""

    def __init__(self, parts: Sequence[Plan]) -> None:
        self.head = EMPTY
        self.parts: list[tuple[Plan, Row]] = []
        for part in parts:
            if not isinstance(part, One):
                self.parts.append((part, EMPTY))
            elif self.parts:
                plan, behind = self.parts[-1]
                self.parts[-1] = (plan, joined(behind, part.row))
            else:
                self.head = joined(self.head, part.row)
        self.count = product(part.count for part in parts)
        self.longest = sum(part.longest for part in parts)
        self._kept = len(self.parts)
        self._tail: list[Row] = []

    def rows(self) -> Iterator[Row]:
        tail = self._tail = self._tail or self._end()
        stack = [self.head]
        walks: list[Iterator[Row]] = []
        while True:
            if len(walks) == self._kept:
                text, negative, picks = stack.pop()
                for a, b, c in tail:
                    yield text + a, negative + b, picks + c
            else:
                walks.append(self.parts[len(walks)][0].rows())
            row = None
            while walks and (row := next(walks[-1], None)) is None:
                walks.pop()
                stack.pop()
            if row is None:
                return
            stack.append(joined(joined(stack[-1], row), self.parts[len(walks) - 1][1]))

    def _end(self) -> list[Row]:
        """Return the rows of the last parts together, as many parts as come to no more than ``MAX_TAIL`` rows; what is
        before them is ``_kept``."""
        rows = [EMPTY]
        while self._kept and len(rows) * self.parts[self._kept - 1][0].count <= MAX_TAIL:
            self._kept -= 1
            plan, after = self.parts[self._kept]
            rows = [joined(joined(row, after), behind) for row in plan.rows() for behind in rows]
        return rows

    def turn(self, words: KeyedWords, index: int) -> Row:
        return self._gathered([(plan.turn(words, index), after) for plan, after in self.parts])

    def draw(self, words: KeyedWords, index: int) -> Row:
        return self._gathered([(plan.draw(words, index), after) for plan, after in self.parts])

    def batch(self, words: KeyedWords, number: int) -> Sequence[Row]:
        size = words.BLOCK
        texts: list[Iterable[str]] = [repeat(self.head[0], size)]
        negatives: list[Iterable[str]] = [repeat(self.head[1], size)] if self.head[1] else []
        picks: list[Iterable[tuple[Pick, ...]]] = [repeat(self.head[2], size)]
        for plan, after in self.parts:
            text, negative, chosen = zip(*plan.batch(words, number), strict=True)
            texts += (text, repeat(after[0], size))
            negatives += [negative] if any(negative) else []
            negatives += [repeat(after[1], size)] if after[1] else []
            picks += (chosen, repeat(after[2], size)) if after[2] else (chosen,)
        said = map("".join, zip(*negatives, strict=True)) if negatives else repeat("", size)
        taken = reduce(lambda first, second: map(add, first, second), picks)
        return list(zip(map("".join, zip(*texts, strict=True)), said, taken, strict=True))

    def _gathered(self, rows: Sequence[tuple[Row, Row]]) -> Row:
        pieces = [self.head, *(row for pair in rows for row in pair)]
        texts, negatives, picks = zip(*pieces, strict=True)
        return "".join(texts), "".join(negatives), tuple([pick for some in picks for pick in some])


def join(parts: Sequence[Plan]) -> Plan:
    """Return the simplest plan of parts one after the other."""
    if len(parts) == 1:
        return parts[0]
    whole = Join(parts)
    return whole if whole.parts else One(*whole.head, longest=whole.longest)


def joined(first: Row, second: Row) -> Row:
    return first[0] + second[0], first[1] + second[1], first[2] + second[2]


def product(numbers: Iterable[int]) -> int:
    """Multiply; in pairs, so that thousands of factors stay quick."""
    found = [number for number in numbers if number != 1] or [1]
    while len(found) > 1:
        found = [found[i] * (found[i + 1] if i + 1 < len(found) else 1) for i in range(0, len(found), 2)]
    return found[0]
