"""The syntaxes that people write prompts in, one file each; all of them are read into the same nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from promptkit.dialects import a1111, comfyui, compel, plain
from promptkit.dialects.fragment import Fragment, fragments
from promptkit.dialects.nodes import Nodes, render
from promptkit.errors import PromptError, UnknownNameError
from promptkit.names import nearest

DIALECTS: Mapping[str, Callable[[str], Nodes]] = {
    "a1111": a1111.parse,
    "comfyui": comfyui.parse,
    "compel": compel.parse,
    "plain": plain.parse,
}

__all__ = ["DIALECTS", "check_dialect", "parse", "read", "render"]


def parse(text: str, dialect: str) -> Nodes:
    """Read a prompt into nodes; ``render`` gives back every character of it.

    Raises UnknownNameError for a dialect that is not there, and PromptError for what is no text and, with the
    place, for what it refuses.
    """
    check_dialect(dialect)
    if not isinstance(text, str):
        raise PromptError(f"A prompt is a text, not {type(text).__name__}.", hint='Say it as one: "a red lighthouse".')
    return DIALECTS[dialect](text)


def check_dialect(name: str) -> None:
    """Raise UnknownNameError for a dialect that is not there; it suggests near names, or lists all."""
    if name not in DIALECTS:
        near = nearest(name, DIALECTS)
        raise UnknownNameError("dialect", name, near, hint=None if near else f"There are: {', '.join(DIALECTS)}.")


def read(text: str, dialect: str) -> list[Fragment]:
    """Read a prompt and lay it flat: its words with their weights. Raises as ``parse`` does."""
    return fragments(parse(text, dialect))
