"""From what a person writes after ``--model`` to a model: a registered name, a folder, a file, or a hub id."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from promptkit.errors import SettingsError, UnknownNameError
from promptkit.names import nearest, shortened
from promptkit.records import HUB_RANKER, ModelSpec
from promptkit.registry import Registry

_PATHS = ("./", "../", "/", "~")
"""What a path begins with, and a hub id never."""
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w.-]+)?")


def resolve_model(name: str, registry: Registry) -> ModelSpec:
    """Return the model of that name. ``owner/name@revision`` pins a hub model; one that is registered under a short
    name has its settings.

    Raises UnknownNameError for a name that is none of the four, SettingsError for a path where nothing lies.
    """
    if registry.has("model", name):
        spec: ModelSpec = registry.get("model", name)
        return spec
    path = _lying(name)
    if path is not None and path.is_dir():
        return ModelSpec(name=path.resolve().name, source=str(path), ranker=HUB_RANKER)
    if path is not None and path.is_file():
        return ModelSpec(name=path.stem, source=str(path), ranker=HUB_RANKER)
    if name.startswith(_PATHS) or "\\" in name:
        raise SettingsError(
            f"There is no folder or file '{shortened(name)}'.",
            hint="Check the path; or give a hub id, owner/name, or a name that promptkit models lists.",
        )
    if HUB_ID.fullmatch(name):
        source, _, revision = name.partition("@")
        known = [registered.value for registered in registry.all("model").values() if registered.value.source == source]
        if known:
            return replace(known[0], revision=revision or known[0].revision)
        return ModelSpec(name=source, source=source, revision=revision or None, ranker=HUB_RANKER)
    names = registry.names("model")
    near = nearest(name, names)
    hint = None if near else f"Use one of {', '.join(names)}; or a folder, a .safetensors file, a hub id: owner/name."
    raise UnknownNameError("model", name, near, hint=hint)


def _lying(name: str) -> Path | None:
    """Return the path of what lies under that name; ``None`` where nothing does, or the system takes no such name."""
    try:
        path = Path(name).expanduser()
        return path if name and path.exists() else None
    except (OSError, RuntimeError):
        return None
