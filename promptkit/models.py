"""From what a person writes after ``--model`` to a model: a registered name, a folder, or a hub id."""

from __future__ import annotations

import re
from pathlib import Path

from promptkit.errors import ModelError, UnknownNameError
from promptkit.names import nearest
from promptkit.records import ModelSpec
from promptkit.registry import Registry

HUB_RANKER = "clip:ViT-B-32/laion2b_s34b_b79k"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w.-]+)?")


def resolve_model(name: str, registry: Registry) -> ModelSpec:
    """Return the model of that name. ``owner/name@revision`` pins a hub model.

    Raises UnknownNameError for a name that is none of the three, ModelError for a single file of weights.
    """
    if name in registry.all("model"):
        spec: ModelSpec = registry.get("model", name)
        return spec
    path = Path(name).expanduser()
    if path.is_dir():
        return ModelSpec(name=path.resolve().name, source=str(path), ranker=HUB_RANKER)
    if path.is_file():
        raise ModelError(
            f"'{name}' is a file.", hint="Give the folder of a diffusers pipeline, a hub id, or --model embedded."
        )
    if _HUB_ID.fullmatch(name):
        source, _, revision = name.partition("@")
        return ModelSpec(name=source, source=source, revision=revision or None, ranker=HUB_RANKER)
    names = registry.names("model")
    near = nearest(name, names)
    hint = None if near else f"Use {' or '.join(names)}, a folder, or a hub id such as owner/name."
    raise UnknownNameError("model", name, near, hint=hint)
