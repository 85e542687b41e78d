"""Finding styles by words, with near spellings: those that say every word, or else those that say most of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from promptkit.packs.style import Style

NEAR = 0.75
"""Similarity from which a word counts as a near spelling of another; 1 is the same word."""
PREFIX = 0.9
SHORT = 4
"""A word this short has no near spellings: too many others are one letter away."""
_WORD = re.compile(r"[^\W_]+")
_WEIGHT = {"name": 1.0, "title": 0.95, "subject": 0.9, "style": 0.9, "lighting": 0.9, "camera": 0.9, "summary": 0.8}
_OTHER = 0.6


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A style that says the words, or most of them."""

    style: Style
    score: float
    """0 to 1, higher is better."""
    where: str
    """The slot, or ``name``, ``title``, ``summary``, ``notes``, where it says most of them."""
    text: str
    """What it says there; the summary where that is its name."""
    missing: tuple[str, ...] = ()
    """The words that it does not say."""


def search(words: str, styles: Sequence[Style]) -> list[Hit]:
    """Return the styles that say all words, best first, or where none does, those that say the most of them. None for
    words without letters or digits. What a style wants not to be seen does not count."""
    asked = list(dict.fromkeys(_words(words)))
    if not asked:
        return []
    fields = [(style, [(where, text, _words(text)) for where, text in _texts(style)]) for style in styles]
    known = sorted({word for _, texts in fields for _, _, said in texts for word in said})
    likeness = [_likeness(word, known) for word in asked]
    hits = [hit for style, texts in fields if (hit := _hit(style, texts, asked, likeness))]
    fewest = min((len(hit.missing) for hit in hits), default=0)
    hits = [hit for hit in hits if len(hit.missing) == fewest]
    return sorted(hits, key=lambda hit: (-hit.score, hit.style.id))


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _texts(style: Style) -> Iterator[tuple[str, str]]:
    yield "name", style.id.replace("-", " ").replace("/", " ")
    yield "title", style.title
    if style.subject:
        yield "subject", style.subject
    for slot, texts in style.slots.items():
        yield from ((slot, text.text) for text in texts)
    yield "summary", style.summary
    for values in style.choices.values():
        yield from (("choices", value) for value in values)
    yield from (("notes", note) for note in style.notes.values())
    if style.template:
        yield "template", style.template


def _likeness(word: str, known: Sequence[str]) -> dict[str, float]:
    """Return the known words that are meant by a word, each with how near it is, 0 to 1."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    near = {}
    if len(word) > SHORT:
        scorer = DamerauLevenshtein.normalized_similarity
        near = {hit[0]: hit[1] * PREFIX for hit in process.extract_iter(word, known, scorer=scorer, score_cutoff=NEAR)}
    near |= {other: PREFIX for other in known if len(word) > 1 and other.startswith(word)}
    return near | {other: 1.0 for other in known if other == word}


def _hit(
    style: Style,
    texts: Sequence[tuple[str, str, list[str]]],
    asked: Sequence[str],
    likeness: Sequence[dict[str, float]],
) -> Hit | None:
    """Return what a style says of the words; ``None`` when it says none."""
    best = [0.0] * len(likeness)
    place, most = ("", ""), 0.0
    for where, text, said in texts:
        weight = _WEIGHT.get(where, _OTHER)
        scores = [weight * max((near.get(word, 0.0) for word in said), default=0.0) for near in likeness]
        best = [max(pair) for pair in zip(best, scores, strict=True)]
        if sum(scores) > most:
            place, most = (where, text), sum(scores)
    if not any(best):
        return None
    where, text = place
    return Hit(
        style=style,
        score=sum(best) / len(best),
        where=where,
        text=(style.summary or style.title) if where == "name" else text,
        missing=tuple(word for word, said in zip(asked, best, strict=True) if not said),
    )
