"""How many tokens a prompt takes, phrase by phrase, and which words a pipeline by itself would have cut."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from typing import Any

from promptkit.backends.conditioning.chunks import Piece, cut, word_start
from promptkit.backends.tokenizers import Tokenizers
from promptkit.dialects import parse
from promptkit.dialects.fragment import Leaf, said, weight_inside
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
)
from promptkit.prompt import Phrase, Prompt

BORDER = Break(marks=("",))
"""Stands between prompts that are encoded one by one."""
UNLIMITED = 100_000
"""Tokenizers that know no limit name a greater one."""


@dataclass(frozen=True, kw_only=True)
class PhraseTokens:
    """A phrase, with the signs up to the next one."""

    phrase: Phrase
    tokens: int
    total: int
    """Tokens up to its end."""
    chunks: tuple[int, ...]
    """Where it is read, from 1; several where it fits into no single one, none where it is not counted."""


@dataclass(frozen=True, kw_only=True)
class TokenCount:
    """A prompt as a tokenizer sees it. Of a schedule or an alternation the longest branch is counted."""

    tokenizers: tuple[str, ...]
    """Names of those that agree."""
    limit: int | None
    """Tokens of words that a pipeline reads; ``None`` where the tokenizer knows no limit."""
    total: int
    phrases: tuple[PhraseTokens, ...]
    chunks: int
    """Parts that promptkit has it read in."""
    cut: tuple[str, ...]
    """The words, in order, that a pipeline by itself does not read."""


@dataclass(frozen=True)
class _Token:
    place: int
    """Where it begins in the typed text."""
    fragment: Piece
    begin: int
    """Where it begins in the fragment."""
    chunk: int


def count_tokens(prompt: Prompt, tokenizers: Tokenizers) -> list[TokenCount]:
    """Count a prompt with each tokenizer; those that agree are named together."""
    found: list[TokenCount] = []
    for name, tokenizer in tokenizers.by_name.items():
        count = _count(prompt, tokenizer, chunked=tokenizers.chunked)
        same = next((each for each in found if replace(each, tokenizers=()) == count), count)
        found = [each for each in found if each is not same]
        found.append(replace(same, tokenizers=(*same.tokenizers, name)))
    return found


def _count(prompt: Prompt, tokenizer: Any, *, chunked: bool) -> TokenCount:
    known = tokenizer.model_max_length < UNLIMITED
    limit = tokenizer.model_max_length - len(tokenizer("").input_ids) if known else None
    passages = _Reader(tokenizer).passages(parse(prompt.text, prompt.dialect))
    tokens = list(_tokens(passages, tokenizer, limit if chunked else None))
    return TokenCount(
        tokenizers=(),
        limit=limit,
        total=len(tokens),
        phrases=tuple(_by_phrase(prompt, tokens)),
        chunks=tokens[-1].chunk if tokens else 1,
        cut=() if limit is None else tuple(_words(tokens, limit)),
    )


class _Reader:
    """Goes through a tree as an encoder hears it, branch by branch the longest."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.at = 0

    def passages(self, nodes: Nodes) -> list[list[Leaf]]:
        """Return the leaves that are said, parted where a chunk must begin; two breaks leave an empty one."""
        found: list[list[Leaf]] = [[]]
        for leaf in self._read(nodes, 1.0):
            if isinstance(leaf.node, Break) and (leaf.node != BORDER or found[-1]):
                found.append([])
            elif isinstance(leaf.node, Text | Embedding):
                found[-1].append(leaf)
        return found if found[-1] else found[:-1]

    def _read(self, nodes: Nodes, weight: float) -> list[Leaf]:
        found: list[Leaf] = []
        for node in nodes:
            start = self.at
            self.at += len(node.marks[0])
            if isinstance(node, Text | Break | Network | Embedding):
                found.append(Leaf(node=node, weight=weight, start=start, end=self.at))
                continue
            parts = []
            for part, mark in zip(node.parts, node.marks[1:], strict=True):
                parts.append(self._read(part, weight_inside(node, weight)))
                self.at += len(mark)
            found += self._heard(node, parts)
        return found

    def _heard(self, node: Node, parts: Sequence[list[Leaf]]) -> Iterator[Leaf]:
        if isinstance(node, Schedule | Alternation):
            yield from max(parts, key=self._size)
        elif isinstance(node, Swap):
            yield from parts[1]
        elif isinstance(node, Conjunction | Blend):
            for part in parts:
                yield from (Leaf(node=BORDER, weight=1.0, start=self.at, end=self.at), *part)
        else:
            for part in parts:
                yield from part

    def _size(self, part: Sequence[Leaf]) -> int:
        text = "".join(said(leaf.node) for leaf in part)
        return len(self.tokenizer(text, add_special_tokens=False, verbose=False).input_ids)


def _tokens(passages: Sequence[Sequence[Leaf]], tokenizer: Any, limit: int | None) -> Iterator[_Token]:
    """Yield the tokens in order. Without a ``limit`` all of them stand in the first chunk."""

    def count(texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in tokenizer(list(texts), add_special_tokens=False, verbose=False).input_ids]

    behind = 0
    for passage in passages:
        runs = [list(run) for _, run in groupby(passage, key=lambda leaf: leaf.weight)]
        pieces = [Piece("".join(said(leaf.node) for leaf in run), run[0].weight) for run in runs]
        chunks = [] if limit is None else cut(pieces or [Piece("")], count, limit)
        ends = list(accumulate(sum(count([piece.text for piece in chunk])) for chunk in chunks))
        number = 0
        for run, piece in zip(runs, pieces, strict=True):
            places = [place for leaf in run for place in _places(leaf)]
            offsets = tokenizer(piece.text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
            for begin, _ in offsets.offset_mapping:
                chunk = 1 if limit is None else behind + 1 + bisect_right(ends, number)
                yield _Token(places[min(begin, len(places) - 1)], piece, begin, chunk)
                number += 1
        behind += len(chunks)


def _places(leaf: Leaf) -> Iterator[int]:
    """Yield for each character that a leaf says where it was typed: escapes are longer than what they say."""
    written, at = leaf.node.marks[0], 0
    for char in said(leaf.node):
        at = max(at, written.find(char, at))
        yield leaf.start + at
        at += 1


def _by_phrase(prompt: Prompt, tokens: Sequence[_Token]) -> Iterator[PhraseTokens]:
    """Share the tokens out: signs go with the phrase before them, those at the beginning with the first."""
    starts = [phrase.start or 0 for phrase in prompt.phrases]
    owned: list[list[_Token]] = [[] for _ in starts]
    for token in tokens if starts else ():
        owned[max(0, bisect_right(starts, token.place) - 1)].append(token)
    totals = accumulate(len(own) for own in owned)
    for phrase, own, total in zip(prompt.phrases, owned, totals, strict=True):
        chunks = tuple(dict.fromkeys(token.chunk for token in own))
        yield PhraseTokens(phrase=phrase, tokens=len(own), total=total, chunks=chunks)


def _words(tokens: Sequence[_Token], limit: int) -> Iterator[str]:
    """Yield the words behind the limit, without the signs round them; one that is read in part counts."""
    for _, run in groupby(tokens[limit:], key=lambda token: id(token.fragment)):
        first = next(run)
        text = first.fragment.text
        for word in text[word_start(text, first.begin) :].split():
            if bare := word.strip(",;.()[]"):
                yield bare
