"""A journal of runs: every run that ends adds a line to a file, and ``promptkit journal`` reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptkit import Recipe, hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click


@hookimpl
def run_finished(recipe: Recipe) -> None:
    from promptkit_journal.file import add

    add(recipe)


@hookimpl
def register_commands() -> Sequence[click.Command]:
    from promptkit_journal.command import journal

    return [journal]
