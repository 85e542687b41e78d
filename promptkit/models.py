"""From what a person writes after ``--model`` to a model: a registered name, a folder, a file, or a hub id."""

from __future__ import annotations

import re
from pathlib import Path

from promptkit.errors import UnknownNameError
from promptkit.names import nearest
from promptkit.records import ModelSpec
from promptkit.registry import Registry

HUB_RANKER = "clip:ViT-B-32/laion2b_s34b_b79k"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w.-]+)?")


def resolve_model(name: str, registry: Registry) -> ModelSpec:
    """Return the model of that name. ``owner/name@revision`` pins a hub model.

    Raises UnknownNameError for a name that is none of the four.
    """
    if name in registry.all("model"):
        spec: ModelSpec = registry.get("model", name)
        return spec
    path = Path(name).expanduser()
    if path.is_dir():
        return ModelSpec(name=path.resolve().name, source=str(path), ranker=HUB_RANKER)
    if path.is_file():
        return ModelSpec(name=path.stem, source=str(path), ranker=HUB_RANKER)
    if _HUB_ID.fullmatch(name):
        source, _, revision = name.partition("@")
        return ModelSpec(name=source, source=source, revision=revision or None, ranker=HUB_RANKER)
    names = registry.names("model")
    near = nearest(name, names)
    hint = None if near else f"Use {' or '.join(names)}, a folder, a .safetensors file, or a hub id such as owner/name."
    raise UnknownNameError("model", name, near, hint=hint)
