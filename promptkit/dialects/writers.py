"""How each dialect writes words, weights and networks, so that it reads back what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from promptkit.dialects.fragment import Leaf
from promptkit.dialects.nodes import Break, Network
from promptkit.dialects.weights import write_number
from promptkit.dialects.writing import Writer, write

_WEIGHTING = re.compile(r"""(?<=[^\s+-])(?:[+-]{2,}|[+-](?=[\s()",.=]|\Z))|(?<=\\)[+=-]""")
"""Signs that would weight the word before them in compel."""
_LONE = re.compile(r"""(?<!\S)(?:[+-]{2,}|[+-](?=[\s()",.=]|\Z))|(?<!\\)=""")
"""Signs that compel itself does not take within brackets, though promptkit does."""


def _colon_weighted(text: str, weight: float) -> str:
    return f"({text}:{write_number(weight)})"


def _a1111_words(text: str) -> str:
    """Escape brackets and backslashes; ``< name:`` is no network, and ``and`` and ``break`` are no signs."""
    text = re.sub(r"[()\[\]\\]", r"\\\g<0>", text)
    text = re.sub(r"<(?=\w+:[^<>]+>)", "< ", text)
    return re.sub(r"\b(?:BREAK|AND)\b", lambda match: match.group().lower(), text)


def _a1111_network(node: Network) -> str | None:
    if re.search(r"[<>:]", node.name):
        return None
    return f"<{node.kind}:{':'.join((node.name, *(node.arguments or ('1',))))}>"


def _comfyui_words(text: str) -> str:
    """Escape round brackets, and keep ``embedding:`` from naming one."""
    return re.sub(r"[()]", r"\\\g<0>", re.sub(r"\b(embedding:)(?=[\w./-])", r"\1 ", text))


def _comfyui_clash(left: str, right: str) -> bool:
    """Whether a bracket would be escaped, or the name of an embedding grow or not begin."""
    if right.startswith("embedding:"):
        return left[-1].isalnum() or left[-1] in "_:"
    if left.startswith("embedding:"):
        return re.match(r"[\w./-]", right) is not None
    return left.endswith("\\") and right.startswith("(")


def _compel_words(text: str) -> str:
    """Escape brackets and quotes, and signs where they would count."""
    text = re.sub(r'[()"]', r"\\\g<0>", text)
    return _WEIGHTING.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return "".join("\\" + sign for sign in match.group())


def _before_a_sign(text: str) -> str:
    """Keep a backslash at the end from escaping the sign that follows."""
    return text + " " if text.endswith("\\") else text


def _compel_weighted(text: str, weight: float) -> str:
    number = write_number(weight)
    return f"({_before_a_sign(_LONE.sub(_escaped, text))}){number if '.' in number else number + '.0'}"


def _compel_network(node: Network) -> str | None:
    if node.kind != "lora" or len(node.arguments) > 1 or re.search(r'[,()"]', node.name):
        return None
    return f"withLora({node.name}, {write_number(1.0 if node.weight is None else node.weight)})"


def _compel_clash(left: str, right: str) -> bool:
    """Whether a bracket would stand within a word, or a word lengthen a weight."""
    opens = right.startswith(("(", "withLora("))
    return not left[-1].isspace() if opens else left.startswith("(") and right[0].isdigit()


WRITERS: Mapping[str, Writer] = {
    "a1111": Writer(
        words=_a1111_words, escapes="()[]\\", weighted=_colon_weighted, network=_a1111_network, chunk=" BREAK "
    ),
    "comfyui": Writer(
        words=_comfyui_words,
        escapes="()",
        weighted=_colon_weighted,
        embedding=lambda name: f"embedding:{name}",
        clash=_comfyui_clash,
    ),
    "compel": Writer(
        words=_compel_words,
        escapes='()"+-=',
        weighted=_compel_weighted,
        lowest=0.0,
        network=_compel_network,
        chunk="",
        clash=_compel_clash,
    ),
    "plain": Writer(words=str),
}


def write_leaves(leaves: Iterable[Leaf], dialect: str) -> str:
    """Write leaves in a dialect that can say them.

    In compel, chunks of their own become the parts of an ``.and()``, which lays them one behind the other.
    """
    writer = WRITERS[dialect]
    if dialect != "compel":
        return write(leaves, writer)
    runs = groupby(leaves, key=lambda leaf: isinstance(leaf.node, Break))
    parts = [write(run, writer) for is_break, run in runs if not is_break]
    if len(parts) < 2:
        return "".join(parts)
    return "(" + ", ".join(f'"{_before_a_sign(part)}"' for part in parts) + ").and()"
