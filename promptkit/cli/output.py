"""How commands speak: consoles, JSON documents, errors."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit.errors import Interrupted, PromptError, PromptkitError

if TYPE_CHECKING:
    from rich.text import Text

JSON_VERSION = 1
PIPED_WIDTH = 140
GAP = 3
"""Cells between two columns of a table."""
INDENT = 4


def stdout() -> Any:
    """Return the console for data; piped output is as wide as COLUMNS says, and not folded at 80 where it is unset."""
    from rich.console import Console

    console = Console(highlight=False, emoji=False, markup=False)
    if not console.is_terminal and not os.environ.get("COLUMNS", "").isdecimal():
        console.width = PIPED_WIDTH
    return console


def stderr() -> Any:
    """Return the console for progress and errors."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False, markup=False)


def show_table(titles: Sequence[str], rows: Iterable[Sequence[str | Text]], *, err: bool = False) -> None:
    """Print rows under titles, on stderr where they are no data; texts are shown, never obeyed. A ``Text`` has gone
    through ``safe_text`` before.

    No name is broken: where the columns do not fit beside each other on a terminal, each row's cells stand below its
    first; piped, the lines become longer.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from promptkit.terminal import safe_text

    console = stderr() if err else stdout()
    heads = [safe_text(title) for title in titles]
    cells = [[cell if isinstance(cell, Text) else safe_text(cell) for cell in row] for row in rows]
    columns = [[text.plain for text in column] for column in zip(heads, *cells, strict=True)]
    gaps = GAP * (len(heads) - 1)
    least = _least(columns, console.width - gaps)
    if sum(least) + gaps > console.width and console.is_terminal:
        _show_below(console, heads, cells)
        return
    console.width = max(console.width, sum(least) + gaps)
    widths = _widths(columns, least, console.width - gaps)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for head, width in zip(heads, widths, strict=True):
        table.add_column(head, overflow="fold", width=width)
    for row in cells:
        table.add_row(*row)
    console.print(table)


def table_room(columns: int) -> int:
    """Return how many cells the columns of a table on stdout have together."""
    return int(stdout().width) - GAP * (columns - 1)


def _least(columns: Sequence[Sequence[str]], room: int) -> list[int]:
    """Return how wide columns of texts must be, in terminal cells: the first as its texts are, any other as its longest
    word, of which half the room counts."""
    from rich.cells import cell_len

    longest = [max(cell_len(word) for text in column for word in (text.split() or [""])) for column in columns[1:]]
    return [max(map(cell_len, columns[0])), *(max(1, min(word, room // 2)) for word in longest)]


def _widths(columns: Sequence[Sequence[str]], least: Sequence[int], room: int) -> list[int]:
    """Return widths for columns of texts that fill no more than ``room``; the widest gives way first."""
    from rich.cells import cell_len

    widths = [max(low, *map(cell_len, column)) for low, column in zip(least, columns, strict=True)]
    while sum(widths) > room:
        widest = max((at for at, width in enumerate(widths) if width > least[at]), key=widths.__getitem__)
        widths[widest] -= 1
    return widths


def _show_below(console: Any, heads: Sequence[Text], rows: Sequence[Sequence[Text]]) -> None:
    """Print each row as its first cell, and indented below it the others, each after its title."""
    from rich.padding import Padding
    from rich.text import Text

    for first, *others in rows:
        console.print(Text.assemble((first.plain, "bold")), soft_wrap=True)
        for head, text in zip(heads[1:], others, strict=True):
            if text.plain:
                said = Text.assemble(head, ": ", text) if head.plain else text
                console.print(Padding(said, (0, 0, 0, INDENT)), overflow="fold")


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
    head = Text(_head(error), "bold red")
    _print_line(console, head + safe_text(str(error)))
    if isinstance(error, PromptError) and error.excerpt is not None:
        console.print(safe_text(f"line {error.line}, column {error.column}"), soft_wrap=True)
        console.print(safe_text(error.excerpt), soft_wrap=True)
    if error.hint:
        _print_line(console, safe_text(error.hint))


def _print_line(console: Any, text: Text) -> None:
    """Print a line, broken between words on a terminal, which would break it inside of one; piped it stays whole, as
    words that are longer than a line do everywhere."""
    for line in text.split("\n", allow_blank=True):
        parts = line.divide(_breaks(line.plain, console.width)) if console.is_terminal else [line]
        for part in parts:
            part.rstrip()
            console.print(part, soft_wrap=True)


def _breaks(line: str, width: int) -> list[int]:
    """Return where the words begin that no longer fit on a line of so many terminal cells."""
    from rich.cells import cell_len

    breaks, at = list[int](), 0
    for word in re.finditer(r"\s*\S+\s*", line):
        if at and at + cell_len(word[0].rstrip()) > width:
            breaks.append(word.start())
            at = 0
        at += cell_len(word[0])
    return breaks


def _head(error: PromptkitError) -> str:
    """What an error begins with; a run that was stopped before anything was finished says so itself."""
    if not isinstance(error, Interrupted):
        return "Error: "
    return "" if error.result is None else "Stopped: "


def write_error(message: str, hint: str | None = None, line: int | None = None, column: int | None = None) -> None:
    """Write an error as the one document of a command that was asked for JSON, on one line."""
    write_json_line("error", {"message": message, "hint": hint, "line": line, "column": column})


def say(message: str) -> None:
    """Say on stderr how far a command is."""
    from promptkit.terminal import safe_text

    _print_line(stderr(), safe_text(message))


def warn(message: str) -> None:
    """Say something on stderr that does not stop the command."""
    from promptkit.terminal import safe_text

    _print_line(stderr(), safe_text(message, "yellow"))
