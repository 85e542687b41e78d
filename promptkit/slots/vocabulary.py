"""Words that the parser knows, each with its slot and what it hints at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

from promptkit.prompt import Slot
from promptkit.slots.words import spoken

ALONE = "~"
"""In a data file, stands before words that only count where their segment names no thing."""


class Kind(StrEnum):
    """How much a term says by itself."""

    TERM = "term"
    ALONE = "alone"
    """Counts where its segment names no thing: "dark" is style, in "dark forest" it is not."""
    THING = "thing"
    """Names something that pictures show, and is a part of other words as often: "stone" of "Peter Stone"."""
    MAKER = "maker"
    """Names who makes pictures."""


NO_HINTS: Mapping[str, str] = MappingProxyType({})


class Term(NamedTuple):
    """A word or a run of words about one slot."""

    text: str
    slot: str
    hints: Mapping[str, str] = NO_HINTS
    """Other slots it leans on, each with what it leans towards."""
    kind: Kind = Kind.TERM

    def __hash__(self) -> int:
        return hash((self.text, self.slot, self.kind))


@dataclass(frozen=True)
class Vocabulary:
    """A named set of terms; a plugin or pack brings its own."""

    name: str
    terms: tuple[Term, ...]


BUILTIN = "promptkit"
PHRASE = 100
"""Characters of a text that is compared again and again; longer ones are not remembered."""


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """A term that was found in a prompt; an index has one for each term."""

    term: Term
    count: int
    """How many words it takes."""
    foreign: bool
    """Whether a plugin or a pack brought it; what they say stands."""


class Index:
    """Finds the longest term that begins at a word; later vocabularies count before earlier ones."""

    def __init__(self, vocabularies: Iterable[Vocabulary]) -> None:
        self._hits: dict[str, Hit] = {}
        self._longest: dict[str, int] = {}
        for vocabulary in vocabularies:
            for term in vocabulary.terms:
                key = normal(term.text)
                first, count = key.split(" ", 1)[0], key.count(" ") + 1
                self._hits[key] = Hit(term, count, vocabulary.name != BUILTIN)
                if count > self._longest.get(first, 0):
                    self._longest[first] = count

    def longest(self, words: Sequence[str], at: int) -> Hit | None:
        """Return the longest term that begins at ``words[at]``."""
        most = self._longest.get(words[at])
        if most is None:
            return None
        for count in range(min(most, len(words) - at), 0, -1):
            hit = self._hits.get(" ".join(words[at : at + count]))
            if hit is not None:
                return hit
        return None


def normal(text: str) -> str:
    """Bring a term to the form in which words are compared: lower case, no signs, one space between words."""
    return _normal(text) if len(text) <= PHRASE else " ".join(spoken(text))


@lru_cache(maxsize=1 << 14)
def _normal(text: str) -> str:
    return " ".join(spoken(text))


def _lines(name: str) -> Iterator[str]:
    text = files("promptkit.slots").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def builtin_vocabulary() -> Vocabulary:
    """Return the words of the field that promptkit brings; where two lists name a word, the later one counts."""
    hints = builtin_hints()
    terms = [Term(text, Slot.SUBJECT.value, kind=Kind.THING) for text in _things()]
    terms += [Term(text, Slot.STYLE.value, kind=Kind.MAKER) for text in _listed("makers")]
    for slot in Slot:
        for written in _listed(slot.value):
            text = written.removeprefix(ALONE)
            kind = Kind.ALONE if written.startswith(ALONE) else Kind.TERM
            terms.append(Term(text, slot.value, hints.get(normal(text), NO_HINTS), kind))
    return Vocabulary(BUILTIN, tuple(terms))


def _listed(name: str) -> Iterator[str]:
    return (written for line in _lines(name) for written in line.split(", "))


def _things() -> Iterator[str]:
    for text in _listed("things"):
        yield text
        yield _plural(text)


def _plural(text: str) -> str:
    if text.endswith(("s", "x", "ch", "sh")):
        return text + "es"
    if text.endswith("y") and text[-2:-1] not in "aeiou":
        return text[:-1] + "ies"
    return text + "s"


@lru_cache(maxsize=1)
def builtin_hints() -> Mapping[str, Mapping[str, str]]:
    """Return hints by normal text: words of the subject have them too ("neon rain")."""
    found = {}
    for line in _lines("hints"):
        text, _, rest = line.partition(" | ")
        found[normal(text)] = dict(part.split(": ", 1) for part in rest.split("; "))
    return found
