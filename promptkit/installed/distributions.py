"""Installed distributions that name promptkit in their entry points, read from the files of their metadata.

``importlib.metadata`` would take twenty times as long as this to be imported alone, and stops at the first malformed
file; here a file that cannot be read costs its own distribution only. The formats: the entry points specification and
the core metadata specification of packaging.python.org.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

GROUPS = PLUGINS, COMMANDS, PACKS = "promptkit.plugins", "promptkit.commands", "promptkit.packs"
"""Entry-point groups: code with hooks, commands by their names, folders of style packs."""
MAX_BYTES = 1 << 20
_ENDINGS = (".dist-info", ".egg-info")
_VALUE = re.compile(r"([\w.]+)\s*(?::\s*([\w.]+))?\s*(?:\[[^]]*\])?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a group: a name and the object it stands for."""

    group: str
    name: str
    value: str
    """``module`` or ``module:attribute``."""

    def load(self) -> object:
        """Import the module and return the object. Raises whatever the import raises."""
        from importlib import import_module

        match = _VALUE.fullmatch(self.value.strip())
        if match is None:
            raise ImportError(f"'{self.value}' is not written as module:attribute")
        found: object = import_module(match[1])
        for part in (match[2] or "").split("."):
            found = getattr(found, part) if part else found
        return found


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """An installed package with entries for promptkit."""

    name: str
    version: str
    folder: Path
    """Where its metadata lies: ``name-1.0.dist-info``."""
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()
    """What is wrong with its metadata."""

    def of(self, group: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.group == group)

    @property
    def plugin_names(self) -> tuple[str, ...]:
        """What it can be switched off by, beside its own name: those of its plugins, where it has any."""
        return tuple(entry.name for entry in self.of(PLUGINS)) or (self.name,)

    def headers(self) -> dict[str, list[str]]:
        """Return the fields of its metadata by their names in small letters; empty where there are none to read."""
        return _headers(self.folder)

    def recorded(self) -> list[str]:
        """Return the files it installed, relative to the folder that holds ``folder``; empty where it does not say."""
        import csv

        try:
            return [row[0] for row in csv.reader(_text(self.folder / "RECORD").splitlines()) if row]
        except csv.Error:
            return []


def canonical(name: str) -> str:
    """Return a distribution's name as the packaging tools compare it: ``My_Plugin`` and ``my-plugin`` are one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_plain(name: str) -> bool:
    """Say whether a name can be typed and does nothing to a terminal: letters, digits, ``-``, ``_`` and ``.``."""
    return 0 < len(name) <= 100 and name[0].isalnum() and all(char.isalnum() or char in "-_." for char in name)


def distributions(path: Iterable[str] | None = None) -> list[Distribution]:
    """Return those with entries for promptkit, in the order of their names; of one that is there twice the first on
    the path counts, and in one folder the one that was installed last."""
    found: dict[str, Distribution] = {}
    for folder in metadata_folders(path):
        text = _text(folder / "entry_points.txt")
        if "promptkit." not in text:
            continue
        made = _distribution(folder, text)
        if not made.entries and not made.problems:
            continue
        first = found.setdefault(canonical(made.name), made)
        if first is not made and first.version != made.version:
            told = f"version {made.version} lies on the path too; uninstall it and install it again"
            found[canonical(made.name)] = replace(first, problems=(*first.problems, told))
    return [found[name] for name in sorted(found)]


def installed_versions(path: Iterable[str] | None = None) -> dict[str, str]:
    """Return the version of every installed distribution by its canonical name."""
    versions: dict[str, str] = {}
    for folder in metadata_folders(path):
        name, _, version = folder.stem.partition("-")
        versions.setdefault(canonical(name), version or _one(_headers(folder), "version"))
    return versions


def metadata_folders(path: Iterable[str] | None = None) -> Iterator[Path]:
    """Yield the folders of metadata, ``name-1.0.dist-info``, in the order of the path."""
    for place in dict.fromkeys(os.path.realpath(part or ".") for part in (sys.path if path is None else path)):
        try:
            with os.scandir(place) as entries:
                folders = [(entry.stat().st_mtime_ns, entry.path) for entry in entries if entry.name.endswith(_ENDINGS)]
        except OSError:
            continue
        yield from (Path(folder) for _, folder in sorted(folders, reverse=True))


def _distribution(folder: Path, text: str) -> Distribution:
    entries, problems = _entries(text)
    headers = _headers(folder)
    name, _, version = folder.stem.partition("-")
    if entries and not (_one(headers, "name") and _one(headers, "version")):
        problems.append("its metadata gives no name and version")
    return Distribution(
        name=_one(headers, "name") or name,
        version=_one(headers, "version") or version or "unknown",
        folder=folder,
        entries=tuple(entries),
        problems=tuple(problems),
    )


def _entries(text: str) -> tuple[list[Entry], list[str]]:
    """Return the entries of promptkit's groups, each name once a group, and what is wrong with their lines."""
    found: dict[tuple[str, str], Entry] = {}
    problems, group = [], ""
    for line in (raw.strip() for raw in text.splitlines()):
        if not line or line[0] in "#;":
            continue
        if line.startswith("["):
            group = line.strip("[] ")
            continue
        name, equals, value = (part.strip() for part in line.partition("="))
        if group not in GROUPS:
            continue
        if not equals or not name:
            problems.append(f"'{line[:80]}' in its entry points is not written as name = module:attribute")
        else:
            found.setdefault((group, name), Entry(group=group, name=name, value=value))
    return list(found.values()), problems


def _headers(folder: Path) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    name = ""
    for line in (_text(folder / "METADATA") or _text(folder / "PKG-INFO")).splitlines():
        if not line.strip():
            break
        if line[0] in " \t" and name:
            fields[name][-1] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower() if colon else ""
        if name:
            fields.setdefault(name, []).append(value.strip())
    return fields


def _one(headers: dict[str, list[str]], name: str) -> str:
    return headers.get(name, [""])[0]


def _text(file: Path) -> str:
    """Return the start of a file, characters that are no UTF-8 replaced; empty where it cannot be read."""
    try:
        with file.open("rb") as handle:
            return handle.read(MAX_BYTES).decode("utf-8", errors="replace")
    except (OSError, ValueError):
        return ""
