"""The command that says a prompt in another dialect."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from promptkit.cli.output import stderr, stdout, write_json
from promptkit.cli.words import typed_text

if TYPE_CHECKING:
    from promptkit.dialects.compare import Change


@click.command()
@click.argument("text")
@click.option("--from", "source", default="a1111", show_default=True, help="The dialect that TEXT is written in.")
@click.option("--to", "target", required=True, help="The dialect that is wanted: a1111, comfyui, compel or plain.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def convert(text: str, source: str, target: str, as_json: bool) -> None:
    """Write TEXT in another dialect, and list every place where its meaning or its writing changes.

    The new text goes to stdout, the list to stderr: 'pasted' is what TEXT would mean there as it was typed, 'rewritten'
    what was written otherwise so that it means the same, 'lost' what cannot be said there.
    """
    from promptkit.dialects.convert import convert as say_in

    conversion = say_in(typed_text(text), source=source, target=target)
    if as_json:
        changes = [change.to_json() for change in conversion.changes]
        write_json("conversion", {"from": source, "to": target, "text": conversion.text, "changes": changes})
        return
    _write(conversion.text)
    if conversion.changes:
        _table(text, conversion.changes)


def _write(text: str) -> None:
    """Write the text alone: to a terminal in signs that cannot move it, to a file as it is."""
    from promptkit.terminal import safe_text

    console = stdout()
    if console.is_terminal:
        console.print(safe_text(text), soft_wrap=True)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape") + b"\n")
        sys.stdout.buffer.flush()


def _table(text: str, changes: Sequence[Change]) -> None:
    from rich import box
    from rich.table import Table

    from promptkit.cli.output import PIPED_WIDTH
    from promptkit.terminal import safe_text

    console = stderr()
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("where", "words", "kind", "what changes"):
        table.add_column(title, overflow="fold")
    for change in changes:
        line = text.count("\n", 0, change.start) + 1
        column = change.start - text.rfind("\n", 0, change.start)
        cells = (f"{line}:{column}", _shortened(change.words), str(change.kind), change.message)
        table.add_row(*(safe_text(cell) for cell in cells))
    console.print(table)


def _shortened(words: str, most: int = 40) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
