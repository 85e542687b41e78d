"""The group ``plugins``: each command's module is imported when it is used. A new command is one line here."""

from __future__ import annotations

import click

from promptkit.cli.lazy import LazyGroup

PLUGINS = {
    "check": ("promptkit.cli.plugins_check:check", "Check that what a plugin brings keeps its contract."),
    "disable": ("promptkit.cli.plugins_switch:disable", "Switch a plugin off; it stays installed."),
    "enable": ("promptkit.cli.plugins_switch:enable", "Switch a plugin on again."),
    "info": ("promptkit.cli.plugins_info:info", "Say everything about one plugin, and what it registered."),
    "install": ("promptkit.cli.plugins_install:install", "Install plugins: show what changes, ask, and try them."),
    "list": ("promptkit.cli.plugins_list:list_plugins", "List plugins: hooks, state, time to load."),
    "new": ("promptkit.cli.plugins_new:new", "Write a package for a plugin: code, tests, README, CI."),
    "uninstall": ("promptkit.cli.plugins_install:uninstall", "Uninstall a plugin."),
}
"""Name → (module:command, one line of help)."""


@click.group(cls=LazyGroup, table=PLUGINS)
def plugins() -> None:
    """List, install, check, switch off and write plugins."""
