"""What a prompt says besides words: networks, schedules, alternations, BREAK, AND, blends."""

from __future__ import annotations

from collections.abc import Iterator

from promptkit.dialects.nodes import (
    Alternation,
    Blend,
    Break,
    Conjunction,
    Network,
    Node,
    Nodes,
    Schedule,
    Swap,
    everything,
    render,
)


def signs(nodes: Nodes) -> list[str]:
    """Say each of them in a few words, in the order in which they were typed."""
    return [said for node in everything(nodes) for said in _said(node)]


def _said(node: Node) -> Iterator[str]:
    if isinstance(node, Network):
        yield " ".join((node.kind, node.name, *node.arguments))
    elif isinstance(node, Schedule):
        before, after = (render(part).strip() or "nothing" for part in node.parts)
        when = f"{node.when:.0%} of the steps" if node.fraction else f"step {node.when:g}"
        yield f"{before} until {when}, then {after}"
    elif isinstance(node, Alternation):
        yield " and ".join(render(part).strip() or "nothing" for part in node.parts) + " by turns"
    elif isinstance(node, Break):
        yield "BREAK"
    elif isinstance(node, Conjunction | Blend):
        kind = "blended" if isinstance(node, Blend) else "joined by AND"
        weights = ", ".join(f"{weight:g}" for weight in node.weights)
        yield f"{len(node.parts)} prompts {kind}, weighing {weights}"
    elif isinstance(node, Swap):
        yield " swapped for ".join(render(part).strip() or "nothing" for part in node.parts)
