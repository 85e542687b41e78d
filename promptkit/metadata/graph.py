"""A graph of ComfyUI as its API writes it: nodes by id, whose inputs are values or links to another node's output.

Graphs come from other people's files: links may lead nowhere or round in circles, so every walk keeps what it has seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from promptkit.metadata.values import mapping, number, text

MAX_NODES = 20_000
MAX_DEPTH = 40
"""Joined texts in joined texts."""
VALUES = ("value", "text", "string", "seed", "noise_seed", "int", "float", "number", "prompt", "Text", "Number")
"""Inputs in which nodes that stand for a value keep it."""
JOINED = (("string_a", "string_b"), ("text_a", "text_b", "text_c", "text_d"), ("text1", "text2"), ("text_1", "text_2"))
"""Inputs of nodes that join texts, in order."""


@dataclass(frozen=True)
class Node:
    """One node: what it does, and what it is given."""

    id: str
    kind: str
    """ComfyUI's ``class_type``."""
    inputs: Mapping[str, Any]

    def link(self, *names: str) -> str | None:
        """Return the id of the node that the first of these inputs is linked to."""
        return next((linked for name in names if (linked := target(self.inputs.get(name))) is not None), None)

    def links(self) -> Iterator[str]:
        yield from (linked for value in self.inputs.values() if (linked := target(value)) is not None)


def target(value: Any) -> str | None:
    """Return the node that a link leads to; ``None`` for what is no link."""
    is_link = isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int)
    return str(value[0]) if is_link and isinstance(value[1], int) else None


class Graph:
    """The nodes of a graph, and ways through it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        kinds = {key: text(mapping(node).get("class_type")) for key, node in list(data.items())[:MAX_NODES]}
        self.nodes = {
            key: Node(key, kind, mapping(mapping(data[key]).get("inputs"))) for key, kind in kinds.items() if kind
        }

    def node(self, name: str | None) -> Node | None:
        return None if name is None else self.nodes.get(name)

    def upstream(self, start: str | None, through: Callable[[Node], Iterator[str]] = Node.links) -> Iterator[Node]:
        """Yield the nodes that feed a node, itself first, nearest inputs before farther ones of the same branch;
        ``through`` says which links are followed."""
        waiting, seen = [start], set()
        while waiting:
            node = self.node(waiting.pop())
            if node is None or node.id in seen:
                continue
            seen.add(node.id)
            yield node
            waiting.extend(reversed(list(through(node))))

    def ends(self) -> list[Node]:
        """Return the nodes that feed no other, in the order of the file."""
        fed = {linked for node in self.nodes.values() for linked in node.links()}
        return [node for node in self.nodes.values() if node.id not in fed]

    @property
    def has_circle(self) -> bool:
        """Whether some node feeds itself by way of others, which no graph that was run does."""
        try:
            TopologicalSorter({node.id: [*node.links()] for node in self.nodes.values()}).prepare()
        except CycleError:
            return True
        return False

    def value(self, value: Any) -> Any:
        """Return what an input comes to: itself, or what the node that it is linked to stands for; ``None`` where that
        is not told by the file."""
        return self._value(value, set(), iter(range(MAX_NODES)))

    def _value(self, value: Any, seen: set[str], left: Iterator[int], depth: int = 0) -> Any:
        """Follow links to a value. ``seen`` are the nodes on the way, which end a circle, and ``left`` the steps that
        may still be taken on all ways together: joined texts can double at every node."""
        while (linked := target(value)) is not None:
            node = self.node(linked)
            if node is None or node.id in seen or depth > MAX_DEPTH or next(left, None) is None:
                return None
            seen.add(node.id)
            if names := _joined(node):
                between = node.inputs.get("delimiter", "")
                parts = [self._value(node.inputs.get(name), {*seen}, left, depth + 1) for name in names]
                return (between if isinstance(between, str) else "").join(filter(None, map(text, parts)))
            value = _standing_for(node)
        return value

    def text(self, value: Any) -> str | None:
        return text(self.value(value))

    def number(self, value: Any) -> int | float | None:
        return number(self.value(value))


def _joined(node: Node) -> tuple[str, ...]:
    """Return the inputs that a node joins to one text; none for a node of another kind."""
    return next((names for names in JOINED if all(name in node.inputs for name in names[:2])), ())


def _standing_for(node: Node) -> Any:
    """Return what a node that stands for a value says, which may be a link again: primitives, reroutes, switches."""
    for name in VALUES:
        if name in node.inputs and not isinstance(node.inputs[name], dict):
            return node.inputs[name]
    only = [value for value in node.inputs.values() if target(value) is not None]
    return only[0] if only else None
