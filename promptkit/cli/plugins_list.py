"""The command ``plugins list``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from promptkit.cli.output import show_table, warn, write_json

if TYPE_CHECKING:
    from promptkit.plugins import PluginHost, PluginRecord


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_plugins(as_json: bool) -> None:
    """List every plugin with its hooks, its state, and the time it took to load."""
    from promptkit.plugins import create_plugin_manager

    host = create_plugin_manager(tell=_later)
    records = [*host.records.values(), *without_hooks(host)]
    if as_json:
        write_json("plugins", {"plugins": [as_document(record) for record in records]})
        return
    rows = ((r.name, r.version, r.status, f"{r.seconds * 1000:.0f} ms", _what(r)) for r in records)
    show_table(("plugin", "version", "state", "load", "hooks, and what to know"), rows)
    for problem in host.problems:
        if not any(record.error and record.error in str(problem) for record in records):
            warn(f"{problem} {problem.hint or ''}".strip())


def as_document(record: PluginRecord) -> dict[str, object]:
    return {**asdict(record), "slow": record.slow}


def without_hooks(host: PluginHost) -> Iterator[PluginRecord]:
    """Yield a record for each installed distribution that brings packs or commands alone."""
    from promptkit.errors import PluginError
    from promptkit.installed.distributions import COMMANDS, PACKS, PLUGINS, distributions
    from promptkit.installed.switches import LOAD_VARIABLE, disabled_names, is_on
    from promptkit.plugins import DISABLED, OK, SKIPPED, PluginRecord

    try:
        disabled = disabled_names()
    except PluginError:
        disabled = frozenset()
    for made in distributions():
        if made.of(PLUGINS) or made.name in host.records:
            continue
        entries = [*made.of(PACKS), *made.of(COMMANDS)]
        on = any(is_on(made, entry, disabled) for entry in entries)
        off = DISABLED if not any(is_on(made, entry, disabled, environment={}) for entry in entries) else SKIPPED
        record = PluginRecord(name=made.name, version=made.version, distribution=made.name, notes=list(made.problems))
        brings = sorted({entry.group.removeprefix("promptkit.") for entry in entries})
        if not on and off == SKIPPED:
            record.notes.append(f"{LOAD_VARIABLE} leaves it out")
        yield replace(record, status=OK if on or not entries else off, hooks=tuple(brings))


def _what(record: PluginRecord) -> str:
    return "\n".join([", ".join(record.hooks)] * bool(record.hooks) + record.remarks())


def _later(_: object) -> None:
    """Tell nothing yet: the list does."""
