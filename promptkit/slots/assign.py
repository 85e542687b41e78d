"""Which slot each word of a prompt belongs to, how sure that is, and what decided it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from promptkit.slots.claims import Claim, Claims, Classify, claims
from promptkit.slots.sights import sights
from promptkit.slots.tagger import Tagger, builtin_tagger
from promptkit.slots.vocabulary import Index, Term
from promptkit.slots.words import Word


class Verdict(NamedTuple):
    """The slot of one word."""

    slot: str
    reason: str
    confidence: float
    """How sure the tagger is, 0.25 to 1; 1 for words that a plugin, a pack or a classifier claims."""
    term: Term | None = None


def assign(
    segments: Sequence[Sequence[Word]], index: Index, classify: Classify | None = None, tagger: Tagger | None = None
) -> list[list[Verdict]]:
    """Return a verdict for each word of each segment: terms and rules claim, the tagger weighs their claims."""
    claimed = [claims(words, index, classify) for words in segments]
    seen = sights(segments, claimed)
    tagged = iter((tagger or builtin_tagger()).tag([sight for places in seen for _, sight in places]))
    before: Verdict | None = None
    found = []
    for words, here, places in zip(segments, claimed, seen, strict=True):
        verdicts = _settled(words, here, {at: next(tagged) for at, _ in places}, before)
        before = verdicts[-1]
        found.append(verdicts)
    return found


def _settled(
    words: Sequence[Word], claimed: Claims, tagged: dict[int, tuple[str, float]], before: Verdict | None
) -> list[Verdict]:
    """Turn slots into verdicts; function words go with the words after them, "of" with the word before it."""
    verdicts: list[Verdict | None] = [None] * len(words)
    following: Verdict | None = None
    for at in range(len(words) - 1, -1, -1):
        if at in tagged:
            following = verdicts[at] = _verdict(claimed[at], *tagged[at])
        else:
            verdicts[at] = following
    for at in range(1, len(words)):
        if words[at].text == "of":
            verdicts[at] = verdicts[at - 1]
    last = next((verdict for verdict in reversed(verdicts) if verdict is not None), before)
    alone = last or Verdict("subject", "rule: nothing but function words", 0.5)
    return [verdict or alone for verdict in verdicts]


def _verdict(claim: Claim | None, slot: str, sure: float) -> Verdict:
    if claim is None:
        return Verdict(slot, "tagger", round(sure, 3))
    if claim.slot != slot and not claim.fixed:
        return Verdict(slot, f"tagger, against {claim.reason}", round(sure, 3))
    if claim.fixed:
        return Verdict(claim.slot, claim.reason, 1.0, claim.term)
    return Verdict(slot, claim.reason, round(sure, 3), claim.term)
