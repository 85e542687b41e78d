"""The tokenizer: byte-level BPE in CLIP's own format, small, with one token for every word the model knows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from tokenizers import pre_tokenizers
from transformers import CLIPTokenizer

from promptkit.embedded.words import FACETS

CONTEXT = 77
START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"
SMALL_WORDS = ("a", "an", "in", "of", "with", "picture", "image", "the", "and", "at", "on", "photo", "view", "shot")

Symbols = tuple[str, ...]


def of(folder: Path, stage: str, warm: Path | None = None) -> CLIPTokenizer:
    """Return the tokenizer that a stage began with in this folder; a new folder takes the one in ``warm``, or builds
    one."""
    kept = folder / f"tokenizer_{stage}"
    if kept.is_dir():
        return CLIPTokenizer.from_pretrained(kept)
    tokenizer = build() if warm is None else CLIPTokenizer.from_pretrained(warm)
    tokenizer.save_pretrained(kept)
    return tokenizer


def build() -> CLIPTokenizer:
    """Learn merges from the known words. END has the highest id: CLIP pools the text there."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = learn_merges({_symbols(word): 1 for word in _words()})
    tokens = [*alphabet, *(symbol + WORD_END for symbol in alphabet), *("".join(pair) for pair in merges), START, END]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=CONTEXT, pad_token=END, unk_token=END)


def _words() -> list[str]:
    texts = [text for table in FACETS.values() for phrases in table.values() for text in phrases]
    pieces = {piece for text in (*texts, *SMALL_WORDS) for piece in re.findall(r"[a-z]+|'s|\d|[^\s\w]", text)}
    return sorted(pieces)


def _symbols(word: str) -> Symbols:
    return (*word[:-1], word[-1] + WORD_END)


def learn_merges(words: Mapping[Symbols, int]) -> list[tuple[str, str]]:
    """Merge the most frequent pair until every word is one symbol (Sennrich et al., arXiv:1508.07909).

    Pairs of equal count go by the alphabet. The learner of the ``tokenizers`` library leaves their order to a hash that
    differs from process to process, and a model is worth nothing without the tokenizer it was trained with.
    """
    words = dict(words)
    merges: list[tuple[str, str]] = []
    while True:
        counts: Counter[tuple[str, str]] = Counter()
        for symbols, count in words.items():
            for pair in pairwise(symbols):
                counts[pair] += count
        if not counts:
            return merges
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(best)
        words = {_merged(symbols, best): count for symbols, count in words.items()}


def _merged(symbols: Symbols, pair: tuple[str, str]) -> Symbols:
    found: list[str] = []
    for symbol in symbols:
        if found and (found[-1], symbol) == pair:
            found[-1] += symbol
        else:
            found.append(symbol)
    return tuple(found)
