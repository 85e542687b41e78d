"""From a typed text to a Prompt: weights by dialect, then slots word by word, then phrases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise

from promptkit.dialects import parse as read
from promptkit.dialects.nodes import Nodes
from promptkit.prompt import Phrase, Prompt
from promptkit.slots.assign import Verdict, assign
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
        negative=tuple(_phrases(negative, read(negative, dialect), index, ask)),
        negative_text=negative,
        dialect=dialect,
    )


@lru_cache(maxsize=8)
def _index(vocabularies: tuple[Vocabulary, ...]) -> Index:
    return Index((builtin_vocabulary(), *reversed(vocabularies)))


def _phrases(text: str, nodes: Nodes, index: Index, classify: Callable[[str], str | None] | None) -> Iterator[Phrase]:
    found = segments(text, nodes)
    for words, verdicts in zip(found, assign(found, index, classify), strict=True):
        judged = list(zip(words, verdicts, strict=True))
        for _, run in groupby(judged, key=lambda pair: (pair[1].slot, pair[0].weight)):
            yield _phrase(text, list(run))


def _phrase(text: str, run: Sequence[tuple[Word, Verdict]]) -> Phrase:
    first, last = run[0][0], run[-1][0]
    telling = [verdict for word, verdict in run if word.text not in FUNCTION_WORDS] or [run[0][1]]
    return Phrase(
        text=text[first.start : last.end],
        slot=telling[0].slot,
        weight=first.weight,
        start=first.start,
        end=last.end,
        hints=_hints(run, telling[0].slot),
        confidence=min(verdict.confidence for verdict in telling),
        reason="; ".join(dict.fromkeys(verdict.reason for verdict in telling)),
    )


def _hints(run: Sequence[tuple[Word, Verdict]], slot: str) -> dict[str, str]:
    """Collect what the words lean on: the hints of their terms, and of single words and pairs that are no terms."""
    found: dict[str, str] = {}
    known = builtin_hints()
    for _, verdict in run:
        if verdict.term is not None:
            found |= verdict.term.hints
    words = [word.text for word, _ in run]
    for text in (*words, *map(" ".join, pairwise(words))):
        if text in known:
            found |= known[text]
    found.pop(slot, None)
    return found
