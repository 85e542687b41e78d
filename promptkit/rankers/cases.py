"""The fixed cases of the open world that phrases are set against, from ``data/alternatives.txt``.

The slots' own vocabularies do not serve: they tell words apart, so they are full of synonyms, names and fragments
("photo", "photograph", "grain"), and a probability among synonyms says nothing. Here the cases of a facet exclude each
other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from promptkit.slots.vocabulary import normal
from promptkit.slots.words import FUNCTION_WORDS

WEAKLY = "~"

COLOURS = (
    "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey",
)  # fmt: skip
"""What a subject's colour is set against: itself in the other ones."""


@dataclass(frozen=True)
class Case:
    """Something that a picture may show."""

    text: str
    names: frozenset[str]
    """Words that say it, as ``normal`` has them."""
    weak: frozenset[str]
    """Words that say it where nothing says a case of its facet more plainly."""


@dataclass(frozen=True)
class Facet:
    """A part of a slot whose cases exclude each other, more or less."""

    name: str
    cases: tuple[Case, ...]


@lru_cache(maxsize=1)
def open_world() -> Mapping[str, tuple[Facet, ...]]:
    """Return the facets of each slot."""
    text = files("promptkit.rankers").joinpath("data", "alternatives.txt").read_text(encoding="utf-8")
    found: dict[str, tuple[Facet, ...]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            head, *cases = line.split(" | ")
            slot, _, name = head.partition(", ")
            found[slot] = (*found.get(slot, ()), Facet(name, tuple(_case(written) for written in cases)))
    return found


def _case(written: str) -> Case:
    text, _, more = written.partition(": ")
    words = [word for word in more.split(", ") if word]
    strong = {normal(word) for word in words if not word.startswith(WEAKLY)}
    weak = {normal(word.removeprefix(WEAKLY)) for word in words if word.startswith(WEAKLY)}
    return Case(text, frozenset({_bare(text), *strong}), frozenset(weak))


def _bare(text: str) -> str:
    words = normal(text).split()
    return " ".join(words[1:] if words[0] in FUNCTION_WORDS else words)


def said(facet: Facet, text: str) -> list[Case]:
    """Return the cases that a text says, longest names first: "extreme close-up" says no "close-up".

    ``text`` is as ``normal`` has it, with a blank at each end.
    """
    return _named(facet, text, "names") or _named(facet, text, "weak")


def _named(facet: Facet, text: str, kind: str) -> list[Case]:
    found = []
    for name in sorted(
        {name for case in facet.cases for name in getattr(case, kind)}, key=lambda name: (-len(name), name)
    ):
        if f" {name} " in text:
            text = text.replace(f" {name} ", "  ")
            found += [case for case in facet.cases if name in getattr(case, kind)]
    return list(dict.fromkeys(found))


def plain(table: Mapping[str, tuple[Facet, ...]]) -> dict[str, object]:
    """Return the table and the colours as plain values, for a fingerprint."""
    cases = {
        f"{slot}/{facet.name}": [[case.text, sorted(case.names), sorted(case.weak)] for case in facet.cases]
        for slot, facets in table.items()
        for facet in facets
    }
    return {"cases": cases, "colours": COLOURS}
