"""Plain text: every character means itself."""

from __future__ import annotations

from promptkit.dialects.fragment import check_size
from promptkit.dialects.nodes import Nodes, words


def parse(text: str) -> Nodes:
    """Return the whole text at weight 1. Raises PromptError over 32 KiB."""
    check_size(text)
    return (words(text),) if text else ()
