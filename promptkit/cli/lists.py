"""Commands that list what there is: samplers, searches, models, rankers, wildcards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli.output import show_table, stdout, warn, write_json
from promptkit.cli.templates import FOLDER

if TYPE_CHECKING:
    from promptkit.records import ModelSpec, SamplerSpec
    from promptkit.registry import Registered, Registry
    from promptkit.templates.wildcards import Wildcards

WIDE = 120
"""Columns from which on a terminal has room for sources."""
ANY_OTHER = "any other model"
"""What a folder, a file and a hub id are called in a list of names."""


@click.command()
@click.option("--model", "model_name", help="List those that suit this model: embedded, or a folder.")
@click.option("--all", "everything", is_flag=True, help="Every name, with schedule types and for flows alone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def samplers(model_name: str | None, everything: bool, as_json: bool) -> None:
    """List samplers, what they are for, and the names they go by.

    A schedule type can follow a name: dpmpp_2m_karras, "DPM++ 2M Karras".
    """
    from promptkit.registry import Registry

    registry = Registry()
    everyone = registry.all("sampler")
    found = [registered.value for registered in everyone.values()]
    if model_name is not None:
        found = _suiting(model_name, registry, found)
    if not everything and not as_json:
        found = _short(found)
    named = [(name, registered) for name, registered in everyone.items() if registered.value in found]
    if as_json:
        write_json(
            "samplers",
            {"samplers": [{**asdict(r.value), **_told(n, r), "config": dict(r.value.config)} for n, r in named]},
        )
        return
    titles, rows = _sampler_table([replace(r.value, name=name) for name, r in named], wide=stdout().width >= WIDE)
    _show(titles, rows, [registered for _, registered in named])


def _told(name: str, registered: Registered) -> dict[str, str]:
    """Return the name that a user types, and the plugin that brought it."""
    return {"name": name, "plugin": registered.plugin.name}


def _needs(registry: Registry, registered: Registered) -> list[str] | None:
    """Return what a search needs; ``None``, and a problem, where its plugin cannot tell."""
    from promptkit.blame import Used, blaming
    from promptkit.errors import PluginError

    try:
        with blaming([Used("search", registered)], strict=registry.host.strict):
            plan = registered.value.plan()
            return [*sorted(plan.needs), *(["a ranker"] if plan.needs_ranker else [])]
    except PluginError as error:
        registry.host.problem(error)
        return None


def _show(titles: Sequence[str], rows: Iterable[Sequence[str]], found: Iterable[Registered]) -> None:
    """Print a table; a column says which plugin brought a row, where one is not built in."""
    owners = ["" if registered.plugin.builtin else registered.plugin.name for registered in found]
    if any(owners):
        titles, rows = [*titles, "plugin"], [[*row, owner] for row, owner in zip(rows, owners, strict=True)]
    show_table(titles, rows)


def _suiting(model_name: str, registry: Registry, specs: Sequence[SamplerSpec]) -> list[SamplerSpec]:
    """Return the samplers that suit a model, by its own scheduler; nothing is loaded. Raises SettingsError where that
    cannot be told."""
    from promptkit.backends.limits import scheduler_config
    from promptkit.backends.samplers import suiting
    from promptkit.errors import SettingsError
    from promptkit.models import resolve_model

    model = resolve_model(model_name, registry)
    folder = Path(model.source).expanduser()
    own = scheduler_config(folder) if folder.is_dir() else None
    if own is None:
        raise SettingsError(
            f"What suits '{model_name}' cannot be told before it is loaded: there is no folder with its scheduler.",
            hint="Give embedded or a pipeline's folder; generate says what suits where a sampler does not.",
        )
    return list(suiting(*own, specs))


def _short(specs: Sequence[SamplerSpec]) -> list[SamplerSpec]:
    """Leave out names with a schedule type, and those for flows alone that have a shorter one."""
    from promptkit.backends.samplers import SAMPLERS, expanded

    names = {spec.name for spec in SAMPLERS}
    hidden = {spec.name for spec in expanded() if spec.name not in names or spec.name.startswith("flow_")}
    return [spec for spec in specs if spec.name not in hidden]


def _sampler_table(specs: Sequence[SamplerSpec], *, wide: bool) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Return titles and rows; a narrow terminal gets no aliases and no sources."""
    titles = ["sampler", "for", "order", "calls", "noise", "what it is"] + (["also called", "source"] if wide else [])
    rows: list[Sequence[str]] = []
    for spec in specs:
        facts = [
            spec.name,
            " ".join(spec.suits),
            str(spec.order or ""),
            str(spec.evaluations),
            "yes" if spec.noise else "",
            spec.summary,
        ]
        rows.append([*facts, *([_names(spec), spec.source] if wide else [])])
    return titles, rows


def _names(spec: SamplerSpec) -> str:
    """Return what other programs call a sampler, without the classes of diffusers."""
    return ", ".join(alias for alias in spec.aliases if not alias.endswith("Scheduler"))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def searches(as_json: bool) -> None:
    """List searches: ways to spend candidates, and what they need of a model."""
    from promptkit.registry import Registry

    registry = Registry()
    needed = {name: _needs(registry, registered) for name, registered in registry.all("search").items()}
    found = {name: registry.find("search", name) for name, needs in needed.items() if needs is not None}
    rows = [(name, getattr(registered.value, "summary", ""), needed[name] or []) for name, registered in found.items()]
    if as_json:
        keys = ("name", "summary", "needs")
        told = zip(rows, found.items(), strict=True)
        write_json(
            "searches", {"searches": [{**dict(zip(keys, row, strict=True)), **_told(*own)} for row, own in told]}
        )
        return
    table = [(name, summary, ", ".join(needs)) for name, summary, needs in rows]
    _show(("search", "what it is", "needs"), table, found.values())


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def models(as_json: bool) -> None:
    """List models by their short names, with what they need and like; a folder, a file or a hub id works too."""
    from promptkit.machine import this_machine
    from promptkit.registry import Registry

    found = Registry().all("model")
    machine = this_machine()
    if as_json:
        keys = ("name", "source", "revision", "licence", "gated", "memory_gib", "summary", "ranker")
        write_json(
            "models",
            {
                "models": [
                    {key: getattr(registered.value, key) for key in keys}
                    | {"settings": asdict(registered.value.settings), "lacks": machine.lacks(registered.value)}
                    | _told(name, registered)
                    for name, registered in found.items()
                ],
                "machine": asdict(machine),
            },
        )
        return
    titles = ("model", "what it is", "licence", "GiB", "settings", "here", "source")
    specs = [replace(registered.value, name=name) for name, registered in found.items()]
    rows = [[*_model_row(spec), machine.lacks(spec) or "fits", _source(spec)] for spec in specs]
    _show(titles, rows, found.values())


def _model_row(spec: ModelSpec) -> tuple[str, ...]:
    own = spec.settings
    size = f"{own.width}×{own.height}, " if own.width and own.height else ""
    steps = "1 step" if own.num_inference_steps == 1 else f"{own.num_inference_steps} steps"
    settings = f"{size}{steps}, guidance {own.guidance_scale:g}" if own.num_inference_steps else ""
    memory = "" if spec.memory_gib is None else f"{spec.memory_gib:g}"
    return spec.name, spec.summary, spec.licence or "", memory, settings


def _source(spec: ModelSpec) -> str:
    if Path(spec.source).exists():
        return "in the package" if spec.name == "embedded" else spec.source
    return f"{spec.source} (asks you to accept its licence)" if spec.gated else spec.source


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def rankers(as_json: bool) -> None:
    """List rankers, how their checkpoints are spelled, and the models that use them by default."""
    from promptkit.registry import Registry

    registry = Registry()
    everyone = registry.all("ranker")
    used = default_rankers([registered.value for registered in registry.all("model").values()])
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "summary": getattr(registered.value, "summary", ""),
            "checkpoints": getattr(registered.value, "checkpoints", None),
            "default_of": used.get(name, {}),
            "plugin": registered.plugin.name,
        }
        for name, registered in everyone.items()
    ]
    if as_json:
        write_json("rankers", {"rankers": found})
        return
    defaults = ("; ".join(f"{model}: {ranker}" for model, ranker in entry["default_of"].items()) for entry in found)
    rows = [
        (r["name"], r["summary"], r["checkpoints"] or "", default) for r, default in zip(found, defaults, strict=True)
    ]
    _show(("ranker", "what it says", "checkpoints", "default of"), rows, everyone.values())


def default_rankers(models: Sequence[ModelSpec]) -> dict[str, dict[str, str]]:
    """Return for each ranker the models that use it by default, each with the ranker as ``--ranker`` has it."""
    from promptkit.records import HUB_RANKER

    used: dict[str, dict[str, str]] = {}
    own = [(spec.name, spec.ranker) for spec in models if spec.ranker != HUB_RANKER]
    for model, ranker in [*own, (ANY_OTHER, HUB_RANKER)]:
        used.setdefault(ranker.partition(":")[0], {})[model] = ranker
    return used


@click.group()
def wildcards() -> None:
    """List the lists that __name__ means in a template."""


@wildcards.command("list")
@click.option("--wildcards", "folders", multiple=True, type=FOLDER, help="A folder of lists; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_wildcards(folders: tuple[Path, ...], as_json: bool) -> None:
    """List every wildcard: your own first, then the choices of style packs."""
    from promptkit.cli.packs import style_library
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
