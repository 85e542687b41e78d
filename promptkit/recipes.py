"""The recipe of a run: everything that is needed to make it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from promptkit import __version__
from promptkit.adapters import named
from promptkit.interfaces import Backend, Ranker, Search
from promptkit.records import Adapter, GenerationRequest, ModelSpec, Recipe

PACKAGES = ("torch", "diffusers", "transformers", "open_clip_torch", "compel")
"""The packages whose versions decide the bits."""


def recipe_of(
    model: ModelSpec,
    request: GenerationRequest,
    backend: Backend,
    ranker: Ranker | None,
    search: Search,
    *,
    text_seed: int,
) -> Recipe:
    """Return all that decides what a run comes to, before it is run."""
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
