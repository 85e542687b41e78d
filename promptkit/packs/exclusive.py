"""Which phrases of one slot cannot both be true of one picture: a written table, ``data/exclusive.txt``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from promptkit.slots.vocabulary import normal

_RANGE = re.compile(r"(\d+)-(\d+)(\D+)")
_DENIED = re.compile(r" (?:no|not|without|never) \S+(?: \S+)?(?= )")
_NO_FILM = r"(?! (?:film|camera|negative|slide|stock) )"
"""35mm film is no lens."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, eq=False)
class Group:
    """One line of the table: sides of which a picture has one."""

    slot: str
    title: str
    """What two sides are called together: "two focal lengths"."""
    sides: Mapping[str, tuple[str, ...]]
    """Side → normal words; empty where each number is a side."""
    pattern: re.Pattern[str] | None = None
    """Finds the numbers that are the sides, with their unit."""
    ranges: tuple[tuple[str, int, int, str], ...] = ()
    """Side, first and last number, unit."""
    mixes: bool = False
    """Whether styles may have both."""

    def named(self, text: str) -> frozenset[str]:
        """Return the sides that a normal text names."""
        spoken = _DENIED.sub(" ", f" {text} ")
        found = {side for side, words in self.sides.items() if any(f" {word} " in spoken for word in words)}
        if self.pattern is not None:
            found |= {number.replace(" ", "") for number in self.pattern.findall(spoken)}
        for side, first, last, unit in self.ranges:
            numbers = re.findall(rf" ({_NUMBER.pattern})\s?{re.escape(unit)}(?= ){_NO_FILM}", spoken)
            if any(first <= float(number) <= last for number in numbers):
                found.add(side)
        return frozenset(found)


@dataclass(frozen=True)
class Exclusion:
    """Why two phrases exclude each other."""

    title: str
    mixes: bool


def exclusion(slot: str, first: str, second: str) -> Exclusion | None:
    """Return why two phrases of a slot cannot both be had; ``None`` where they can. What is decided comes first."""
    for group in _of_slot(slot):
        if _apart(_sides(group, first), _sides(group, second)):
            return Exclusion(group.title, group.mixes)
    return None


@lru_cache(maxsize=16)
def _of_slot(slot: str) -> tuple[Group, ...]:
    return tuple(sorted((group for group in exclusive_groups() if group.slot == slot), key=lambda group: group.mixes))


def _apart(first: frozenset[str], second: frozenset[str]) -> bool:
    return bool(first and second) and not first & second


@lru_cache(maxsize=1 << 16)
def _sides(group: Group, text: str) -> frozenset[str]:
    return group.named(normal(text))


@lru_cache(maxsize=1)
def exclusive_groups() -> tuple[Group, ...]:
    """Return the table."""
    text = files("promptkit.packs").joinpath("data", "exclusive.txt").read_text(encoding="utf-8")
    return tuple(_groups(text.splitlines()))


def _groups(lines: Iterable[str]) -> Iterator[Group]:
    for line in lines:
        if not line or line.startswith("#"):
            continue
        mixes = line.startswith("+")
        slot, title, rest = line.removeprefix("+").strip().split(" | ")
        if "N" in rest:
            yield Group(slot, title, {}, _numbered(rest.strip()), mixes=mixes)
            continue
        listed = {side: words.split(", ") for side, _, words in (part.partition(": ") for part in rest.split("; "))}
        spans = {side: [match for word in words if (match := _RANGE.fullmatch(word))] for side, words in listed.items()}
        ranges = tuple((side, int(m[1]), int(m[2]), m[3]) for side, matches in spans.items() for m in matches)
        words = {side: tuple(normal(w) for w in texts if not _RANGE.fullmatch(w)) for side, texts in listed.items()}
        yield Group(slot, title, words, ranges=ranges, mixes=mixes)


def _numbered(unit: str) -> re.Pattern[str]:
    number = re.escape(unit).replace("N", rf"\s?{_NUMBER.pattern}\s?").replace("/", r"\s?/")
    return re.compile(rf"(?<= ){number}(?= ){_NO_FILM}")


def sides(slot: str, title: str, text: str) -> frozenset[str]:
    """Return the sides of one line of the table that a text names: of "two media" in "ink drawing", the drawing."""
    groups = (group for group in exclusive_groups() if group.slot == slot and group.title == title)
    return frozenset(side for group in groups for side in _sides(group, text))
