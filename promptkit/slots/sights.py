"""From words and the claims on them to what the tagger sees of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from promptkit.slots.claims import Claims
from promptkit.slots.tagger import END, Frame, Sight
from promptkit.slots.words import FUNCTION_WORDS, SILENT, START, Word

ARTICLES = frozenset(("a", "an", "the", "his", "her", "its", "their", "this", "that"))
LINKS = frozenset(("of", "by", "with", "in", "on", "and", "at", "for", "as", "from"))
"""Function words that are told apart where they stand between two words; the others are one kind."""
NONE = "-"
"""Stands for no claim."""
LENGTHS = ("0", "1", "2", "3", "4", "6", "6", "10", "10", "10", "10", "more")
"""Names for how many content words a segment has; the last is for all that are more."""
NUMBERS = ("0", "1", "2", "4", "4", "more")
"""Names for which segment it is, from 0."""
COUNTS = ("1", "1", "2", "4", "4", "8", "8", "8", "8", "more")
"""Names for how many segments the prompt has."""
PLACES = {(False, False): "only", (False, True): "first", (True, True): "inside", (True, False): "last"}
"""Where a word stands in its segment: whether another is before it, and after it."""


class _Segment(NamedTuple):
    """What is known of a segment as a whole."""

    content: list[int]
    """The places of the words that are tagged."""
    codes: list[str]
    """The claim on each word, ``-`` where there is none."""
    length: str
    kind: str
    """Whether it has articles, other function words, or nothing but content."""
    inside: str
    """Which slots are claimed in it."""
    first: str
    last: str
    """The claims on its first and last content word."""
    maker: bool
    """Whether it says who made the picture."""

    @property
    def open(self) -> bool:
        """Whether nothing but names could stand in it: bare, and nothing claimed."""
        return self.kind == "bare" and self.inside in ("", NONE)


def sights(segments: Sequence[Sequence[Word]], claimed: Sequence[Claims]) -> tuple[list[list[int]], list[Sight]]:
    """Return what the tagger sees: for each segment the places of the words that are tagged, and a sight of each."""
    known = [_segment(words, claims) for words, claims in zip(segments, claimed, strict=True)]
    found: list[Sight] = []
    named = "no"
    count = COUNTS[min(len(segments), len(COUNTS) - 1)]
    for number, here in enumerate(known):
        place = NUMBERS[min(number, len(NUMBERS) - 1)]
        before = known[number - 1].last if number else START
        after = known[number + 1].first if number + 1 < len(known) else END
        frame = (here.length, place, count, here.kind, named, before, after, here.inside)
        _see(segments[number], claimed[number], here, frame, found)
        named = "run" if here.maker or (named == "run" and here.open) else "before" if named != "no" else "no"
    return [segment.content for segment in known], found


def _segment(words: Sequence[Word], claims: Claims) -> _Segment:
    texts = [word.text for word in words]
    content = [at for at, text in enumerate(texts) if text not in SILENT]
    slots = [claim.slot[:2] if (claim := claims[at]) else NONE for at in content]
    bare = "bare" if FUNCTION_WORDS.isdisjoint(texts) else "joined"
    return _Segment(
        content=content,
        codes=[claim.code if claim else NONE for claim in claims],
        length=LENGTHS[min(len(content), len(LENGTHS) - 1)],
        kind=bare if ARTICLES.isdisjoint(texts) else "article",
        inside="".join(sorted(set(slots))),
        first=slots[0] if slots else NONE,
        last=slots[-1] if slots else NONE,
        maker=any(claim is not None and claim.rule == "b" for claim in claims),
    )


def _see(words: Sequence[Word], claims: Claims, segment: _Segment, frame: Frame, found: list[Sight]) -> None:
    """Add a sight of each content word of a segment."""
    content, codes = segment.content, segment.codes
    before, last = -1, len(content) - 1
    for order, at in enumerate(content):
        code, claim = codes[at], claims[at]
        left = codes[before] if order else START
        right = codes[content[order + 1]] if order < last else END
        sight = Sight(
            words[at].written,
            words[at - 1].text if at else START,
            words[at + 1].text if at + 1 < len(words) else END,
            words[content[-1]].text,
            (code, left, right, PLACES[order > 0, order < last]),
            (code, frame),
            _link(words, before, at) if order else words[0].before,
            claim.slot if claim is not None and claim.fixed else None,
        )
        found.append(sight)
        before = at


def _link(words: Sequence[Word], before: int, at: int) -> str:
    if at == before + 1:
        return words[at].before
    text = words[before + 1].text
    return text if text in LINKS else "other"
