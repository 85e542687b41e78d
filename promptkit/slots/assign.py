"""Which slot each word of a segment belongs to, and what decided it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from promptkit.prompt import Slot
from promptkit.slots.tagger import Place, Tagger, builtin_tagger
from promptkit.slots.vocabulary import Index, Term
from promptkit.slots.words import FUNCTION_WORDS, Word

SUBJECT, STYLE, LIGHTING, CAMERA = (slot.value for slot in Slot)

LIGHT_HEADS = frozenset(
    "lighting light lights lit shadows shadow glow rays sunlight moonlight daylight backlight".split()
)
CAMERA_HEADS = frozenset(
    "lens shot angle view perspective focus bokeh camera framing composition close-up closeup".split()
)
QUALITY = frozenset("highly very extremely ultra super insanely hyper".split())
_MEASURE = re.compile(r"\d+(?:\.\d+)?\s?mm|f\s?/\s?\d+(?:\.\d+)?|iso\d*", re.IGNORECASE)


@dataclass(frozen=True)
class Verdict:
    """A slot for a run of words; ``strong`` ones stand whatever is around them."""

    slot: str
    reason: str
    confidence: float
    term: Term | None = None
    strong: bool = True


Classify = Callable[[str], str | None]
Verdicts = list[Verdict | None]


@dataclass
class Context:
    """What earlier segments leave for the next: where the last one ended, how many there were, whether a maker was
    named."""

    before: str | None = None
    number: int = 0
    named: bool = False


def assign(
    words: Sequence[Word],
    index: Index,
    context: Context,
    classify: Classify | None = None,
    tagger: Tagger | None = None,
) -> list[Verdict]:
    """Return one verdict a word, and move ``context`` on: terms first, then rules, a classifier, the tagger for the
    rest."""
    verdicts = claims(words, index, classify)
    place = Place(words, [verdict.slot if verdict else None for verdict in verdicts], **vars(context))
    tagged = (tagger or builtin_tagger()).tag(place)
    settled = [
        verdict or Verdict(slot, "tagger", round(0.9 * share, 3))
        for verdict, (slot, share) in zip(verdicts, tagged, strict=True)
    ]
    settled = _followed(words, verdicts, settled)
    context.before = settled[-1].slot
    context.number += 1
    context.named = context.named or any(verdict.reason.startswith("rule: 'by") for verdict in settled)
    return settled


def claims(words: Sequence[Word], index: Index, classify: Classify | None = None) -> Verdicts:
    """Return what terms, rules and a classifier say; ``None`` where they say nothing."""
    verdicts = _known(words, index)
    _heads(words, verdicts)
    _names(words, verdicts)
    _of(words, verdicts)
    _settle_weak(words, verdicts)
    if classify is not None:
        _ask(words, verdicts, classify)
    _things(words, verdicts)
    return verdicts


def _known(words: Sequence[Word], index: Index) -> Verdicts:
    verdicts: Verdicts = [None] * len(words)
    keys = [word.text for word in words]
    at = 0
    while at < len(words):
        if _MEASURE.fullmatch(keys[at]):
            verdicts[at] = Verdict(CAMERA, f"rule: '{words[at].written}' is a measure of a lens", 0.98)
            at += 1
            continue
        hit = index.longest(keys, at)
        if hit is None:
            at += 1
            continue
        term, count = hit
        verdict = Verdict(term.slot, f"term '{term.text}'", 0.75 if term.alone else 0.95, term, strong=not term.alone)
        verdicts[at : at + count] = [verdict] * count
        at += count
    return verdicts


def _heads(words: Sequence[Word], verdicts: Verdicts) -> None:
    """Let a head word take the words before it: "pale violet backlight", "old russian folk style"."""
    for at, word in enumerate(words):
        slot = _head_slot(word, verdicts[at], last=at == len(words) - 1)
        if slot is None:
            continue
        reason = f"rule: '{word.written}' takes the words before it"
        if verdicts[at] is None:
            verdicts[at] = Verdict(slot, f"rule: '{word.written}' as a head", 0.9)
        before = at - 1
        while before >= max(0, at - 4) and words[before].text not in FUNCTION_WORDS and not _stands(verdicts[before]):
            verdicts[before] = Verdict(slot, reason, 0.85, verdicts[before].term if verdicts[before] else None)  # type: ignore[union-attr]
            before -= 1


def _head_slot(word: Word, verdict: Verdict | None, *, last: bool) -> str | None:
    if word.text in LIGHT_HEADS and (verdict is None or verdict.slot == LIGHTING):
        return LIGHTING if word.text != "lights" or last else None
    if word.text in CAMERA_HEADS and (verdict is None or verdict.slot == CAMERA):
        return CAMERA if word.text in ("lens", "shot", "angle", "bokeh", "focus", "composition") else None
    if word.text == "style" or (
        last and word.text in ("aesthetic", "palette", "colors", "colours", "tones", "artstyle")
    ):
        return STYLE
    return None


def _stands(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.strong


def _names(words: Sequence[Word], verdicts: Verdicts) -> None:
    """Give to style what follows "by", "in the style of", "inspired by" or "directed by"."""
    for at, word in enumerate(words):
        style_of = word.text == "style" and at + 1 < len(words) and words[at + 1].text in ("of", "by")
        made_by = word.text == "by" and at + 1 < len(words) and _name_like(words, at + 1)
        if not (style_of or made_by):
            continue
        begin = at
        while begin > 0 and words[begin - 1].text in (
            "in",
            "the",
            "art",
            "made",
            "painted",
            "directed",
            "drawn",
            "inspired",
            "designed",
            "illustrated",
            "photographed",
            "created",
            "and",
        ):
            begin -= 1
        reason = "rule: 'in the style of …'" if style_of else "rule: 'by …' names who made it"
        for place in range(begin, len(words)):
            if place > at + 1 and _stands(verdicts[place]) and verdicts[place].slot != STYLE:  # type: ignore[union-attr]
                break
            verdicts[place] = Verdict(STYLE, reason, 0.9, verdicts[place].term if verdicts[place] else None)  # type: ignore[union-attr]
        return


def _name_like(words: Sequence[Word], at: int) -> bool:
    """Whether what follows "by" is a maker: not a thing with an article, not a number, and "by the sea" is a place."""
    if words[at].text in ("a", "an", "the", "its", "his", "her", "their") or words[at].text[0].isdigit():
        return False
    return not (
        at >= 2 and words[at - 2].text in ("lit", "surrounded", "covered", "made", "illuminated", "framed", "followed")
    )


def _of(words: Sequence[Word], verdicts: Verdicts) -> None:
    """Give the adjectives before a medium ("a high resolution photo of") to the medium."""
    for at, word in enumerate(words):
        if word.text == "of" and at and _stands(verdicts[at - 1]) and verdicts[at - 1].slot in (STYLE, CAMERA):  # type: ignore[union-attr]
            medium = verdicts[at - 1]
            begin = at - 1
            while begin >= 0 and (verdicts[begin] is not None or begin >= at - 5):
                if verdicts[begin] is None or not _stands(verdicts[begin]):
                    assert medium is not None
                    verdicts[begin] = Verdict(STYLE, "rule: stands before a medium and 'of'", 0.85)
                begin -= 1
            verdicts[at] = medium
            return


def _settle_weak(words: Sequence[Word], verdicts: Verdicts) -> None:
    """Keep words such as "dark" in their slot only where nothing in the segment is a thing, or a medium follows
    them."""
    has_thing = any(
        verdict.slot == SUBJECT if verdict is not None else word.text not in FUNCTION_WORDS | QUALITY
        for word, verdict in zip(words, verdicts, strict=True)
    )
    for at in range(len(words) - 1, -1, -1):
        verdict = verdicts[at]
        if verdict is None or verdict.strong:
            continue
        follower = verdicts[at + 1] if at + 1 < len(words) else None
        before_medium = follower is not None and follower.strong and follower.slot in (STYLE, CAMERA)
        if has_thing and not before_medium:
            verdicts[at] = None
        elif before_medium:
            verdicts[at] = Verdict(STYLE, verdict.reason, 0.8, verdict.term)


def _things(words: Sequence[Word], verdicts: Verdicts) -> None:
    """Take a segment of which nothing is known and that begins with an article for a thing: "a diver"."""
    if words[0].text in ("a", "an") and len(words) > 1 and all(verdict is None for verdict in verdicts):
        verdicts[:] = [Verdict(SUBJECT, "rule: an article begins a thing", 0.85)] * len(words)


def _ask(words: Sequence[Word], verdicts: Verdicts, classify: Classify) -> None:
    """Ask a classifier about a segment that nothing is known of."""
    if all(verdict is None or word.text in FUNCTION_WORDS for word, verdict in zip(words, verdicts, strict=True)):
        slot = classify(" ".join(word.written for word in words))
        if slot is not None:
            verdicts[:] = [Verdict(slot, "classifier", 0.8)] * len(words)


def _followed(words: Sequence[Word], claimed: Verdicts, settled: list[Verdict]) -> list[Verdict]:
    """Let function words that nothing claims go with the words after them."""
    found = list(settled)
    for at in range(len(words) - 2, -1, -1):
        if claimed[at] is None and words[at].text in FUNCTION_WORDS | QUALITY:
            found[at] = found[at + 1]
    return found
