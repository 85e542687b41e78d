"""What of a prompt another dialect can say, and what is lost on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from promptkit.dialects.compare import Change, Kind, name_of
from promptkit.dialects.fragment import Leaf, leaves, said, weight_inside
from promptkit.dialects.nodes import (
    Alternation,
    Blend,
    Break,
    Conjunction,
    Embedding,
    Network,
    Node,
    Nodes,
    Schedule,
    Swap,
    Text,
    Weighted,
    length,
    words,
)
from promptkit.dialects.writers import WRITERS
from promptkit.dialects.writing import SAME


class Sayable:
    """Goes through a prompt and gives the leaves that ``target`` can say; ``notes`` tell what became of the rest."""

    def __init__(self, text: str, target: str) -> None:
        self.text = text
        self.target = target
        self.writer = WRITERS[target]
        self.at = 0
        self.notes: list[Change] = []

    def leaves(self, nodes: Nodes, weight: float = 1.0) -> Iterator[Leaf]:
        for node in nodes:
            start = self.at
            self.at += len(node.marks[0])
            if isinstance(node, Text | Break | Network | Embedding):
                yield from self._leaf(node, weight, start)
                continue
            kept = _kept(node)
            for number, (part, mark) in enumerate(zip(node.parts, node.marks[1:], strict=True)):
                if number not in kept:
                    self.at += length(part)
                elif number != kept[0]:
                    yield self._between(node)
                if number in kept:
                    yield from self.leaves(part, weight_inside(node, weight))
                self.at += len(mark)
            if not isinstance(node, Weighted):
                self._note_form(node, start, kept)

    def _leaf(self, node: Text | Break | Network | Embedding, weight: float, start: int) -> Iterator[Leaf]:
        if isinstance(node, Text):
            yield self._text(node, weight, start)
        elif isinstance(node, Embedding) and self.writer.embedding is None:
            self._note(Kind.REWRITTEN, start, f"an embedding goes by its bare name in {self.target}: {node.name}")
            yield self._text(words(node.name), weight, start)
        elif isinstance(node, Network) and self.writer.network_sign(node) is None:
            self._note(Kind.LOST, start, f"{self.target} cannot load a network from the prompt: load it beside it")
        elif isinstance(node, Break) and self.writer.chunk is None:
            self._note(Kind.LOST, start, f"BREAK cannot be said in {self.target}: a comma stands there")
            yield Leaf(node=words(", "), weight=1.0, start=start, end=self.at)
        else:
            yield Leaf(node=node, weight=weight, start=start, end=self.at)

    def _text(self, node: Text, weight: float, start: int) -> Leaf:
        """Bring the weight into the range of the target."""
        nearest = 1.0 if self.writer.weighted is None else max(weight, self.writer.lowest)
        if abs(nearest - weight) > SAME and node.text.strip():
            message = f"weight {weight:.4g} cannot be said in {self.target}: {nearest:.4g} stands there"
            self._note(Kind.LOST, start, message, weight=weight, becomes=nearest)
        if self.target == "a1111":
            for match in re.finditer(r"\b(?:BREAK|AND)\b", node.marks[0]):
                message = f"{match.group()} is a sign in a1111: it is written in small letters"
                self._note(Kind.LOST, start + match.start(), message, end=start + match.end())
        return Leaf(node=node, weight=nearest, start=start, end=self.at)

    def _between(self, node: Node) -> Leaf:
        """Return what parts two prompts that cannot be told otherwise."""
        chunks = isinstance(node, Conjunction) and self.writer.chunk is not None
        comma = words("," if self.text[self.at : self.at + 1].isspace() else ", ")
        border = Break(marks=(self.writer.chunk or "",)) if chunks else comma
        return Leaf(node=border, weight=1.0, start=self.at, end=self.at)

    def _note(self, kind: Kind, start: int, message: str, *, end: int | None = None, **weights: float) -> None:
        typed = self.text[start : self.at if end is None else end]
        words = typed.strip() or typed
        begin = start + typed.index(words)
        self.notes.append(
            Change(kind=kind, start=begin, end=begin + len(words), words=words, message=message, **weights)
        )

    def _note_form(self, node: Node, start: int, kept: Sequence[int]) -> None:
        """Say what became of a schedule, an alternation, a swap, a blend or a conjunction."""
        name, chunks = name_of(node), self.writer.chunk is not None
        if not isinstance(node, Blend | Conjunction):
            message = f"{name} cannot be said in {self.target}: '{_said(node.parts[kept[0]])}' is kept"
            self._note(Kind.LOST, start, message)
            return
        weights = ", ".join(f"{weight:g}" for weight in node.weights)
        places = (
            "in chunks, one behind the other" if chunks and isinstance(node, Conjunction) else "one after the other"
        )
        if chunks and isinstance(node, Conjunction) and node.concatenated and set(node.weights) == {1.0}:
            self._note(Kind.REWRITTEN, start, "the parts are chunks of their own, with BREAK between them")
        else:
            message = f"{name} with weights {weights} cannot be said in {self.target}: its parts stand {places}"
            self._note(Kind.LOST, start, message)


def _kept(node: Node) -> Sequence[int]:
    """Return the numbers of the parts that are kept where a form cannot be said."""
    if isinstance(node, Schedule | Alternation):
        return [next((number for number, part in enumerate(node.parts) if _said(part)), 0)]
    return [1] if isinstance(node, Swap) else range(len(node.parts))


def _said(nodes: Nodes) -> str:
    return "".join(said(leaf.node) for leaf in leaves(nodes)).strip()
