"""How commands speak: consoles, JSON documents, errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from promptkit.errors import Interrupted, PromptError, PromptkitError

JSON_VERSION = 1
PIPED_WIDTH = 140


def stdout() -> Any:
    """Return the console for data; piped output is not folded at 80 columns."""
    from rich.console import Console

    console = Console(highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    return console


def stderr() -> Any:
    """Return the console for progress and errors."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False, markup=False)


def show_table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, err: bool = False) -> None:
    """Print rows under titles, on stderr where they are no data; texts are shown, never obeyed."""
    from rich import box
    from rich.table import Table

    from promptkit.terminal import safe_text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in titles:
        table.add_column(safe_text(title), overflow="fold")
    for row in rows:
        table.add_row(*(safe_text(cell) for cell in row))
    (stderr() if err else stdout()).print(table)


def write_json(kind: str, content: Mapping[str, Any]) -> None:
    """Write one versioned document, in ASCII, without colours."""
    document = {"promptkit": JSON_VERSION, "kind": kind, **content}
    sys.stdout.write(json.dumps(document, ensure_ascii=True, indent=2) + "\n")


def write_json_line(kind: str, content: Mapping[str, Any]) -> None:
    """Write one versioned document on a line of its own."""
    sys.stdout.write(json.dumps({"promptkit": JSON_VERSION, "kind": kind, **content}, ensure_ascii=True) + "\n")


def show_error(error: PromptkitError) -> None:
    """Say what happened, where, and what to type next."""
    from rich.text import Text

    from promptkit.terminal import safe_text

    console = stderr()
    head = Text("Stopped: " if isinstance(error, Interrupted) else "Error: ", "bold red")
    console.print(head + safe_text(str(error)), soft_wrap=True)
    if isinstance(error, PromptError) and error.excerpt is not None:
        console.print(safe_text(f"line {error.line}, column {error.column}"), soft_wrap=True)
        console.print(safe_text(error.excerpt), soft_wrap=True)
    if error.hint:
        console.print(safe_text(error.hint), soft_wrap=True)


def write_error(message: str, hint: str | None = None, line: int | None = None, column: int | None = None) -> None:
    """Write an error as the one document of a command that was asked for JSON, on one line."""
    write_json_line("error", {"message": message, "hint": hint, "line": line, "column": column})


def say(message: str) -> None:
    """Say on stderr how far a command is."""
    from promptkit.terminal import safe_text

    stderr().print(safe_text(message), soft_wrap=True)


def warn(message: str) -> None:
    """Say something on stderr that does not stop the command."""
    from promptkit.terminal import safe_text

    stderr().print(safe_text(message, "yellow"), soft_wrap=True)
