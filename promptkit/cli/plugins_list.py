"""The command ``plugins list``."""

from __future__ import annotations

from dataclasses import asdict

import click

from promptkit.cli.output import show_table, write_json


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_plugins(as_json: bool) -> None:
    """List every plugin with its hooks, its state, and the time it took to load."""
    from promptkit.plugins import create_plugin_manager

    records = list(create_plugin_manager().records.values())
    if as_json:
        write_json("plugins", {"plugins": [asdict(record) for record in records]})
        return
    rows = (
        (r.name, r.version, r.status, f"{r.seconds * 1000:.0f} ms", ", ".join(r.hooks) or (r.error or ""))
        for r in records
    )
    show_table(("plugin", "version", "state", "load", "hooks"), rows)
