"""The tree that a prompt is read into: every node keeps the characters it was written with.

A node's ``marks`` are the signs before, between and after its ``parts``, so ``render`` gives back every typed
character, whatever the dialect. What a node means stands in its other fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from promptkit.errors import PromptError

MAX_DEPTH = 100
"""Brackets within brackets; deeper ones are refused."""

Nodes = tuple["Node", ...]


@dataclass(frozen=True, kw_only=True)
class Node:
    """Signs with parts between them: always one mark more than parts."""

    marks: tuple[str, ...]
    parts: tuple[Nodes, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Text(Node):
    """Words. ``text`` is what they say, with escapes resolved; the one mark is how they were written."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Weighted(Node):
    """Words in brackets of attention; closed by the end of the prompt where the last mark is empty."""

    factor: float
    absolute: bool = False
    """Whether ``factor`` replaces the weight around it, instead of multiplying it."""


@dataclass(frozen=True, kw_only=True)
class Break(Node):
    """``BREAK``: what follows begins a chunk of its own."""


@dataclass(frozen=True, kw_only=True)
class Schedule(Node):
    """``[from:to:when]``: the first part up to and including step ``when``, the second after it."""

    when: float
    fraction: bool
    """Whether ``when`` is a share of all steps, 0 to 1, instead of a number of steps."""


@dataclass(frozen=True, kw_only=True)
class Alternation(Node):
    """``[a|b]``: its parts take turns, one a step, beginning with the first."""


@dataclass(frozen=True, kw_only=True)
class Network(Node):
    """``<lora:name:0.8>`` or ``withLora(name, 0.8)``: an extra network to load beside the model."""

    kind: str
    name: str
    arguments: tuple[str, ...] = ()

    @property
    def weight(self) -> float | None:
        """The first argument as a number; ``None`` where there is none or it is none."""
        try:
            return float(self.arguments[0]) if self.arguments else None
        except ValueError:
            return None


@dataclass(frozen=True, kw_only=True)
class Embedding(Node):
    """``embedding:name``: a textual inversion, known to the tokenizer by its name."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Conjunction(Node):
    """Prompts that the model follows at once (Liu et al., arXiv:2206.01714), one a part, each with its weight."""

    weights: tuple[float, ...]
    concatenated: bool = False
    """Whether the embeddings of the parts are laid one behind the other instead, as compel's ``.and()`` does."""


@dataclass(frozen=True, kw_only=True)
class Blend(Node):
    """Embeddings of the parts, added up by weight."""

    weights: tuple[float, ...]
    normalize: bool = True
    """Whether the weights are scaled to a sum of 1."""


@dataclass(frozen=True, kw_only=True)
class Swap(Node):
    """``a.swap(b)``: cross-attention control from the first part to the second (Hertz et al., arXiv:2208.01626)."""

    options: Mapping[str, float] = field(default_factory=dict, hash=False)


def render(nodes: Nodes) -> str:
    """Return what was typed, character for character."""
    return "".join(_written(nodes))


def _written(nodes: Nodes) -> Iterator[str]:
    for node in nodes:
        yield node.marks[0]
        for part, mark in zip(node.parts, node.marks[1:], strict=True):
            yield from _written(part)
            yield mark


def everything(nodes: Nodes) -> Iterator[Node]:
    """Yield every node of a tree, outer ones first."""
    for node in nodes:
        yield node
        for part in node.parts:
            yield from everything(part)


def length(nodes: Nodes) -> int:
    """Return how many characters the nodes were written with."""
    return sum(len(written) for written in _written(nodes))


def words(text: str, written: str | None = None) -> Text:
    """Make a Text; ``written`` is how it was typed where that differs."""
    return Text(marks=(text if written is None else written,), text=text)


def joined(nodes: Iterable[Node]) -> Nodes:
    """Make one Text of neighbouring ones."""
    found: list[Node] = []
    for _, run in groupby(nodes, key=lambda node: isinstance(node, Text)):
        texts = list(run)
        if len(texts) > 1 and isinstance(texts[0], Text):
            said = "".join(node.text for node in texts if isinstance(node, Text))
            found.append(words(said, "".join(node.marks[0] for node in texts)))
        else:
            found += texts
    return tuple(found)


def too_deep(text: str, position: int, *, example: str = "(golden hour:1.3)") -> PromptError:
    """Make the error for brackets nested beyond ``MAX_DEPTH``; ``example`` is a weight as the dialect writes it."""
    return PromptError(
        f"More than {MAX_DEPTH} brackets stand one within the other.",
        text=text,
        position=position,
        hint=f"Write the weight as a number instead, as in {example}.",
    )
