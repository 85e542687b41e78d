"""The syntaxes that people write attention weights in, one file each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from promptkit.dialects import a1111, comfyui, plain
from promptkit.dialects.fragment import Fragment
from promptkit.errors import UnknownNameError

DIALECTS: Mapping[str, Callable[[str], list[Fragment]]] = {
    "a1111": a1111.fragments,
    "comfyui": comfyui.fragments,
    "plain": plain.fragments,
}


def read(text: str, dialect: str) -> list[Fragment]:
    """Read weights in a dialect. Raises UnknownNameError for one that is not there, and PromptError for what it
    refuses."""
    if dialect not in DIALECTS:
        raise UnknownNameError("dialect", dialect, tuple(DIALECTS))
    return DIALECTS[dialect](text)
