"""The group ``plugins``: each command's module is imported when it is used. A new command is one line here."""

from __future__ import annotations

import click

from promptkit.cli.lazy import LazyGroup

PLUGINS = {
    "list": ("promptkit.cli.plugins_list:list_plugins", "List plugins: hooks, state, time to load."),
}
"""Name → (module:command, one line of help)."""


@click.group(cls=LazyGroup, table=PLUGINS)
def plugins() -> None:
    """List, install, check, switch off and write plugins."""
