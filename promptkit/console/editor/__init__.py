"""The line that prompts and verbs are typed on: coloured by slots as one types, completed, with a panel below."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptkit.console.bench import Bench

PLAIN_TERMS = {"dumb", "unknown"}


def line_editor(bench: Bench) -> Callable[[], str] | None:
    """Return what reads the next line; ``None`` for a terminal that cannot move its cursor."""
    if os.environ.get("TERM", "").lower() in PLAIN_TERMS:
        return None
    from promptkit.console.editor.echo import hush
    from promptkit.console.editor.session import Editor

    hush()
    return Editor(bench)
