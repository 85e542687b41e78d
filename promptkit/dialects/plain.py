"""Plain text: every character means itself."""

from __future__ import annotations

from promptkit.dialects.fragment import Fragment, check_size


def fragments(text: str) -> list[Fragment]:
    """Return the whole text at weight 1. Raises PromptError over 32 KiB."""
    check_size(text)
    return [Fragment(text=text, weight=1.0, start=0, end=len(text))] if text else []
