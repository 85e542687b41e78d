"""The plans beside plain choices and sequences: several options at once, text for the negative prompt, wraps, values
that decide what follows, values that are drawn once, and nodes with a sampler of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import permutations

from promptkit.seeds import KeyedWords
from promptkit.templates.counting import order_at, selections
from promptkit.templates.nodes import RANDOM
from promptkit.templates.plan import BITS, One, Options, Pick, Plan, Row, joined

DOTS = re.compile(r"\.{3,}|[\u2026\u1801]+")
"""Where a wrap puts what it wraps."""

# Signs that no template may hold stand for what is filled in when a prompt is finished.
USE, DEFINE, FLOAT, STOP, END = "\x01", "\x02", "\x03", "\x04", "\x05"


def used(symbol: int) -> str:
    return f"{USE}{symbol}{STOP}"


class Selection(Plan):
    """``low`` to ``high`` of the options in any order, none twice; empty texts get no separator."""

    def __init__(
        self,
        key: str,
        options: Options,
        numbers: Sequence[int],
        weights: Sequence[float],
        bounds: tuple[int, int],
        separator: str,
    ) -> None:
        self.key, self.numbers, self.weights, self.separator = key, numbers, weights, separator
        self.options = [One(option) if isinstance(option, str) else option for option in options]
        self.low, self.high = bounds
        self.count = selections([option.count for option in self.options], *bounds)
        self.equal = len(set(weights)) < 2
        sizes = sorted((option.longest for option in self.options), reverse=True)
        self.longest = sum(sizes[: self.high]) + len(separator) * max(self.high - 1, 0)

    @cached_property
    def _orders(self) -> int:
        """How many selections there are of the options themselves, whatever is in them."""
        return selections([1] * len(self.options), self.low, self.high)

    def rows(self) -> Iterator[Row]:
        for size in range(self.low, self.high + 1):
            for order in permutations(range(len(self.options)), size):
                for rows in combinations([self.options[index] for index in order]):
                    yield self._joined(order, rows)

    def turn(self, words: KeyedWords, index: int) -> Row:
        rounds, rank = divmod(index, self._orders)
        order = order_at(len(self.options), self.low, self.high, rank)
        return self._joined(order, [self.options[chosen].turn(words, rounds) for chosen in order])

    def draw(self, words: KeyedWords, index: int) -> Row:
        size = self.low + (words.word(self.key, index) * (self.high - self.low + 1) >> BITS)
        left = list(range(len(self.options)))
        order = []
        for place in range(size):
            word = words.word(f"{self.key}\x1f{place}", index)
            order.append(left.pop(word * len(left) >> BITS if self.equal else self._weighted(left, word)))
        return self._joined(order, [self.options[chosen].draw(words, index) for chosen in order])

    def _weighted(self, left: Sequence[int], word: int) -> int:
        aim = word / 2**BITS * sum(self.weights[index] for index in left)
        for place, index in enumerate(left):
            aim -= self.weights[index]
            if aim < 0:
                return place
        return len(left) - 1

    def _joined(self, order: Sequence[int], rows: Sequence[Row]) -> Row:
        picks: list[Pick] = []
        for index, (text, _, inner) in zip(order, rows, strict=True):
            picks += (Pick(self.key, self.numbers[index], text), *inner)
        text = self.separator.join(row[0] for row in rows if row[0])
        return text, "".join(row[1] for row in rows), tuple(picks)


def combinations(plans: Sequence[Plan]) -> Iterator[list[Row]]:
    """Yield a row of every plan in all combinations, the first slowest, without holding more than one."""
    if not plans:
        yield []
        return
    walks = [plans[0].rows()]
    rows: list[Row] = []
    while walks:
        row = next(walks[-1], None)
        if row is None:
            walks.pop()
            if rows:
                rows.pop()
        elif len(walks) == len(plans):
            yield [*rows, row]
        else:
            rows.append(row)
            walks.append(plans[len(walks)].rows())


class Pair(Plan):
    """Two plans, every row of one with every row of the other; ``both`` says how."""

    def __init__(self, first: Plan, second: Plan) -> None:
        self.first, self.second = first, second
        self.count = first.count * second.count
        self.longest = first.longest + second.longest

    def both(self, first: Row, second: Row) -> Row:
        raise NotImplementedError

    def rows(self) -> Iterator[Row]:
        for first in self.first.rows():
            for second in self.second.rows():
                yield self.both(first, second)

    def turn(self, words: KeyedWords, index: int) -> Row:
        return self.both(self.first.turn(words, index), self.second.turn(words, index))

    def draw(self, words: KeyedWords, index: int) -> Row:
        return self.both(self.first.draw(words, index), self.second.draw(words, index))


class Wrapped(Pair):
    """The second in the place of the dots of the first."""

    def both(self, first: Row, second: Row) -> Row:
        text, negative, picks = joined((first[0], first[1], first[2]), ("", second[1], second[2]))
        before, after = DOTS.split(text, maxsplit=1) if DOTS.search(text) else (text, "")
        return before + second[0] + after, negative, picks


class Mapped(Plan):
    """A plan whose rows are changed one by one."""

    def __init__(self, inner: Plan) -> None:
        self.inner = inner
        self.count = inner.count
        self.longest = inner.longest

    def change(self, row: Row) -> Row:
        raise NotImplementedError

    def rows(self) -> Iterator[Row]:
        return map(self.change, self.inner.rows())

    def turn(self, words: KeyedWords, index: int) -> Row:
        return self.change(self.inner.turn(words, index))

    def draw(self, words: KeyedWords, index: int) -> Row:
        return self.change(self.inner.draw(words, index))


class Negated(Mapped):
    """Text that goes to the negative prompt."""

    def change(self, row: Row) -> Row:
        text = row[0].strip()
        return "", f", {text}{row[1]}" if text else row[1], row[2]


class Defined(Mapped):
    """A value drawn once: it leaves no text here, and stands wherever its symbol is used."""

    def __init__(self, inner: Plan, symbol: int) -> None:
        super().__init__(inner)
        self.symbol = symbol

    def change(self, row: Row) -> Row:
        return f"{DEFINE}{self.symbol}{STOP}{row[0]}{END}", row[1], row[2]


class Decided(Plan):
    """A value on which what follows depends; ``rests`` holds what follows each of its texts."""

    def __init__(self, value: Plan, rests: Mapping[str, Plan]) -> None:
        self.value, self.rests = value, rests
        self.count = sum(rests[text].count for text, _, _ in value.rows())
        self.longest = max(rest.longest for rest in rests.values())

    def rows(self) -> Iterator[Row]:
        for text, negative, picks in self.value.rows():
            for row in self.rests[text].rows():
                yield row[0], negative + row[1], picks + row[2]

    def turn(self, words: KeyedWords, index: int) -> Row:
        value = self.value.turn(words, index)
        return joined(("", value[1], value[2]), self.rests[value[0]].turn(words, index))

    def draw(self, words: KeyedWords, index: int) -> Row:
        value = self.value.draw(words, index)
        return joined(("", value[1], value[2]), self.rests[value[0]].draw(words, index))


class Sampled(Plan):
    """A node with a sampler of its own. ``~`` and ``@`` take one value a prompt, whatever the others do; ``!`` goes
    through its values in turn where the others do not enumerate."""

    def __init__(self, inner: Plan, sampler: str, symbol: int) -> None:
        self.inner, self.sampler = inner, sampler
        self.symbol = symbol
        self.count = 1
        self.longest = inner.longest

    def rows(self) -> Iterator[Row]:
        yield f"{FLOAT}{self.symbol}{STOP}", "", ()

    def value(self, words: KeyedWords, index: int) -> Row:
        """Return value number ``index`` by the node's own sampler."""
        return self.inner.draw(words, index) if self.sampler == RANDOM else self.inner.turn(words, index)

    turn = value
    draw = value


class InTurn(Mapped):
    """A ``!`` node: enumerated with the others, in turn where they are drawn."""

    def change(self, row: Row) -> Row:
        return row

    def draw(self, words: KeyedWords, index: int) -> Row:
        return self.inner.turn(words, index)
