"""The expander: what a language model writes behind a prompt, sieved by the slot parser."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

import promptkit
from promptkit import Phrase, Prompt, PromptError
from promptkit.seeds import Draw
from promptkit_magic_prompt.language import LanguageModel, chosen

SOURCE = "magic-prompt"
TOKENS = 32
TRIES = 8
"""Continuations that are written at most for one more variant."""
MOST = 8
"""Variants where no limit is given."""
_PLAIN = re.compile(r"[^\W_][\w' /.-]{1,58}[^\W_]")
"""A phrase without signs of any dialect, 3 to 60 characters."""
_CUTS = re.compile(r"[,;\n]|\.(?=\s|$)")


class MagicPrompt:
    """Fills the open slots with a model's words, one phrase each; the text seed decides them."""

    name = "magic"

    def expand(self, prompt: Prompt, *, draw: Draw, limit: int | None) -> Iterator[Prompt]:
        if not prompt.missing:
            yield prompt
            return
        proposals = Proposals(prompt, chosen(), draw)
        seen: set[str] = set()
        for number in range(MOST if limit is None else limit):
            proposals.fetch(number + 1)
            variant = filled(prompt, proposals.of(number))
            if variant.resolved in seen or (number and variant.resolved == prompt.resolved):
                return
            seen.add(variant.resolved)
            yield variant


class Proposals:
    """Phrases by the open slot that they fall into, written by the model as they are asked for."""

    def __init__(self, prompt: Prompt, model: LanguageModel, draw: Draw) -> None:
        self.prompt, self.model, self.draw = prompt, model, draw
        self.text = ", ".join(phrase.text for phrase in prompt.phrases)
        self.found: dict[str, list[str]] = {slot: [] for slot in prompt.missing}
        self._written = 0

    def fetch(self, count: int) -> None:
        """Let the model write until every open slot has so many proposals, or it was tried often enough."""
        for _ in range(TRIES):
            if all(len(texts) >= count for texts in self.found.values()):
                return
            self._take(self.draw(f"{SOURCE}/{self._written}"))
            self._written += 1

    def of(self, number: int) -> dict[str, str]:
        """Return a proposal for each slot that has any, counted round where there are fewer."""
        return {slot: texts[number % len(texts)] for slot, texts in self.found.items() if texts}

    def _take(self, rng: random.Random) -> None:
        written = self.model.go_on(f"{self.text},", rng, tokens=TOKENS)
        for part in _CUTS.split(written)[:-1]:  # the last one may be cut short
            text = " ".join(part.split())
            slot = self._slot(text)
            if slot in self.found and text not in self.found[slot]:
                self.found[slot].append(text)

    def _slot(self, text: str) -> str | None:
        """Return the slot that the parser puts a phrase into behind this prompt; ``None`` for what is no whole phrase
        of its own, or is said already."""
        if not _PLAIN.fullmatch(text) or text.lower() in self.text.lower():
            return None
        phrases = promptkit.parse(f"{self.text}, {text}", dialect="plain").phrases
        return next((p.slot for p in phrases if p.text == text and (p.start or 0) >= len(self.text)), None)


def filled(prompt: Prompt, words: dict[str, str]) -> Prompt:
    """Return the prompt with words added, each only where the whole text still puts all of them into their slots."""
    added: list[Phrase] = []
    for slot, text in words.items():
        more = [*added, Phrase(text=text, slot=slot, source=SOURCE, reason="language model")]
        if _lands(replace(prompt, phrases=(*prompt.phrases, *more)), more):
            added = more
    return replace(prompt, phrases=(*prompt.phrases, *added))


def _lands(variant: Prompt, added: list[Phrase]) -> bool:
    try:
        read = promptkit.parse(variant.resolved, dialect=variant.dialect)
    except PromptError:
        return False
    return {(phrase.text, phrase.slot) for phrase in added} <= {(phrase.text, phrase.slot) for phrase in read.phrases}
