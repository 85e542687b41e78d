"""Saying the same in another dialect, and telling what changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from promptkit.dialects import check_dialect, parse
from promptkit.dialects.compare import Change, Kind, pasted
from promptkit.dialects.fragment import Leaf, leaves, said
from promptkit.dialects.networks import tidied
from promptkit.dialects.nodes import Break, Conjunction, Network, Node, Nodes, Text, Weighted
from promptkit.dialects.sayable import Sayable
from promptkit.dialects.writers import WRITERS, write_leaves
from promptkit.dialects.writing import SAME, glued
from promptkit.errors import PromptError

__all__ = ["Change", "Conversion", "Kind", "convert"]


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """A prompt in another dialect; ``changes`` are in the order of the places that they are about."""

    text: str
    source: str
    target: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class _Unit:
    """A node that stands in no other, with its place and what of it can be said."""

    node: Node
    start: int
    end: int
    leaves: tuple[Leaf, ...]


def convert(text: str, *, source: str, target: str) -> Conversion:
    """Write a prompt of the dialect ``source`` so that ``target`` reads the same words with the same weights.

    What means the same there stays as it was typed. Blanks may be added where the other dialect needs them. Raises
    UnknownNameError for a dialect, and PromptError, with the place, for what the source refuses.
    """
    check_dialect(target)
    nodes = parse(text, source)
    if source == target:
        return Conversion(text=text, source=source, target=target, changes=())
    sayable = Sayable(text, target)
    units = _units(nodes, sayable)
    lost = [note for note in sayable.notes if note.kind is Kind.LOST]
    written = text if not lost and _reads_as(text, target, units) else _best(text, target, units)
    found = [*pasted(text, nodes, source, target), *sayable.notes]
    if written != text:
        found += _rewritten(text, target, units, sayable.notes)
    if any(isinstance(leaf.node, Network) and WRITERS[target].network is None for leaf in leaves(nodes)):
        written = tidied(written)
    order = list(Kind)
    changes = tuple(sorted(found, key=lambda change: (change.start, change.end, order.index(change.kind))))
    return Conversion(text=written, source=source, target=target, changes=changes)


def _units(nodes: Nodes, sayable: Sayable) -> list[_Unit]:
    units = []
    for node in nodes:
        start = sayable.at
        found = tuple(sayable.leaves((node,)))
        units.append(_Unit(node, start, sayable.at, found))
    return units


def _best(text: str, target: str, units: Sequence[_Unit]) -> str:
    """Leave as typed what reads the same there; where the pieces do not go together, write all of it anew."""
    pieces = (_piece(text, target, unit) for unit in units)
    mixed = glued(pieces, WRITERS[target])
    if _reads_as(mixed, target, units):
        return mixed
    return write_leaves((leaf for unit in units for leaf in unit.leaves), target)


def _piece(text: str, target: str, unit: _Unit) -> str:
    typed = text[unit.start : unit.end]
    return typed if _reads_as(typed, target, [unit]) else write_leaves(unit.leaves, target)


def _reads_as(text: str, target: str, units: Iterable[_Unit]) -> bool:
    """Whether the target reads in a text what the units mean, but for blanks."""
    try:
        found = _reading(_spoken(parse(text, target)))
    except PromptError:
        return False
    wanted = _reading(leaf for unit in units for leaf in unit.leaves)
    return len(found) == len(wanted) and all(
        a[0] == b[0] and abs(a[1] - b[1]) <= SAME for a, b in zip(found, wanted, strict=True)
    )


def _spoken(nodes: Nodes) -> Iterator[Leaf]:
    """Yield the leaves, with a break between parts that are chunks of their own."""
    for node in nodes:
        if isinstance(node, Conjunction):
            for number, part in enumerate(node.parts):
                if number:
                    yield Leaf(node=Break(marks=("",)), weight=1.0, start=0, end=0)
                yield from leaves(part)
        else:
            yield from leaves((node,))


def _reading(found: Iterable[Leaf]) -> list[tuple[str, float]]:
    """Return words without blanks, joined where the weight is one, and chunks and networks by names with a blank."""
    kept: list[tuple[str, float]] = []
    fresh = True
    for leaf in found:
        if isinstance(leaf.node, Break | Network):
            name = f"{leaf.node.kind} {leaf.node.name}" if isinstance(leaf.node, Network) else "chunk "
            weight = leaf.node.weight if isinstance(leaf.node, Network) else None
            kept.append((name, 1.0 if weight is None else weight))
            fresh = True
        elif words := "".join(said(leaf.node).split()):
            if not fresh and abs(kept[-1][1] - leaf.weight) <= SAME:
                kept[-1] = (kept[-1][0] + words, kept[-1][1])
            else:
                kept.append((words, leaf.weight))
            fresh = False
    return kept


def _rewritten(text: str, target: str, units: Sequence[_Unit], notes: Sequence[Change]) -> Iterator[Change]:
    """Yield what was written otherwise; where something is noted already, that says it."""
    noted = {note.start for note in notes}
    for unit in units:
        typed, piece = text[unit.start : unit.end], _piece(text, target, unit)
        if typed == piece or any(start in noted for start in range(unit.start, unit.end)):
            continue
        begin, end = _difference(typed, piece) if isinstance(unit.node, Text) else (0, 0)
        shown = piece[begin : len(piece) - end].strip()
        message = f"written {shown}" if piece else 'the parts stand in ("…", "…").and(), one behind the other'
        if _crosses(unit.node):
            message += "; a bracket crossed another, or was never closed"
        words = typed[begin : len(typed) - end].strip()
        start = text.index(words, unit.start + begin)
        weights = {round(leaf.weight, 6) for leaf in unit.leaves if said(leaf.node).strip()}
        weight = weights.pop() if len(weights) == 1 else None
        yield Change(
            kind=Kind.REWRITTEN, start=start, end=start + len(words), words=words, message=message, weight=weight
        )


def _crosses(node: Node) -> bool:
    """Whether a bracket within has no closing sign of its own."""
    open_ended = isinstance(node, Weighted) and not node.marks[-1]
    return open_ended or any(_crosses(inner) for part in node.parts for inner in part)


def _difference(first: str, second: str) -> tuple[int, int]:
    """Return how many characters two texts have in common before the words that differ, and behind them."""
    shorter = min(len(first), len(second))
    begin = next((i for i in range(shorter) if first[i] != second[i]), shorter)
    while begin and not first[begin - 1].isspace():
        begin -= 1
    rest = shorter - begin
    end = next((i for i in range(rest) if first[-1 - i] != second[-1 - i]), rest)
    while end and not first[-end].isspace():
        end -= 1
    return begin, end
