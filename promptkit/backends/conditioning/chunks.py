"""Cutting a prompt into chunks that fit a text encoder.

A cut falls between phrases: behind a comma, a semicolon, a sentence or a line. Only a phrase that fits into no chunk is
cut between its words, and only a word that fits into none within it. No word is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

_BORDER = re.compile(r"(?:[,;]|[.!?](?=\s))\s+|[,;](?=[^\W\d_])|\n\s*")
"""Where a phrase ends. Never between two signs: a tokenizer may read those as one token."""
_WORD = re.compile(r"\s*\S+\s*")


@dataclass(frozen=True)
class Piece:
    """A run of words that share one weight."""

    text: str
    weight: float = 1.0


Chunk = tuple[Piece, ...]
Count = Callable[[Sequence[str]], list[int]]
"""How many tokens each of several texts takes, without those that mark beginning and end."""


def cut(pieces: Sequence[Piece], count: Count, limit: int) -> list[Chunk]:
    """Return the pieces in chunks of at most ``limit`` tokens, as few as phrases allow; one chunk where all fits."""
    if sum(count([piece.text for piece in pieces])) <= limit:
        return [tuple(pieces)]
    chunks: list[list[Piece]] = [[]]
    filled = 0
    for unit, tokens in _units(pieces, count, limit):
        if filled + tokens > limit:
            chunks.append([])
            filled = 0
        chunks[-1] += unit
        filled += tokens
    return [_merged(chunk) for chunk in chunks]


def word_start(text: str, at: int) -> int:
    """Return where the word begins that ``at`` stands in."""
    while 0 < at < len(text) and text[at - 1 : at + 1].isalnum():
        at -= 1
    return at


def _units(pieces: Sequence[Piece], count: Count, limit: int) -> Iterator[tuple[list[Piece], int]]:
    """Yield what is not cut any further, with its tokens: phrases; of a phrase over the limit, words."""
    phrases = _phrases(pieces)
    for phrase, tokens in zip(phrases, _sums(phrases, count), strict=True):
        if tokens <= limit:
            yield phrase, tokens
            continue
        words = [[Piece(word, piece.weight)] for piece in phrase for word in _words(piece.text)]
        for (word,), size in zip(words, _sums(words, count), strict=True):
            yield from [([word], size)] if size <= limit else _halves(word, count, limit)


def _phrases(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return phrases; one may run through several pieces."""
    found: list[list[Piece]] = [[]]
    for piece in pieces:
        at = 0
        for match in _BORDER.finditer(piece.text):
            found[-1].append(Piece(piece.text[at : match.end()], piece.weight))
            found.append([])
            at = match.end()
        if at < len(piece.text):
            found[-1].append(Piece(piece.text[at:], piece.weight))
    return [phrase for phrase in found if phrase]


def _words(text: str) -> list[str]:
    return _WORD.findall(text) or [text]


def _sums(units: Sequence[Sequence[Piece]], count: Count) -> list[int]:
    """Return the tokens of each unit; the tokenizer is asked once for all of them."""
    counts = iter(count([piece.text for unit in units for piece in unit]))
    return [sum(next(counts) for _ in unit) for unit in units]


def _halves(word: Piece, count: Count, limit: int) -> Iterator[tuple[list[Piece], int]]:
    """Halve a word until its parts fit."""
    tokens = count([word.text])[0]
    if tokens <= limit or len(word.text) == 1:
        yield [word], tokens
        return
    middle = len(word.text) // 2
    for half in (word.text[:middle], word.text[middle:]):
        yield from _halves(Piece(half, word.weight), count, limit)


def _merged(pieces: Sequence[Piece]) -> Chunk:
    """Join neighbours of equal weight, so that a chunk is tokenized as it would be uncut."""
    runs = groupby(pieces, key=lambda piece: piece.weight)
    return tuple(Piece("".join(piece.text for piece in run), weight) for weight, run in runs)
