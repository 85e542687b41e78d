"""Words that the parser knows, each with its slot and what it hints at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from promptkit.prompt import Slot

ALONE = "~"
"""In a data file, stands before words that only count where their segment names no thing."""


@dataclass(frozen=True)
class Term:
    """A word or a run of words about one slot."""

    text: str
    slot: str
    hints: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Other slots it leans on, each with what it leans towards."""
    alone: bool = False
    """Whether it only counts where its segment names no thing: "dark" is style, in "dark forest" it is not."""


@dataclass(frozen=True)
class Vocabulary:
    """A named set of terms; a plugin or pack brings its own."""

    name: str
    terms: tuple[Term, ...]


class Index:
    """Finds the longest term that begins at a word."""

    def __init__(self, vocabularies: Iterable[Vocabulary]) -> None:
        self._terms: dict[str, Term] = {}
        self._longest: dict[str, int] = {}
        for vocabulary in vocabularies:
            for term in vocabulary.terms:
                key = normal(term.text)
                first, count = key.split(" ", 1)[0], key.count(" ") + 1
                self._terms[key] = term
                self._longest[first] = max(count, self._longest.get(first, 0))

    def longest(self, words: Sequence[str], at: int) -> tuple[Term, int] | None:
        """Return the longest term that begins at ``words[at]`` and how many words it takes."""
        for count in range(min(self._longest.get(words[at], 0), len(words) - at), 0, -1):
            term = self._terms.get(" ".join(words[at : at + count]))
            if term is not None:
                return term, count
        return None


def normal(text: str) -> str:
    """Bring a term to the form in which words are compared: lower case, hyphens as spaces, one space between words."""
    return " ".join(text.lower().replace("-", " ").replace("_", " ").replace("’", "'").split())


def _lines(name: str) -> Iterator[str]:
    text = files("promptkit.slots").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def _hints() -> dict[str, dict[str, str]]:
    found = {}
    for line in _lines("hints"):
        text, _, rest = line.partition(" | ")
        pairs = (part.split(": ", 1) for part in rest.split("; "))
        found[normal(text)] = dict(pairs)
    return found


@lru_cache(maxsize=1)
def builtin_vocabulary() -> Vocabulary:
    """Return the words of the field that promptkit brings."""
    hints = _hints()
    terms = []
    for slot in Slot:
        for line in _lines(slot.value):
            for written in line.split(", "):
                text = written.removeprefix(ALONE)
                terms.append(Term(text, slot.value, hints.get(normal(text), {}), written.startswith(ALONE)))
    return Vocabulary("promptkit", tuple(terms))


@lru_cache(maxsize=1)
def builtin_hints() -> Mapping[str, Mapping[str, str]]:
    """Return hints by normal text: words of the subject have them too ("neon rain")."""
    return _hints()
