"""Where a planner is in a template: the text it reads, and the variables that are set there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from promptkit.errors import PromptError
from promptkit.names import nearest
from promptkit.templates.nodes import Node, Source


@dataclass(frozen=True)
class Late:
    """A value drawn anew at each use."""

    node: Node
    source: Source


@dataclass(frozen=True)
class Symbol:
    """A value drawn once, not known while planning."""

    number: int
    name: str
    longest: int


Value = str | Late | Symbol


@dataclass(frozen=True)
class Scope:
    """Where the planner is: the text it reads, the variables there, and what it is inside of."""

    source: Source
    variables: Mapping[str, Value] = field(default_factory=dict)
    prefix: str = ""
    wildcards: tuple[str, ...] = ()
    values: tuple[Late, ...] = ()
    """The late values that this is inside of."""
    fixed: bool = False
    """Whether the text has to be known here: no symbols, no samplers."""

    def setting(self, name: str, value: Value) -> Scope:
        return replace(self, variables={**self.variables, name: value})

    def error(self, message: str, position: int, hint: str) -> PromptError:
        place = f"In {self.source.place}: " if self.source.place else ""
        return PromptError(place + message, text=self.source.text, position=position, hint=hint)

    def undefined(self, name: str, position: int) -> PromptError:
        """Make the error for a variable that is not set, with the nearest one that is."""
        near = nearest(name, self.variables, 1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Set it first: ${{{name}=value}}, or say ${{{name}:default}}."
        return self.error(f"The variable '{name}' is not set here.", position, hint)
