"""What a template says: a frozen tree. ``key`` names a node by what it is, never by where it stands, so that the
draws of a node survive edits elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

RANDOM, CYCLICAL, COMBINATORIAL = "~", "@", "!"
"""Samplers a choice or wildcard may name for itself, as they are written."""


@dataclass(frozen=True)
class Node:
    """``start`` is an offset in characters into the text that the tree was read from."""

    start: int


@dataclass(frozen=True)
class Literal(Node):
    """Text as it stands, with escapes resolved and comments taken out."""

    text: str


@dataclass(frozen=True)
class Sequence(Node):
    """Parts one after the other; none for an empty text."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Guard(Node):
    """When an option is there: ``name`` is one of ``values`` (none of them when ``negated``).

    ``name`` is ``None`` for ``?::``, which holds where no other guarded option of its choice does.
    """

    name: str | None
    values: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True)
class Option(Node):
    """One of the things a choice may be. ``weight`` is relative; 0 switches the option off."""

    value: Node
    weight: float = 1.0
    guard: Guard | None = None


@dataclass(frozen=True)
class Choice(Node):
    """``low`` to ``high`` options in any order, none twice, joined by ``separator``; ``high`` is ``None`` for all of
    them."""

    key: str
    options: tuple[Option, ...]
    low: int = 1
    high: int | None = 1
    separator: str = ","
    sampler: str | None = None


@dataclass(frozen=True)
class Wildcard(Node):
    """A line of a list; ``path`` may hold choices and variables, ``variables`` are set for the lines."""

    key: str
    path: Node
    variables: tuple[tuple[str, Node], ...] = ()
    sampler: str | None = None


@dataclass(frozen=True)
class Use(Node):
    """The value of a variable, or ``default`` where it was not set."""

    key: str
    name: str
    default: Node | None = None


@dataclass(frozen=True)
class Assign(Node):
    """Set a variable for the rest of its sequence.

    ``immediate`` draws the value once, here; else it is drawn anew at each use. Without ``overwrite`` a value that is
    there stays.
    """

    key: str
    name: str
    value: Node
    overwrite: bool = True
    immediate: bool = False


@dataclass(frozen=True)
class Wrap(Node):
    """``inner`` in the place of the dots of ``wrapper``, or after it when it has none."""

    wrapper: Node
    inner: Node


@dataclass(frozen=True)
class Negative(Node):
    """Text for the negative prompt, there when what stands round it is."""

    value: Node


@dataclass(frozen=True)
class Syntax:
    """The signs of choices and wildcards; variables are always ``${…}`` and wraps ``%{…}``."""

    open: str = "{"
    close: str = "}"
    wildcard: str = "__"


DEFAULT_SYNTAX = Syntax()


@dataclass(frozen=True)
class Source:
    """A text that was read, for errors that must say where it came from."""

    text: str
    root: Node
    place: str = field(default="")
    """A wildcard's name and file; empty for the template itself."""
