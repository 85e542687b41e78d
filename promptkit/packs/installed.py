"""Style packs that packages bring, found through their metadata; nothing of a package is ever imported.

A package names the folder of its YAML files in the entry point group ``promptkit.packs``: ``night = "promptkit_night"``
or ``"promptkit_night.packs"`` for a folder inside. What was installed is listed in its metadata; where it is not (an
editable install), the import system is asked for the top-level folder, which runs nothing for a top-level name.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from promptkit.errors import PackError, PluginError
from promptkit.installed.distributions import PACKS, Distribution, Entry, distributions
from promptkit.installed.switches import disabled_names, is_on


def installed_packs() -> tuple[list[Path], list[PackError]]:
    """Return the pack files of installed packages, in the order of the packages' names, and what is wrong with those
    that promise packs and bring none."""
    files: list[Path] = []
    problems: list[PackError] = []
    for distribution, entry in _entries():
        found = sorted(pack_files_of(distribution, entry.value))
        files += found
        if not found:
            problems.append(
                PackError(
                    f"the package '{distribution.name}' promises style packs in '{entry.value}', and there are none",
                    hint=f"Ask its author, or uninstall it: python -m pip uninstall {distribution.name}",
                )
            )
    return list(dict.fromkeys(files)), problems


def _entries() -> Iterator[tuple[Distribution, Entry]]:
    """Yield the entries of the group that are not switched off; switches that cannot be read are told where plugins
    are loaded."""
    try:
        disabled = disabled_names()
    except PluginError:
        disabled = frozenset()
    for distribution in distributions():
        for entry in sorted(distribution.of(PACKS), key=lambda entry: entry.name):
            if is_on(distribution, entry, disabled, environment={}):
                yield distribution, entry


def pack_files_of(distribution: Distribution, module: str) -> list[Path]:
    """Return the pack files in a folder of a distribution, ``module`` being its name with dots."""
    parts = tuple(module.split("."))
    if not all(part.isidentifier() for part in parts):
        return []
    return list(_recorded(distribution, parts)) or list(_in_place(parts))


def _recorded(distribution: Distribution, parts: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files that the metadata lists in the folder; links that lead out of it are left out."""
    root = distribution.folder.parent
    for file in distribution.recorded():
        path = PurePosixPath(file)
        if path.parent.parts == parts and path.suffix == ".yaml":
            found = root / path
            if found.parent.resolve().is_relative_to(root.resolve() / parts[0]) and found.exists():
                yield found


def _in_place(parts: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files in the folder of a package that is used where it lies."""
    try:
        spec = find_spec(parts[0])
    except (ImportError, ValueError):
        return
    for root in (spec and spec.submodule_search_locations) or ():
        folder = Path(root, *parts[1:])
        if folder.resolve().is_relative_to(Path(root).resolve()):
            yield from sorted(folder.glob("*.yaml"))
