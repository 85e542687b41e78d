"""Which slot each word of a prompt belongs to, how sure that is, and what decided it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from promptkit.slots.claims import Ask, Claim, claims
from promptkit.slots.sights import sights
from promptkit.slots.tagger import Tagger, builtin_tagger
from promptkit.slots.vocabulary import Index, Term
from promptkit.slots.words import Word


class Verdict(NamedTuple):
    """The slot of one word."""

    slot: str
    reason: str
    confidence: float
    """How sure the tagger is, above 0 to 1; 1 for words that a plugin, a pack or a classifier claims."""
    term: Term | None = None


LATIN = "\u024f"
"""The last letter of the Latin script."""
GUESS = 0.5
ALONE = Verdict("subject", "rule: nothing but function words", 0.5)


def assign(
    segments: Sequence[Sequence[Word]], index: Index, ask: Ask | None = None, tagger: Tagger | None = None
) -> list[list[Verdict]]:
    """Return a verdict for each word of each segment: terms and rules claim, the tagger weighs their claims."""
    claimed = [claims(words, index, ask) for words in segments]
    places, seen = sights(segments, claimed)
    tagged = iter((tagger or builtin_tagger()).tag(seen))
    before: Verdict | None = None
    found = []
    for words, here, content in zip(segments, claimed, places, strict=True):
        verdicts: list[Verdict | None] = [None] * len(words)
        for at in content:
            slot, sure = next(tagged)
            if not words[at].written.isascii():
                sure = min(sure, _most_sure(words[at].written))
            verdicts[at] = _verdict(here[at], slot, round(sure, 2))
        found.append(_completed(words, verdicts, before))
        before = found[-1][-1]
    return found


def _completed(words: Sequence[Word], verdicts: Sequence[Verdict | None], before: Verdict | None) -> list[Verdict]:
    """Let function words go with the words after them, "of" with the word before it."""
    last = before
    found: list[Verdict] = []
    waiting = 0
    for word, verdict in zip(words, verdicts, strict=True):
        if verdict is not None:
            found += [verdict] * (waiting + 1)
            waiting, last = 0, verdict
        elif word.text == "of" and found and not waiting:
            found.append(found[-1])
        else:
            waiting += 1
    return found + [last or ALONE] * waiting


def _most_sure(written: str) -> float:
    """Return how sure a word can be at the most: the tagger learnt English, another script is a guess to it."""
    return 1.0 if max(written) <= LATIN else GUESS


@lru_cache(maxsize=50_000)
def _verdict(claim: Claim | None, slot: str, sure: float) -> Verdict:
    if claim is None:
        return Verdict(slot, "tagger", sure)
    if claim.slot != slot and not claim.fixed:
        return Verdict(slot, f"tagger, against {claim.reason}", sure)
    if claim.fixed:
        return Verdict(claim.slot, claim.reason, 1.0, claim.term)
    return Verdict(slot, claim.reason, sure, claim.term)
