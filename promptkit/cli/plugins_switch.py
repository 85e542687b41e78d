"""The commands ``plugins enable`` and ``plugins disable``: nothing of a plugin is imported, so that they work where it
cannot be."""

from __future__ import annotations

import click

from promptkit.cli.output import say, write_json


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def disable(name: str, as_json: bool) -> None:
    """Switch a plugin off, with its commands and packs; it stays installed."""
    _switch(name, on=False, as_json=as_json)


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def enable(name: str, as_json: bool) -> None:
    """Switch a plugin on again."""
    _switch(name, on=True, as_json=as_json)


def _switch(name: str, *, on: bool, as_json: bool) -> None:
    from promptkit.errors import SettingsError, UnknownNameError
    from promptkit.installed.finding import find
    from promptkit.installed.switches import disabled_names, switch, switch_file
    from promptkit.plugins.manager import BUILTIN_PLUGINS

    if f"{name}.plugin" in BUILTIN_PLUGINS:
        raise SettingsError(f"'{name}' is a part of promptkit.", hint="Only installed plugins are switched on and off.")
    try:
        found = find(name)
        names = {*found.switches, *(found.distribution.plugin_names if on and found.plugin is None else ())}
        if on and found.plugin is not None:
            names |= {found.plugin, found.distribution.name}
    except UnknownNameError:
        if not on or name not in disabled_names():
            raise
        names = {name}
    changed = switch(names, on=on)
    if as_json:
        write_json("plugin-switch", {"name": name, "enabled": on, "changed": changed, "file": str(switch_file())})
        return
    state = "enabled" if on else "disabled"
    say(f"'{name}' is {state}." if changed else f"'{name}' was {state} already.")
