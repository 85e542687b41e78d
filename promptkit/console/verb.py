"""What a verb of the console is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from rich.console import RenderableType

    from promptkit.console.bench import Bench

Answer: TypeAlias = "Sequence[RenderableType]"
"""What is printed: rich renderables, each on lines of its own. Errors are raised as PromptkitError."""


class Leave(Exception):
    """Raised by ``quit``: the console ends."""


@dataclass(frozen=True, kw_only=True)
class Verb:
    """A word that does something, with whatever stands behind it."""

    name: str
    summary: str
    """One line for ``help``."""
    usage: str
    """How it is written: ``set SLOT WORDS``."""
    examples: tuple[str, ...]
    """Lines that can be typed as they are."""
    run: Callable[[Bench, str], Answer]
    """Do it: the bench, and what stands behind the verb. Changes of the desk go through ``Bench.change``."""
    fits: Callable[[Bench, str], bool] = lambda _bench, _rest: True
    """Whether what stands behind it reads as its usage: where it does not, the line is a slip, or a prompt that happens
    to begin with this word."""
    complete: Callable[[Bench, str], Iterable[str]] = lambda _bench, _rest: ()
    """What could stand behind it, whole words, the likeliest first."""
    command: Callable[[Bench, str], str] = lambda _bench, _rest: ""
    """The ``promptkit …`` line that does the same from a shell; empty where it changes the desk alone."""
    equivalent: str = ""
    """What it is on the command line, for ``help``: ``generate --seed N``; empty where a shell needs no such thing."""
    aliases: tuple[str, ...] = ()
    works: bool = False
    """Whether it loads models or makes pictures, and so takes its time."""
    tell: Callable[[Bench], Answer] | None = None
    """What ``help`` says of it, where its own words say more than the fields above."""
