"""Counting and ranking selections: ``k`` of ``n`` options in order, none twice, where each option may itself be many
things. All of it exact, in integers of any size, without enumerating."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import perm

MAX_STEPS = 1_000_000
"""Multiplications that counting one selection may take; about a second."""


def countable(counts: Sequence[int], high: int) -> bool:
    """Whether counting selections of up to ``high`` options stays within ``MAX_STEPS``."""
    return len(set(counts)) < 2 or len(counts) * high <= MAX_STEPS


def selections(counts: Sequence[int], low: int, high: int) -> int:
    """Return how many ordered selections of ``low`` to ``high`` options there are, option ``i`` being ``counts[i]``
    things.

    A selection of ``k`` is counted by ``k! · e_k(counts)``, ``e_k`` the elementary symmetric polynomial.
    """
    if len(set(counts)) == 1:
        return _equal(len(counts), counts[0], low, high)
    total, factorial = 0, 1
    for size, coefficient in enumerate(symmetric(counts, high)):
        factorial *= max(size, 1)
        if size >= low:
            total += factorial * coefficient
    return total


def _equal(options: int, count: int, low: int, high: int) -> int:
    """Count selections where every option is as many things: ``Σ n!/(n−k)! · cᵏ``."""
    term = perm(options, low) * count**low
    total = term
    for size in range(low, high):
        term *= (options - size) * count
        total += term
    return total


def symmetric(counts: Sequence[int], high: int) -> list[int]:
    """Return ``e_0 … e_high`` of the counts: the coefficients of ``Π (1 + c·x)``, equal counts taken together."""
    product = [1]
    for count, times in Counter(counts).items():
        factor = [1]
        for size in range(1, min(times, high) + 1):
            factor.append(factor[-1] * count * (times - size + 1) // size)
        product = _multiplied(product, factor, high)
    return product


def _multiplied(first: Sequence[int], second: Sequence[int], high: int) -> list[int]:
    if len(first) == 1:
        return list(second)
    found = [0] * min(len(first) + len(second) - 1, high + 1)
    for i, a in enumerate(first):
        for j, b in enumerate(second[: len(found) - i]):
            found[i + j] += a * b
    return found


def order_at(options: int, low: int, high: int, rank: int) -> tuple[int, ...]:
    """Return ordered selection number ``rank`` (from 0) of options that are one thing each: fewer options first, then
    in lexicographic order."""
    size, block = low, perm(options, low)
    while size < high and rank >= block:
        rank -= block
        block *= options - size
        size += 1
    left = list(range(options))
    found = []
    for place in range(size):
        block //= options - place
        index, rank = divmod(rank, block)
        found.append(left.pop(index))
    return tuple(found)
