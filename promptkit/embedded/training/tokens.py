"""The tokenizer: byte-level BPE in CLIP's own format, small, with one token for every word the model knows."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from promptkit.embedded.words import FACETS

CONTEXT = 77
START, END = "<|startoftext|>", "<|endoftext|>"
SMALL_WORDS = ("a", "an", "in", "of", "with", "picture", "image", "the", "and", "at", "on", "photo", "view", "shot")


def build() -> CLIPTokenizer:
    """Learn merges from the known words. END has the highest id: CLIP pools the text there."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [
        word for table in FACETS.values() for phrases in table.values() for text in phrases for word in text.split()
    ]
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split("-", "isolated"), pre_tokenizers.WhitespaceSplit()]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=2000, end_of_word_suffix="</w>", initial_alphabet=alphabet, show_progress=False
    )
    learner.train_from_iterator((*sorted(set(words)), *SMALL_WORDS), trainer)
    merges = _merges(learner)
    tokens = [*alphabet, *(f"{symbol}</w>" for symbol in alphabet)]
    tokens += [token for token in ("".join(pair) for pair in merges) if token not in set(tokens)]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys((*tokens, START, END)))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=CONTEXT, pad_token=END, unk_token=END)


def _merges(tokenizer: Tokenizer) -> list[tuple[str, str]]:
    import json

    pairs = json.loads(tokenizer.to_str())["model"]["merges"]
    return [tuple(pair) if isinstance(pair, list) else tuple(pair.split(" ")) for pair in pairs]


def save(folder: Path) -> CLIPTokenizer:
    tokenizer = build()
    tokenizer.save_pretrained(folder)
    return tokenizer
