"""The recipe of a run: everything that is needed to make it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from promptkit import __version__
from promptkit.adapters import named
from promptkit.interfaces import Backend, Ranker, Search
from promptkit.records import Adapter, GenerationRequest, ModelSpec, Recipe

LOCAL = "local-dir:"
"""Before a checkpoint that lies in a folder, as open_clip spells it."""
PACKAGES = ("torch", "diffusers", "transformers", "open_clip_torch", "compel", "numpy", "pillow")
"""The packages whose versions decide the bits; Pillow brings the compression of PNG along."""


def recipe_of(
    model: ModelSpec,
    request: GenerationRequest,
    backend: Backend,
    ranker: Ranker | None,
    search: Search,
    *,
    text_seed: int,
    plugins: Mapping[str, str] | None = None,
) -> Recipe:
    """Return all that decides what a run comes to, before it is run. ``plugins`` are those of third parties that take
    part, with their versions."""
    second = request.variation
    return Recipe(
        prompt=request.prompt.text,
        resolved=request.prompt.resolved,
        negative=request.prompt.negative_resolved,
        phrases=tuple(phrase.to_json() for phrase in request.prompt.phrases),
        styles=request.prompt.styles,
        seed=request.seeds[0],
        candidates=len(request.seeds),
        text_seed=text_seed,
        model=model_facts(model, backend, request.adapters),
        settings=asdict(request.settings),
        environment=environment_of(backend),
        ranker=None if ranker is None else dict(ranker.describe()),
        dialect=request.prompt.dialect,
        drawn_from=request.prompt.drawn_from,
        search=dict(search.describe(request.settings.num_inference_steps or 1)),
        variation=None if second is None else {"seed": second.seeds[0], "strength": second.strength},
        plugins=dict(plugins or {}),
    )


def model_facts(model: ModelSpec, backend: Backend, adapters: Sequence[Adapter] = ()) -> dict[str, Any]:
    """Return what says which model it was; of one that lies here, without its path."""
    told = {
        "name": model.name,
        "source": model.name if Path(model.source).exists() else model.source,
        "revision": model.revision,
        "hash": backend.describe().get("hash"),
        "licence": model.licence,
    }
    return {**told, "adapters": [named(adapter) for adapter in adapters]} if adapters else told


def environment_of(backend: Backend) -> dict[str, Any]:
    """Return what decides the bits besides the model and the settings: device, precision, versions."""
    facts = {name: value for name, value in backend.describe().items() if name not in ("notes", "hash")}
    return {"promptkit": __version__, **facts, **_versions()}


@cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in PACKAGES}


def changed_facts(old: Recipe, new: Recipe) -> list[str]:
    """Return what two recipes of one run say otherwise, each as "torch was 2.8.0 and is 2.9.0"; how they are finished
    does not count."""
    before, now = (dict(_flat({**recipe.to_json(), "finish": ()})) for recipe in (old, new))
    return [
        f"{name} was {before.get(name, 'not there')} and is {now.get(name, 'not there')}"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ]


def _flat(facts: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, str]]:
    """Yield the facts in mappings in mappings, each with its names in a row; of the environment with its own alone."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, "" if name == "environment" else f"{head}{name} ")
        else:
            yield f"{head}{name}", json.dumps(value, sort_keys=True).strip('"')


def ranker_name(ranker: Any) -> str | None:
    """Return what a recipe's ranker is loaded by, ``name:checkpoint`` or ``name``; ``None`` where it names none."""
    if not isinstance(ranker, Mapping) or not isinstance(name := ranker.get("name"), str):
        return None
    model = ranker.get("model")
    return f"{name}:{model}" if isinstance(model, str) else name


def missing_folder(ranker: str) -> str | None:
    """Return the folder of a ranker's checkpoint that is not here: a recipe keeps its name and not its path."""
    _, _, model = ranker.partition(":")
    folder = model.removeprefix(LOCAL)
    return folder if folder != model and not Path(folder).is_dir() else None
