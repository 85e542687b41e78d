"""What the vocabulary and rules of where words stand claim of the words of one segment, before the tagger weighs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from promptkit.prompt import Slot
from promptkit.slots.vocabulary import Hit, Index, Kind, Term
from promptkit.slots.words import FUNCTION_WORDS, Word

SUBJECT, STYLE, LIGHTING, CAMERA = (slot.value for slot in Slot)

LIGHT_HEADS = frozenset("lighting light lit shadows shadow glow rays sunlight moonlight daylight backlight".split())
CAMERA_HEADS = frozenset("lens shot angle angles bokeh focus composition framing".split())
STYLE_HEADS = frozenset("style aesthetic palette colors colours tones artstyle".split())
HEADS = LIGHT_HEADS | CAMERA_HEADS | STYLE_HEADS
COLOURS = frozenset(
    "red blue green yellow purple pink orange black white grey gray brown beige violet turquoise teal blond".split()
)
"""Before one of these, "light" is no light: "light pink clothes"."""
MAKING = frozenset(
    "in the art artwork made painted directed drawn inspired designed illustrated photographed created and".split()
)
"""Words before "by" that say that something was made."""
PLACING = frozenset("lit surrounded covered made illuminated framed followed".split())
"""Words before "by" that say no such thing: "surrounded by trees"."""
RULES = {Kind.ALONE: "w", Kind.THING: "t", Kind.MAKER: "a"}
REACH = 4
"""So many words before a head belong to it at most."""
MEASURE_ENDS = frozenset("0123456789mo")
_MEASURE = re.compile(r"\d+(?:\.\d+)?\s?mm|f\s?/\s?\d+(?:\.\d+)?|[ft]\d+(?:\.\d+)?|iso\d*", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Claim:
    """A slot that a term or a rule claims for a word."""

    slot: str
    rule: str
    """``1`` or ``2`` for a term of one word or more, ``w`` for one that only counts alone, ``t`` for a thing, ``a``
    for a maker, else the rule's letter."""
    reason: str
    term: Term | None = None
    fixed: bool = False
    """Whether the claim stands whatever the tagger thinks: the words of plugins and packs, and what means nothing
    else, measures of a lens and lights of more than one word."""

    @cached_property
    def code(self) -> str:
        return self.slot[:2] + self.rule

    @cached_property
    def strong(self) -> bool:
        """Whether rules leave it alone."""
        return self.rule not in "wt"


Ask = Callable[[str], str | None]
"""Gives the slot of a phrase, or ``None``."""
Claims = list[Claim | None]


_claim = lru_cache(maxsize=10_000)(Claim)
"""Claims that say the same are one, so that what is worked out from one is remembered for all."""


def claims(words: Sequence[Word], index: Index, ask: Ask | None = None) -> Claims:
    """Return what is claimed of each word; ``None`` where nothing is."""
    found = _terms(words, index)
    _heads(words, found)
    _makers(words, found)
    _before_of(words, found)
    if ask is not None:
        _ask(words, found, ask)
    return found


def _terms(words: Sequence[Word], index: Index) -> Claims:
    found: Claims = [None] * len(words)
    keys = [word.text for word in words]
    at = 0
    while at < len(words):
        if keys[at][-1] in MEASURE_ENDS and _MEASURE.fullmatch(keys[at]):
            reason = f"rule: '{words[at].written}' is a measure of a lens"
            found[at] = _claim(CAMERA, "m", reason, fixed=True)
            at += 1
            continue
        hit = index.longest(keys, at)
        if hit is None:
            at += 1
            continue
        found[at : at + hit.count] = [_said(hit)] * hit.count
        at += hit.count
    return found


def _said(hit: Hit) -> Claim:
    term = hit.term
    rule = RULES.get(term.kind) or ("1" if hit.count == 1 else "2")
    only = term.slot == LIGHTING and rule == "2"
    return _claim(term.slot, rule, f"term '{term.text}'", term, hit.foreign or only)


def _heads(words: Sequence[Word], found: Claims) -> None:
    """Let a head take the words before it: "pale violet backlight", "old russian folk style"."""
    for at, word in enumerate(words):
        if word.text not in HEADS or (at + 1 < len(words) and words[at + 1].text in COLOURS):
            continue
        slot = _head_slot(word, found[at], last=at == len(words) - 1)
        if slot is None:
            continue
        reason = f"rule: '{word.written}' takes the words before it"
        if found[at] is None:
            found[at] = _claim(slot, "h", f"rule: '{word.written}' as a head")
        for before in range(at - 1, max(-1, at - 1 - REACH), -1):
            claim = found[before]
            if words[before].text in FUNCTION_WORDS or (claim is not None and claim.strong):
                break
            found[before] = _claim(slot, "h", reason, claim.term if claim else None)


def _head_slot(word: Word, claim: Claim | None, *, last: bool) -> str | None:
    if word.text in LIGHT_HEADS:
        return LIGHTING if claim is None or claim.slot == LIGHTING else None
    if word.text in CAMERA_HEADS:
        return CAMERA if claim is None or claim.slot == CAMERA else None
    if word.text in STYLE_HEADS and (last or word.text == "style"):
        return STYLE if claim is None or claim.slot == STYLE else None
    return None


def _makers(words: Sequence[Word], found: Claims) -> None:
    """Give to style what follows "by", "in the style of" or "inspired by"."""
    for at, word in enumerate(words):
        style_of = word.text == "style" and at + 1 < len(words) and words[at + 1].text in ("of", "by")
        if not style_of and not (word.text == "by" and at + 1 < len(words) and _is_maker(words, at + 1)):
            continue
        begin = at
        while begin > 0 and words[begin - 1].text in MAKING:
            begin -= 1
        reason = "rule: 'in the style of …'" if style_of else "rule: 'by …' names who made it"
        for place in range(begin, len(words)):
            claim = found[place]
            if place > at + 1 and claim is not None and claim.strong and claim.slot != STYLE:
                break
            found[place] = _claim(STYLE, "b", reason, claim.term if claim else None)
        return


def _is_maker(words: Sequence[Word], at: int) -> bool:
    """Whether what follows "by" is a maker: not a thing with an article, not a number; "by the sea" is a place."""
    if words[at].text in ("a", "an", "the", "its", "his", "her", "their") or words[at].text[0].isdigit():
        return False
    return not (at >= 2 and words[at - 2].text in PLACING)


def _before_of(words: Sequence[Word], found: Claims) -> None:
    """Give the adjectives before a medium ("a high resolution photo of") to the medium."""
    for at, word in enumerate(words):
        medium = found[at - 1] if word.text == "of" and at else None
        if medium is None or not medium.strong or medium.slot not in (STYLE, CAMERA):
            continue
        for place in range(max(0, at - 5), at):
            claim = found[place]
            if claim is None or not claim.strong:
                found[place] = _claim(STYLE, "o", "rule: stands before a medium and 'of'")
        found[at] = medium
        return


def _ask(words: Sequence[Word], found: Claims, ask: Ask) -> None:
    """Ask a classifier about a segment of which nothing is known."""
    if all(claim is None or word.text in FUNCTION_WORDS for word, claim in zip(words, found, strict=True)):
        slot = ask(" ".join(word.written for word in words))
        if slot is not None:
            found[:] = [_claim(slot, "p", "classifier", fixed=True)] * len(words)
