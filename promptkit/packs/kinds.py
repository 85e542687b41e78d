"""Kinds of subject: what a prompt shows, and what a style is for, told by ``data/kinds.txt``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from promptkit.packs.style import Style
from promptkit.prompt import Prompt, Slot
from promptkit.slots.words import FUNCTION_WORDS, spoken

_FOR = re.compile(r"\bfor ([^.;:]+)")
_USES = re.compile(r", | and | or ")
LONGEST = 3
"""Words of the longest entry that is looked for."""


@dataclass(frozen=True)
class Kind:
    """A kind of subject."""

    name: str
    article: str
    """How a sentence says it: "an animal"."""
    kin: tuple[str, ...]
    """Kinds whose styles suit it nearly as well."""
    names: frozenset[str]
    """What names one in a prompt."""
    signs: frozenset[str]
    """What a style says that is for one."""


@dataclass(frozen=True)
class Purpose:
    """What a style is for, by its own words."""

    uses: tuple[Mapping[str, str], ...]
    """What its summary names behind "for", one by one: the kinds that each speaks of, with the word that shows it."""
    pack: Mapping[str, str]
    """The kinds that its pack speaks of."""
    talk: Mapping[str, str]
    """The kinds that its summary speaks of elsewhere."""


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Kind]:
    """Return the table, by name."""
    text = files("promptkit.packs").joinpath("data", "kinds.txt").read_text(encoding="utf-8")
    rows = ([part.strip() for part in line.split("|")] for line in text.splitlines() if line and line[0] != "#")
    return {
        name: Kind(name, article, tuple(_listed(kin)), frozenset(_listed(names)), frozenset(_listed(signs)))
        for name, article, kin, names, signs in rows
    }


def _listed(text: str) -> list[str]:
    return [word for word in text.split(", ") if word]


def kinds_of(prompt: Prompt) -> list[Kind]:
    """Return the kinds of what a prompt shows, what it is mainly about first; none where its words are unknown.

    Of "a deep-sea diver under a bridge" the main one is the last of the words before "under".
    """
    found: list[Kind] = []
    for phrase in prompt.slot(Slot.SUBJECT):
        for words in _between(spoken(phrase.text), FUNCTION_WORDS):
            named = [kind for run in _runs(words) for kind in _named(run)]
            found += reversed(named)
    return list({kind.name: kind for kind in found}.values())


def _between(words: list[str], borders: Collection[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for word in words:
        if word in borders:
            found.append([])
        else:
            found[-1].append(word)
    return found


def _named(text: str) -> Iterator[Kind]:
    ways = {text, *_singular(text)}
    return (kind for kind in kinds().values() if ways & kind.names)


def _runs(words: list[str]) -> Iterator[str]:
    """Yield runs of words, at each place the longest first; behind a run that names a kind, go on after it."""
    at = 0
    while at < len(words):
        step = 1
        for count in range(min(LONGEST, len(words) - at), 0, -1):
            run = " ".join(words[at : at + count])
            if any(True for _ in _named(run)):
                yield run
                step = count
                break
        at += step


def _singular(text: str) -> Iterator[str]:
    if text.endswith("ies"):
        yield text[:-3] + "y"
    if text.endswith("es"):
        yield text[:-2]
    if text.endswith("s"):
        yield text[:-1]


@lru_cache(maxsize=4096)
def signs_in(text: str) -> Mapping[str, str]:
    """Return the kinds whose signs stand in a text, each with the first of them."""
    words = spoken(text)
    runs = (" ".join(words[at : at + n]) for at in range(len(words)) for n in range(LONGEST, 0, -1))
    found: dict[str, str] = {}
    for run in runs:
        for kind in kinds().values():
            if run in kind.signs:
                found.setdefault(kind.name, run)
    return found


def purpose(style: Style, pack: str = "") -> Purpose:
    """Return what a style is for; ``pack`` is what its pack says of itself."""
    uses = [use for clause in _FOR.findall(style.summary) for use in _USES.split(clause) if use.strip()]
    rest = f"{style.title}. {_FOR.sub(' ', style.summary)} {style.subject or ''}"
    return Purpose(tuple(_kinds_in(use) for use in uses), signs_in(pack), signs_in(rest))


def _kinds_in(text: str) -> dict[str, str]:
    named = {kind.name: run for run in _runs(spoken(text)) for kind in _named(run)}
    return {**named, **signs_in(text)}
