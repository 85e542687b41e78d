"""From the nodes of a still prompt, one without schedules, to embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from promptkit.backends.conditioning.chunks import Chunk, Piece, cut
from promptkit.backends.conditioning.encoding import EMPTY, Encoded, Encoder
from promptkit.dialects.fragment import Fragment, fragments, leaves, merged, said
from promptkit.dialects.nodes import Blend, Break, Conjunction, Embedding, Node, Nodes, Swap, Text, everything
from promptkit.errors import PromptError

Combined = Blend | Conjunction


def swapped(nodes: Nodes) -> Nodes:
    """Return the nodes with the second part of each swap in its place."""
    found: list[Node] = []
    for node in nodes:
        if isinstance(node, Swap):
            found += swapped(node.parts[1])
        else:
            found.append(replace(node, parts=tuple(swapped(part) for part in node.parts)))
    return tuple(found)


def words(nodes: Nodes) -> str:
    """Return what the prompt says, without its signs."""
    return "".join(fragment.text for fragment in fragments(nodes))


def is_plain(nodes: Nodes) -> bool:
    """Whether the prompt is words of weight 1 and nothing else: a pipeline can read it by itself."""
    special = any(isinstance(node, Combined | Break) for node in everything(nodes))
    return not special and all(fragment.weight == 1.0 for fragment in fragments(nodes))


def encode_nodes(nodes: Nodes, encoder: Encoder) -> Encoded:
    """Encode a prompt. Blends and conjunctions stand beside the words round them, in chunks of their own."""
    import torch

    found: list[Encoded] = []
    for combined, run in groupby(nodes, key=lambda node: isinstance(node, Combined)):
        if combined:
            found += [_blended(node, encoder) if isinstance(node, Blend) else _joined(node, encoder) for node in run]
            continue
        plain = tuple(run)
        if words(plain).strip():
            found.append(encoder.encode(_chunks(plain, encoder)))
    if len(found) == 1:
        return found[0]
    return Encoded(torch.cat([each.embeds for each in found], 1), found[0].pooled) if found else encoder.encode([EMPTY])


def _chunks(nodes: Nodes, encoder: Encoder) -> list[Chunk]:
    """Cut words into chunks: a ``BREAK`` always begins one; behind the last it may be left empty."""
    passages: list[list[Fragment]] = [[]]
    for leaf in leaves(nodes):
        if isinstance(leaf.node, Break):
            passages.append([])
        elif isinstance(leaf.node, Text | Embedding):
            passages[-1].append(Fragment(text=said(leaf.node), weight=leaf.weight, start=leaf.start, end=leaf.end))
    if not passages[-1] and len(passages) > 1:
        passages.pop()
    return [chunk for passage in passages for chunk in cut(_pieces(passage), encoder.count, encoder.limit)]


def _pieces(passage: Sequence[Fragment]) -> list[Piece]:
    return [Piece(fragment.text, fragment.weight) for fragment in merged(passage)]


def _blended(node: Node, encoder: Encoder) -> Encoded:
    """Add up the parts' embeddings by weight, pooled ones too, as compel's ``.blend()`` does. Raises PromptError."""
    assert isinstance(node, Blend)
    total = sum(node.weights) if node.normalize else 1.0
    if abs(total) < 1e-6:
        raise PromptError(
            "The weights of a blend add up to 0.", hint="Give weights whose sum is not 0, or no_normalize."
        )
    parts = encoder.lengthened([encode_nodes(part, encoder) for part in node.parts])
    shares = [weight / total for weight in node.weights]
    pooled = [share * part.pooled for share, part in zip(shares, parts, strict=True) if part.pooled is not None]
    return Encoded(
        sum((share * part.embeds for share, part in zip(shares, parts, strict=True)), start=0 * parts[0].embeds),
        sum(pooled[1:], start=pooled[0]) if pooled else None,
    )


def _joined(node: Node, encoder: Encoder) -> Encoded:
    """Lay the parts behind one another, each moved away from the empty prompt by its weight: compel's ``.and()``."""
    import torch

    assert isinstance(node, Conjunction)
    found = []
    for part, weight in zip(node.parts, node.weights, strict=True):
        embeds = encode_nodes(part, encoder).embeds
        empty = encoder.lengthened([encoder.encode([EMPTY]), Encoded(embeds)])[0].embeds
        found.append(embeds if weight == 1.0 else empty + weight * (embeds - empty))
    return Encoded(torch.cat(found, 1), encode_nodes(node.parts[0], encoder).pooled)
