"""From a typed text to a Prompt: weights by dialect, then slots word by word, then phrases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from promptkit.dialects import parse as read
from promptkit.dialects.nodes import Nodes
from promptkit.prompt import Phrase, Prompt
from promptkit.slots.assign import Verdict, assign
from promptkit.slots.claims import Ask
from promptkit.slots.vocabulary import Index, Vocabulary, builtin_hints, builtin_vocabulary
from promptkit.slots.words import FUNCTION_WORDS, Word, segments

Classify = Callable[[str, Vocabulary], str | None]


def parse(
    text: str,
    *,
    negative: str = "",
    dialect: str = "a1111",
    vocabularies: Sequence[Vocabulary] = (),
    classify: Classify | None = None,
) -> Prompt:
    """Read a prompt into phrases, each about one slot, with offsets into ``text``.

    ``vocabularies`` count before the built-in one; ``classify`` is asked about segments of which no word is known.
    Raises PromptError with line and column for a text over 32 KiB or a weight out of range, and UnknownNameError for
    the dialect.
    """
    index = _index(tuple(vocabularies))
    ask = None if classify is None else lambda phrase: classify(phrase, builtin_vocabulary())
    return Prompt(
        text=text,
        phrases=tuple(_phrases(text, read(text, dialect), index, ask)),
        negative=tuple(_phrases(negative, read(negative, dialect), index, ask)) if negative else (),
        negative_text=negative,
        dialect=dialect,
    )


@lru_cache(maxsize=8)
def _index(vocabularies: tuple[Vocabulary, ...]) -> Index:
    return Index((builtin_vocabulary(), *reversed(vocabularies)))


def _phrases(text: str, nodes: Nodes, index: Index, ask: Ask | None) -> Iterator[Phrase]:
    found = segments(text, nodes)
    for words, verdicts in zip(found, assign(found, index, ask), strict=True):
        begin = 0
        slot, weight = verdicts[0].slot, words[0].weight
        for at in range(1, len(words)):
            if verdicts[at].slot != slot or words[at].weight != weight:
                yield _phrase(text, words[begin:at], verdicts[begin:at])
                begin, slot, weight = at, verdicts[at].slot, words[at].weight
        yield _phrase(text, words[begin:], verdicts[begin:])


def _phrase(text: str, words: Sequence[Word], verdicts: Sequence[Verdict]) -> Phrase:
    first, last = words[0], words[-1]
    telling = [
        verdict for word, verdict in zip(words, verdicts, strict=True) if word.text not in FUNCTION_WORDS
    ] or verdicts
    return Phrase(
        text=text[first.start : last.end],
        slot=telling[0].slot,
        weight=first.weight,
        start=first.start,
        end=last.end,
        hints=_hints(words, telling),
        confidence=min([verdict.confidence for verdict in telling]),
        reason="; ".join(dict.fromkeys([verdict.reason for verdict in telling])),
    )


def _hints(words: Sequence[Word], telling: Sequence[Verdict]) -> dict[str, str]:
    """Collect what the words lean on: the hints of their terms, and of single words and pairs that are no terms."""
    found: dict[str, str] = {}
    for verdict in telling:
        if verdict.term is not None and verdict.term.hints:
            found.update(verdict.term.hints)
    known, starts = builtin_hints(), hint_starts()
    for at, word in enumerate(words):
        if word.text in starts:
            found.update(known.get(word.text, {}))
            if at + 1 < len(words):
                found.update(known.get(f"{word.text} {words[at + 1].text}", {}))
    found.pop(telling[0].slot, None)
    return found


@lru_cache(maxsize=1)
def hint_starts() -> frozenset[str]:
    """Return the words that begin something with hints."""
    return frozenset(text.split(" ", 1)[0] for text in builtin_hints())
