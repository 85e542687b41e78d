"""The conditions of a query, as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Words:
    """These words, next to each other, in one of these columns of words."""

    text: str
    columns: tuple[str, ...]
    prefix: bool = False
    """Whether the last word may go on."""
    field: str = ""
    """As it was typed; empty for a word without one."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """A tag, or a fact that is a name."""

    what: str
    text: str
    prefix: bool = False


@dataclass(frozen=True, kw_only=True)
class Between:
    """A number in a range; ``date`` counts seconds since 1970, and ``score.`` stands before the name of a score."""

    what: str
    least: float | None = None
    most: float | None = None
    above: bool = False
    """Whether ``least`` itself is left out."""
    below: bool = False
    """Whether ``most`` itself is left out."""


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A number or a name that is not known, or no tag."""

    what: str


@dataclass(frozen=True, kw_only=True)
class Not:
    node: Condition


@dataclass(frozen=True, kw_only=True)
class All:
    """All of these; every picture where there are none."""

    nodes: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True)
class Either:
    """At least one of these."""

    nodes: tuple[Condition, ...]


Condition = Words | Named | Between | Missing | Not | All | Either


def wanted_words(node: Condition) -> Iterator[Words]:
    """Yield the words that pictures are looked for by, without those that they must not have."""
    if isinstance(node, Words):
        yield node
    elif isinstance(node, All | Either):
        for one in node.nodes:
            yield from wanted_words(one)
