"""The group ``styles``: each command's module is imported when it is used. A new command is one line here."""

from __future__ import annotations

import click

from promptkit.cli.lazy import LazyGroup

STYLES = {
    "check": ("promptkit.cli.styles_check:check", "Say everything that is wrong with pack files, and the cure."),
    "export": ("promptkit.cli.styles_exchange:export_styles", "Write styles as A1111 or Fooocus keep them."),
    "extract": ("promptkit.cli.styles_exchange:extract", "Take imported styles out of a prompt again."),
    "folder": ("promptkit.cli.styles_write:folder", "Print the folder whose packs are your own."),
    "import": ("promptkit.cli.styles_exchange:import_styles", "Write a pack of styles that another tool keeps."),
    "list": ("promptkit.cli.styles_show:list_styles", "List every style of every pack."),
    "new": ("promptkit.cli.styles_write:new", "Write a pack that explains itself, to begin with."),
    "preview": ("promptkit.cli.styles_preview:preview", "Draw a contact sheet of styles on one subject and seed."),
    "schema": ("promptkit.cli.styles_write:schema", "Print the JSON Schema of pack files, for editors."),
    "search": ("promptkit.cli.styles_show:search", "Find styles by words, near spellings too."),
    "show": ("promptkit.cli.styles_show:show_style", "Show what one style adds, slot by slot."),
}
"""Name → (module:command, one line of help)."""


@click.group(cls=LazyGroup, table=STYLES)
def styles() -> None:
    """List, find, check and write styles."""
