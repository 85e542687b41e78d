"""What a prompt with schedules and alternations says at each denoising step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from promptkit.dialects.nodes import Alternation, Node, Nodes, Schedule, everything, joined


def is_scheduled(nodes: Nodes) -> bool:
    """Whether the prompt says different things at different steps."""
    return any(isinstance(node, Schedule | Alternation) for node in everything(nodes))


def by_step(nodes: Nodes, num_inference_steps: int, *, base_steps: int | None = None) -> list[tuple[int, Nodes]]:
    """Return what is said, in order, each with the last step (from 1) at which it is said.

    ``base_steps`` is given for a second pass at a higher resolution: steps then count on from the first pass, and
    shares of the steps from 1.
    """
    borders = sorted({num_inference_steps, *_borders(nodes, num_inference_steps, base_steps)})
    return [(step, at_step(nodes, step, num_inference_steps, base_steps=base_steps)) for step in borders]


def at_step(nodes: Nodes, step: int, num_inference_steps: int, *, base_steps: int | None = None) -> Nodes:
    """Return what is said at one step, from 1: no schedule and no alternation is left in it."""
    found: list[Node] = []
    for node in nodes:
        if isinstance(node, Schedule):
            part = 0 if step <= _last(node, num_inference_steps, base_steps) else 1
            found += at_step(node.parts[part], step, num_inference_steps, base_steps=base_steps)
        elif isinstance(node, Alternation):
            part = (step - 1) % len(node.parts)
            found += at_step(node.parts[part], step, num_inference_steps, base_steps=base_steps)
        else:
            parts = (at_step(part, step, num_inference_steps, base_steps=base_steps) for part in node.parts)
            found.append(replace(node, parts=tuple(parts)))
    return joined(found)


def _last(node: Schedule, steps: int, base_steps: int | None) -> int:
    """Return the last step at which the first part is said; below 1 where it never is."""
    offset = 0.0 if base_steps is None else 1.0 if node.fraction else base_steps
    last = (node.when - offset) * (steps if node.fraction else 1)
    return int(min(steps, last))


def _borders(nodes: Nodes, steps: int, base_steps: int | None) -> Iterator[int]:
    for node in everything(nodes):
        if isinstance(node, Schedule) and _last(node, steps, base_steps) >= 1:
            yield _last(node, steps, base_steps)
        elif isinstance(node, Alternation):
            yield from range(1, steps + 1)
