"""The syntaxes that people write prompts in, one file each; all of them are read into the same nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from promptkit.dialects import a1111, comfyui, compel, plain
from promptkit.dialects.fragment import Fragment, fragments
from promptkit.dialects.nodes import Nodes, render
from promptkit.errors import UnknownNameError

DIALECTS: Mapping[str, Callable[[str], Nodes]] = {
    "a1111": a1111.parse,
    "comfyui": comfyui.parse,
    "compel": compel.parse,
    "plain": plain.parse,
}

__all__ = ["DIALECTS", "parse", "read", "render"]


def parse(text: str, dialect: str) -> Nodes:
    """Read a prompt into nodes; ``render`` gives back every character of it.

    Raises UnknownNameError for a dialect that is not there, and PromptError, with the place, for what it refuses.
    """
    if dialect not in DIALECTS:
        raise UnknownNameError("dialect", dialect, tuple(DIALECTS))
    return DIALECTS[dialect](text)


def read(text: str, dialect: str) -> list[Fragment]:
    """Read a prompt and lay it flat: its words with their weights. Raises as ``parse`` does."""
    return fragments(parse(text, dialect))
