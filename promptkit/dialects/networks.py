"""Taking ``<lora:name:weight>`` out of a prompt: the words are for the encoder, the networks for the loader."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from promptkit.dialects.nodes import Network, Node, Nodes, everything, render
from promptkit.dialects.weights import MAX_WEIGHT


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A prompt without its networks; ``networks`` are names and weights, each name once."""

    text: str
    networks: tuple[tuple[str, float], ...]


def take_networks(
    nodes: Nodes,
    *,
    kinds: Collection[str] = ("lora",),
    given: Sequence[tuple[str, float]] = (),
    limit: int | None = None,
    default: float | None = 1.0,
) -> Taken:
    """Take the networks of some ``kinds`` out of a prompt; the first of a name counts, ``given`` ones before all.

    At most ``limit`` are returned; the tags of the others are taken out too. A tag whose weight is no number stays
    text, and so does one without a weight where ``default`` is ``None``. The rest of the text is written as it was
    typed, but for the blanks and commas that the tags leave behind.
    """
    weights = ((node.name, _weight(node, kinds, default)) for node in everything(nodes) if isinstance(node, Network))
    found: dict[str, float] = {}
    for name, weight in (*given, *weights):
        if weight is not None:
            found.setdefault(name, weight)
    text = render(tuple(_without(nodes, kinds, default)))
    networks = tuple(found.items())[:limit]
    return Taken(text=text if text == render(nodes) else tidied(text), networks=networks)


def tidied(text: str) -> str:
    """Leave out empty stretches between commas, and blanks beside blanks."""
    stretches = (" ".join(stretch.split()) for stretch in text.split(","))
    return ", ".join(stretch for stretch in stretches if stretch)


def _weight(node: Network, kinds: Collection[str], default: float | None) -> float | None:
    """Return the weight that a network is loaded with; ``None`` where it stays text."""
    weight = node.weight if node.arguments else default
    if node.kind not in kinds or weight is None:
        return None
    return weight if math.isfinite(weight) and abs(weight) <= MAX_WEIGHT else None


def _without(nodes: Nodes, kinds: Collection[str], default: float | None) -> Iterator[Node]:
    for node in nodes:
        if not isinstance(node, Network) or _weight(node, kinds, default) is None:
            yield replace(node, parts=tuple(tuple(_without(part, kinds, default)) for part in node.parts))
