"""The command ``plugins info``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from promptkit.cli.output import stdout, write_json
from promptkit.cli.plugins_list import as_document, without_hooks

if TYPE_CHECKING:
    from promptkit.installed.distributions import Distribution
    from promptkit.plugins import PluginRecord
    from promptkit.registry import Registry

HEADERS = {
    "summary": "summary",
    "author": "author",
    "author-email": "author",
    "license-expression": "licence",
    "license": "licence",
    "home-page": "home page",
    "project-url": "link",
    "requires-dist": "needs",
}
"""Fields of the metadata that are shown, by what they are called here."""


@click.command()
@click.argument("name")
@click.option("--trace", is_flag=True, help="The whole traceback of what went wrong.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def info(name: str, trace: bool, as_json: bool) -> None:
    """Say everything about one plugin: where it comes from, what it registered, what is wrong with it."""
    from promptkit.plugins import create_plugin_manager
    from promptkit.registry import Registry

    registry = Registry(create_plugin_manager(tell=lambda _: None))
    record = _record(name, registry)
    objects = _objects(record, registry)
    made = _distribution(record)
    about = [] if made is None else _about(made)
    problems = [*_clashes(made), *(str(problem) for problem in registry.problems if f"'{record.name}'" in str(problem))]
    if as_json:
        content = {**as_document(record), "objects": objects, "metadata": about, "problems": problems}
        write_json("plugin", content)
        return
    told = [problem for problem in problems if not (record.error and record.error in problem)]
    _show(record, [*about, *(("registers", f"{kind} {own}") for kind, own in objects)], told)
    if trace and record.trace:
        _print(record.trace)


def _record(name: str, registry: Registry) -> PluginRecord:
    """Return the record of a plugin, or of the distribution of that name. Raises UnknownNameError."""
    from promptkit.installed.distributions import canonical
    from promptkit.installed.finding import find

    records = [*registry.host.records.values(), *without_hooks(registry.host)]
    by_name = {record.name: record for record in records}
    if name in by_name:
        return by_name[name]
    made = find(name).distribution
    return next(record for record in records if canonical(record.distribution or "") == canonical(made.name))


def _distribution(record: PluginRecord) -> Distribution | None:
    from promptkit.installed.distributions import distributions

    return next((made for made in distributions() if made.name == record.distribution), None)


def _about(made: Distribution) -> list[tuple[str, str]]:
    headers = made.headers()
    told = [(title, value) for key, title in HEADERS.items() for value in headers.get(key, ()) if value]
    return [*told, ("lies in", str(made.folder.parent))]


def _objects(record: PluginRecord, registry: Registry) -> list[tuple[str, str]]:
    """Return kind and name of everything a plugin registered, under the names that a user types."""
    from promptkit.registry import KINDS

    named = [
        (kind, name) for kind in KINDS for name, registered in registry.all(kind).items() if registered.plugin is record
    ]
    packs = [
        ("style packs", str(pack.value))
        for pack in registry.registered("register_style_packs")
        if pack.plugin is record
    ]
    words = [
        ("vocabulary", words.value.name)
        for words in registry.registered("register_slot_vocabularies")
        if words.plugin is record
    ]
    return [*named, *packs, *words]


def _clashes(made: Distribution | None) -> list[str]:
    """Return what it needs of other packages and does not find."""
    from promptkit.installed.distributions import installed_versions
    from promptkit.plugins.discovery import unmet

    if made is None:
        return []
    return [f"It needs {needed}, and {needed.version} is installed." for needed in unmet(made, installed_versions())]


def _show(record: PluginRecord, about: list[tuple[str, str]], problems: list[str]) -> None:
    from promptkit.terminal import safe_text

    for title, value in _lines(record, about, problems):
        stdout().print(safe_text(f"{title:12}", "bold") + safe_text(value), soft_wrap=True)


def _lines(record: PluginRecord, about: list[tuple[str, str]], problems: list[str]) -> Iterator[tuple[str, str]]:
    yield "plugin", f"{record.name} {record.version}"
    yield "state", record.status
    if record.distribution:
        yield "package", record.distribution
    if record.entry:
        yield "entry point", record.entry
    yield "load", f"{record.seconds * 1000:.0f} ms"
    yield from (("hook", hook) for hook in record.hooks)
    yield from about
    yield from (("note", remark) for remark in record.remarks())
    if record.cure:
        yield "cure", record.cure
    if record.error:
        yield "cure", f"--trace shows where it happens; promptkit plugins disable {record.name} switches it off."
    if record.printed:
        yield "printed", record.printed.strip()[:1000]
    yield from (("problem", problem) for problem in problems)


def _print(text: str) -> None:
    from promptkit.terminal import safe_text

    stdout().print(safe_text(text), soft_wrap=True)
