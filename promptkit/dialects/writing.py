"""Writing words, weights and networks down again: what every dialect's writer needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from promptkit.dialects.fragment import Leaf, said
from promptkit.dialects.nodes import Break, Embedding, Network, Node

SAME = 1e-6
"""Weights that differ by no more are the same: numbers are written to six decimals."""


@dataclass(frozen=True, kw_only=True)
class Writer:
    """How a dialect writes what it can say; ``None`` where it has no way to say it."""

    words: Callable[[str], str]
    """Write words so that no sign in them counts."""
    escapes: str = ""
    """The signs that lose their meaning behind a backslash, which is then no word either."""
    weighted: Callable[[str, float], str] | None = None
    """Write a weight round words that are written already."""
    lowest: float = -float("inf")
    """The lowest weight that can be said."""
    network: Callable[[Network], str | None] | None = None
    embedding: Callable[[str], str] | None = None
    chunk: str | None = None
    """What begins a chunk of its own."""
    clash: Callable[[str, str], bool] = lambda _left, _right: False
    """Whether two pieces need a blank between them to stay what they are."""

    def network_sign(self, node: Network) -> str | None:
        """Return how a network is written; ``None`` where it cannot be."""
        return None if self.network is None else self.network(node)


def write(leaves: Iterable[Leaf], writer: Writer) -> str:
    """Write leaves with a bracket round each run that has a weight of its own; blanks at its ends stay outside."""
    return glued(_pieces(leaves, writer), writer)


def glued(pieces: Iterable[str], writer: Writer) -> str:
    """Put written pieces together, with a blank where they would otherwise change one another's meaning."""
    found: list[str] = []
    for piece in pieces:
        added = piece.lstrip() if found and found[-1] == writer.chunk else piece
        if added and found and writer.clash(found[-1], added):
            found.append(" ")
        found += [added] if added else []
    return "".join(found)


def _pieces(leaves: Iterable[Leaf], writer: Writer) -> Iterator[str]:
    for weight, run in groupby(leaves, key=lambda leaf: _weight(leaf)):
        nodes = [leaf.node for leaf in run]
        if weight is not None:
            yield from _run(nodes, weight, writer)
        for node in nodes if weight is None else ():
            yield (writer.chunk or "") if isinstance(node, Break) else _network(node, writer)


def _weight(leaf: Leaf) -> float | None:
    """Return the weight of words, and ``None`` for what has none."""
    return None if isinstance(leaf.node, Break | Network) else round(leaf.weight, 6)


def _network(node: Node, writer: Writer) -> str:
    return (writer.network_sign(node) or "") if isinstance(node, Network) else ""


def _run(nodes: Iterable[Node], weight: float, writer: Writer) -> Iterator[str]:
    """Write neighbouring words of one weight."""
    found: list[str] = []
    for is_embedding, group in groupby(nodes, key=lambda node: isinstance(node, Embedding)):
        if is_embedding and writer.embedding is not None:
            found += [writer.embedding(said(node)) for node in group]
        else:
            found.append(writer.words("".join(said(node) for node in group)))
    text = glued(found, writer)
    inside = text.strip()
    if writer.weighted is None or weight == 1.0 or not inside:
        yield text
        return
    begin = text.index(inside)
    yield text[:begin]
    yield writer.weighted(inside, weight)
    yield text[begin + len(inside) :]
