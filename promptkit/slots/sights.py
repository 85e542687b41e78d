"""From words and the claims on them to what the tagger sees of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promptkit.slots.claims import Claims
from promptkit.slots.tagger import END, Sight
from promptkit.slots.words import FUNCTION_WORDS, SILENT, START, Word

ARTICLES = frozenset(("a", "an", "the", "his", "her", "its", "their", "this", "that"))
LINKS = frozenset(("of", "by", "with", "in", "on", "and", "at", "for", "as", "from"))
"""Function words that are told apart where they stand between two words; the others are one kind."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """What is known of a segment as a whole."""

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
    open: bool
    """Whether nothing but names could stand in it: bare, and nothing claimed."""


def sights(segments: Sequence[Sequence[Word]], claimed: Sequence[Claims]) -> list[list[tuple[int, Sight]]]:
    """Return for each segment what the tagger sees: the place of each content word, and its sight."""
    known = [_segment(words, claims) for words, claims in zip(segments, claimed, strict=True)]
    found = []
    named = "no"
    count = _bucket(len(segments), (1, 2, 4, 8))
    for number, (words, claims) in enumerate(zip(segments, claimed, strict=True)):
        before = known[number - 1].last if number else START
        after = known[number + 1].first if number + 1 < len(known) else END
        here = known[number]
        frame = (here.length, _bucket(number, (0, 1, 2, 4)), count, here.kind, named, before, after, here.inside)
        found.append(_seen(words, claims, frame))
        named = "run" if here.maker or (named == "run" and here.open) else "before" if named != "no" else "no"
    return found


def _segment(words: Sequence[Word], claims: Claims) -> _Segment:
    content = [at for at, word in enumerate(words) if word.text not in SILENT]
    codes = [claim.slot[:2] if claim else "-" for claim in (claims[at] for at in content)]
    if any(word.text in ARTICLES for word in words):
        kind = "article"
    else:
        kind = "joined" if any(word.text in FUNCTION_WORDS for word in words) else "bare"
    return _Segment(
        length=_bucket(len(content), (0, 1, 2, 3, 4, 6, 10)),
        kind=kind,
        inside="".join(sorted(set(codes))),
        first=codes[0] if codes else "-",
        last=codes[-1] if codes else "-",
        maker=any(claim is not None and claim.rule == "b" for claim in claims),
        open=kind == "bare" and set(codes) <= {"-"},
    )


def _seen(words: Sequence[Word], claims: Claims, frame: tuple[str, ...]) -> list[tuple[int, Sight]]:
    content = [at for at, word in enumerate(words) if word.text not in SILENT]
    codes = [claim.code if claim else "-" for claim in claims]
    found = []
    for order, at in enumerate(content):
        left = codes[content[order - 1]] if order else START
        right = codes[content[order + 1]] if order + 1 < len(content) else END
        if len(content) == 1:
            place = "only"
        else:
            place = "first" if order == 0 else "last" if order == len(content) - 1 else "inside"
        claim = claims[at]
        sight = Sight(
            written=words[at].written,
            left=words[at - 1].text if at else START,
            right=words[at + 1].text if at + 1 < len(words) else END,
            end=words[content[-1]].text,
            near=(codes[at], left, right, place),
            around=(codes[at], *frame),
            link=words[0].before if order == 0 else _link(words, content[order - 1], at),
            fixed=claim.slot if claim is not None and claim.fixed else None,
        )
        found.append((at, sight))
    return found


def _link(words: Sequence[Word], before: int, at: int) -> str:
    if at == before + 1:
        return words[at].before
    text = words[before + 1].text
    return text if text in LINKS else "other"


def _bucket(number: int, borders: Sequence[int]) -> str:
    """Name the first border that a number does not exceed."""
    return next((str(border) for border in borders if number <= border), "more")
