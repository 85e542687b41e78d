"""Commands that list what there is: samplers, models, plugins, wildcards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli.output import show_table, warn, write_json
from promptkit.cli.templates import FOLDER

if TYPE_CHECKING:
    from promptkit.records import ModelSpec
    from promptkit.templates.wildcards import Wildcards

ANY_OTHER = "any other model"
"""What a folder, a file and a hub id are called in a list of names."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def samplers(as_json: bool) -> None:
    """List samplers, the names they go by, and where they come from."""
    from promptkit.registry import Registry

    found = [registered.value for registered in Registry().all("sampler").values()]
    if as_json:
        write_json("samplers", {"samplers": [{**asdict(spec), "config": dict(spec.config)} for spec in found]})
        return
    show_table(
        ("sampler", "also called", "what it is", "source"),
        ((s.name, ", ".join(s.aliases), s.summary, s.source) for s in found),
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def searches(as_json: bool) -> None:
    """List searches: ways to spend candidates, and what they need of a model."""
    from promptkit.registry import Registry

    found = [(registered.value, registered.value.plan()) for registered in Registry().all("search").values()]
    rows = [
        (s.name, s.summary, [*sorted(plan.needs), *(["a ranker"] if plan.needs_ranker else [])]) for s, plan in found
    ]
    if as_json:
        keys = ("name", "summary", "needs")
        write_json("searches", {"searches": [dict(zip(keys, row, strict=True)) for row in rows]})
        return
    show_table(("search", "what it is", "needs"), ((name, summary, ", ".join(needs)) for name, summary, needs in rows))


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
    show_table(("model", "licence", "what it is"), ((spec.name, spec.licence or "", spec.summary) for spec in found))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def rankers(as_json: bool) -> None:
    """List rankers, how their checkpoints are spelled, and the models that use them by default."""
    from promptkit.registry import Registry

    registry = Registry()
    used = default_rankers([registered.value for registered in registry.all("model").values()])
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "summary": getattr(registered.value, "summary", ""),
            "checkpoints": getattr(registered.value, "checkpoints", None),
            "default_of": used.get(name, {}),
            "plugin": registered.plugin.name,
        }
        for name, registered in registry.all("ranker").items()
    ]
    if as_json:
        write_json("rankers", {"rankers": found})
        return
    defaults = ("; ".join(f"{model}: {ranker}" for model, ranker in entry["default_of"].items()) for entry in found)
    rows = [
        (r["name"], r["summary"], r["checkpoints"] or "", default) for r, default in zip(found, defaults, strict=True)
    ]
    show_table(("ranker", "what it says", "checkpoints", "default of"), rows)


def default_rankers(models: Sequence[ModelSpec]) -> dict[str, dict[str, str]]:
    """Return for each ranker the models that use it by default, each with the ranker as ``--ranker`` has it."""
    from promptkit.models import HUB_RANKER

    used: dict[str, dict[str, str]] = {}
    for model, ranker in [*((spec.name, spec.ranker) for spec in models), (ANY_OTHER, HUB_RANKER)]:
        used.setdefault(ranker.partition(":")[0], {})[model] = ranker
    return used


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
    show_table(("plugin", "version", "state", "load", "hooks"), rows)


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
    show_table(("wildcard", "entries", "such as"), ((f"__{n}__", str(len(t)), " | ".join(t[:3])) for n, t in rows))


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
