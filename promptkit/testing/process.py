"""What ``plugins check`` checks, and the process that does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from promptkit.errors import PluginError, SettingsError, UnknownNameError
from promptkit.installed.distributions import COMMANDS, GROUPS, PACKS, PLUGINS, Distribution, Entry
from promptkit.installed.finding import find
from promptkit.packs.installed import pack_files_of
from promptkit.plugins import BUILTIN_PLUGINS
from promptkit.testing.drawn import strategies
from promptkit.testing.job import Job

PROJECT_FILE = "pyproject.toml"
SOURCES = "Name the folder of a plugin's sources, or an installed plugin; promptkit plugins new writes one."
STDERR = 2
"""The descriptor: what plugins print stands beside the data, not in it."""


def find_job(target: str) -> Job:
    """Return what a folder with a pyproject.toml, or an installed plugin, brings; nothing of it is imported.

    Raises SettingsError for a folder without a project, PluginError for one that names no entry points, and
    UnknownNameError for a name that is not installed.
    """
    folder = Path(target)
    if folder.is_dir() and (os.sep in target or target in (os.curdir, os.pardir) or (folder / PROJECT_FILE).exists()):
        return _of_folder(folder.resolve())
    if target in (dotted.rpartition(".")[0] for dotted in BUILTIN_PLUGINS):
        dotted = f"{target}.plugin"
        return Job(name=target, version="built in", entries=(Entry(group=PLUGINS, name=target, value=dotted),))
    try:
        found = find(target)
    except UnknownNameError:
        if not folder.is_dir():
            raise
        hint = f"For the folder of that name that lies here, type .{os.sep}{target}"
        raise UnknownNameError("installed plugin", target, hint=hint) from None
    return _of_distribution(found.distribution, found.plugin)


def run_job(job: Job, seconds: int) -> list[dict[str, Any]]:
    """Run a job in a process of its own, in an empty folder; return its reports. Raises PluginError when the process
    does not come to its end, or hypothesis is missing."""
    strategies()
    with TemporaryDirectory(prefix="promptkit-check-") as folder:
        asked, answer, progress = (Path(folder, name) for name in ("job.json", "reports.json", "progress.txt"))
        asked.write_text(json.dumps(job.to_json()), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "promptkit.testing.job", *map(str, (asked, answer, progress))]
        try:
            with _held_stdin() as stdin:
                done = subprocess.run(  # noqa: S603
                    command, cwd=folder, timeout=seconds, check=False, stdout=STDERR, stdin=stdin
                )
        except subprocess.TimeoutExpired:
            subject = progress.read_text(encoding="utf-8") if progress.exists() else f"'{job.name}'"
            raise PluginError(
                f"It was stopped after {seconds} second{'s' * (seconds != 1)} while checking {subject}.",
                hint=f"That may hang, or need longer: --timeout {2 * seconds}",
            ) from None
        if not answer.exists():
            raise PluginError(
                f"The process that checked '{job.name}' ended with {done.returncode} before it was done.",
                hint="What it wrote stands above; code that ends the process belongs into no plugin.",
            )
        reports: list[dict[str, Any]] = json.loads(answer.read_text(encoding="utf-8"))
        return reports


@contextmanager
def _held_stdin() -> Iterator[int]:
    """Give a process a stdin that ends when this process does, however that ends."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


def _of_distribution(distribution: Distribution, plugin: str | None) -> Job:
    entries = [
        entry
        for entry in distribution.entries
        if entry.group != PACKS and (plugin is None or entry.name == plugin or entry.group != PLUGINS)
    ]
    packs = [str(file) for entry in distribution.of(PACKS) for file in pack_files_of(distribution, entry.value)]
    return Job(name=distribution.name, version=distribution.version, entries=tuple(entries), packs=tuple(packs))


def _of_folder(folder: Path) -> Job:
    project = _project(folder)
    groups = project.get("entry-points", {})
    entries = [
        Entry(group=group, name=str(name), value=str(value))
        for group in GROUPS
        for name, value in groups.get(group, {}).items()
    ]
    if not entries:
        raise PluginError(
            f"'{folder / PROJECT_FILE}' names no entry points of promptkit.",
            hint=f'Add [project.entry-points."{PLUGINS}"] with a line such as fog = "promptkit_fog".',
        )
    root = _root(folder, entries)
    packs = [str(file) for entry in entries if entry.group == PACKS for file in _packs(root, entry.value)]
    return Job(
        name=str(project.get("name", folder.name)),
        version=str(project.get("version", "unknown")),
        paths=(str(root),),
        entries=tuple(entry for entry in entries if entry.group in (PLUGINS, COMMANDS)),
        packs=tuple(packs),
    )


def _project(folder: Path) -> Mapping[str, Any]:
    """Read the table ``project``. Raises PluginError where there is none."""
    import tomllib

    file = folder / PROJECT_FILE
    try:
        return dict(tomllib.loads(file.read_text(encoding="utf-8"))["project"])
    except FileNotFoundError:
        raise SettingsError(f"There is no {PROJECT_FILE} in '{folder}'.", hint=SOURCES) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PluginError(
            f"'{file}' cannot be read as a project: {type(error).__name__}: {error}.", hint=SOURCES
        ) from error


def _root(folder: Path, entries: list[Entry]) -> Path:
    """Return the folder that the entries' modules are imported from: the project's own, or ``src`` in it."""
    module = entries[0].value.partition(":")[0].partition(".")[0]
    for root in (folder, folder / "src"):
        if (root / module).is_dir() or (root / f"{module}.py").is_file():
            return root
    raise PluginError(
        f"'{folder}' holds no module '{module}', which its entry point '{entries[0].name}' names.",
        hint="Put it beside pyproject.toml or into src; or install the plugin and check it by its name.",
    )


def _packs(root: Path, module: str) -> Iterator[Path]:
    found = sorted(root.joinpath(*module.split(".")).glob("*.yaml"))
    if not found:
        raise PluginError(
            f"'{module}' of the group '{PACKS}' holds no *.yaml.", hint="Put the packs' YAML files into that folder."
        )
    yield from found
