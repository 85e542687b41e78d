"""A prompt laid flat: runs of text that share one weight, with their places in what was typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from promptkit.dialects.nodes import Break, Embedding, Network, Node, Nodes, Text, Weighted
from promptkit.errors import PromptError

MAX_BYTES = 32 * 1024


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """A run of words, with escapes resolved; ``start`` and ``end`` are offsets into the typed text."""

    text: str
    weight: float
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A node that has no parts, with the weight that the brackets around it give, and its place."""

    node: Text | Break | Network | Embedding
    weight: float
    start: int
    end: int


def leaves(nodes: Nodes) -> Iterator[Leaf]:
    """Yield the leaves in the order in which they were typed; of schedules and alternations, every branch."""
    return _Walk().leaves(nodes, 1.0)


class _Walk:
    """Goes through a tree and knows how many characters lie behind."""

    def __init__(self) -> None:
        self.at = 0

    def leaves(self, nodes: Nodes, weight: float) -> Iterator[Leaf]:
        for node in nodes:
            start = self.at
            self.at += len(node.marks[0])
            if isinstance(node, Text | Break | Network | Embedding):
                yield Leaf(node=node, weight=weight, start=start, end=self.at)
                continue
            inner = weight_inside(node, weight)
            for part, mark in zip(node.parts, node.marks[1:], strict=True):
                yield from self.leaves(part, inner)
                self.at += len(mark)


def weight_inside(node: Node, weight: float) -> float:
    """Return the weight of what stands inside a node that itself stands at ``weight``."""
    if not isinstance(node, Weighted):
        return weight
    return node.factor if node.absolute else weight * node.factor


def fragments(nodes: Nodes) -> list[Fragment]:
    """Return the words with their weights; neighbours of equal weight are joined."""
    return merged(
        Fragment(text=said(leaf.node), weight=leaf.weight, start=leaf.start, end=leaf.end)
        for leaf in leaves(nodes)
        if isinstance(leaf.node, Text | Embedding)
    )


def said(node: Node) -> str:
    """Return the words that a leaf brings to the text encoder."""
    if isinstance(node, Text):
        return node.text
    return node.name if isinstance(node, Embedding) else ""


def merged(found: Iterable[Fragment]) -> list[Fragment]:
    """Join neighbours of equal weight: an encoder sees ``light`` + ``house`` otherwise than ``lighthouse``."""
    kept: list[Fragment] = []
    for fragment in found:
        if kept and kept[-1].weight == fragment.weight:
            kept[-1] = replace(kept[-1], text=kept[-1].text + fragment.text, end=fragment.end)
        else:
            kept.append(fragment)
    return kept


def check_size(text: str) -> None:
    """Refuse a prompt over 32 KiB of UTF-8. Raises PromptError."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise PromptError(
            f"The prompt is {size:,} bytes long; at most {MAX_BYTES:,} are read.",
            hint="Keep what describes this one picture; put alternatives into separate prompts.",
        )
