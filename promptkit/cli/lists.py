"""Commands that list what there is: styles, samplers, models, plugins, wildcards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promptkit.cli.output import stdout, warn, write_json
from promptkit.cli.templates import FOLDER

if TYPE_CHECKING:
    from promptkit.templates.wildcards import Wildcards


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table

    from promptkit.terminal import safe_text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(safe_text(cell) for cell in row))
    stdout().print(table)


@click.group()
def styles() -> None:
    """List and show styles."""


@styles.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_styles(as_json: bool) -> None:
    """List every style of every pack."""
    from promptkit.cli.library import style_library
    from promptkit.registry import Registry

    found = style_library(Registry()).styles()
    if as_json:
        write_json("styles", {"styles": [{"style": s.id, "title": s.title, "summary": s.summary} for s in found]})
        return
    _table(("style", "what it does"), ((style.id, style.summary) for style in found))


@styles.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def show_style(name: str, as_json: bool) -> None:
    """Show what one style adds, slot by slot."""
    from promptkit.cli.library import style_library
    from promptkit.registry import Registry

    style = style_library(Registry()).get(name)
    if as_json:
        write_json("style", {"style": asdict(style)})
        return
    rows = [("title", style.title), ("summary", style.summary), ("subject", style.subject or "as typed")]
    rows += [(slot, ", ".join(text.text for text in texts)) for slot, texts in style.slots.items()]
    rows += [("not", ", ".join(style.negative))]
    rows += [(f"{{{choice}}}", " | ".join(values)) for choice, values in style.choices.items()]
    rows += [(key, str(value)) for key, value in style.settings.items()]
    _table((style.id, ""), [row for row in rows if row[1]])


@styles.command("folder")
def styles_folder() -> None:
    """Print the folder whose packs are your own."""
    from promptkit.packs.library import user_folder

    click.echo(str(user_folder()))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def samplers(as_json: bool) -> None:
    """List samplers, the names they go by, and where they come from."""
    from promptkit.registry import Registry

    found = [registered.value for registered in Registry().all("sampler").values()]
    if as_json:
        write_json("samplers", {"samplers": [{**asdict(spec), "config": dict(spec.config)} for spec in found]})
        return
    _table(
        ("sampler", "also called", "what it is", "source"),
        ((s.name, ", ".join(s.aliases), s.summary, s.source) for s in found),
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def models(as_json: bool) -> None:
    """List models by their short names; a folder or a hub id works too."""
    from promptkit.registry import Registry

    found = [registered.value for registered in Registry().all("model").values()]
    if as_json:
        keys = ("name", "source", "revision", "licence", "summary", "ranker")
        write_json("models", {"models": [{key: getattr(spec, key) for key in keys} for spec in found]})
        return
    _table(("model", "licence", "what it is"), ((spec.name, spec.licence or "", spec.summary) for spec in found))


@click.group()
def plugins() -> None:
    """List plugins."""


@plugins.command("list")
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
    _table(("plugin", "version", "state", "load", "hooks"), rows)


@click.group()
def wildcards() -> None:
    """List the lists that __name__ means in a template."""


@wildcards.command("list")
@click.option("--wildcards", "folders", multiple=True, type=FOLDER, help="A folder of lists; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_wildcards(folders: tuple[Path, ...], as_json: bool) -> None:
    """List every wildcard: your own first, then the choices of style packs."""
    from promptkit.cli.library import style_library
    from promptkit.registry import Registry
    from promptkit.templates.wildcards import installed_wildcards

    found = installed_wildcards(style_library(Registry()), folders)
    rows = list(_entries(found))
    for problem in found.problems:
        warn(f"{problem} {problem.hint or ''} This file is left out.")
    if as_json:
        write_json("wildcards", {"wildcards": [{"name": name, "entries": texts} for name, texts in rows]})
        return
    _table(("wildcard", "entries", "such as"), ((f"__{n}__", str(len(t)), " | ".join(t[:3])) for n, t in rows))


def _entries(found: Wildcards) -> Iterator[tuple[str, Sequence[str]]]:
    from promptkit.errors import WildcardError

    for name in found.names():
        try:
            lists = found.get(name)
        except WildcardError as error:
            found.problems.append(error)
            continue
        yield name, [line.text for entries in lists for line in entries.lines]


@wildcards.command("folder")
def wildcards_folder() -> None:
    """Print the folder whose lists are your own."""
    from promptkit.templates.wildcards import wildcards_folder as folder

    click.echo(str(folder()))
