"""Finding out what is wrong with an installation, and the cure."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from promptkit.errors import PluginError
from promptkit.installed.distributions import distributions, installed_versions
from promptkit.installed.malformed import malformed
from promptkit.installed.switches import disabled_names, switch_file
from promptkit.plugins import OK, QUARANTINED, PluginHost, PluginRecord
from promptkit.plugins.discovery import unmet

GOOD, NOTE, BAD = "ok", "note", "problem"
NEEDED_BYTES = 2 << 30
PACKAGES = (
    "torch",
    "torchvision",
    "diffusers",
    "transformers",
    "open_clip_torch",
    "compel",
    "pillow",
    "rich",
    "pluggy",
)
FRESH = "Make a fresh virtual environment and install promptkit there, with nothing in it before."


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: str
    """``ok``, ``note`` or ``problem``."""
    message: str
    cure: str = ""


Run = Callable[[list[str]], tuple[int, str]]
"""Run Python with arguments; return its exit code and its last line of stderr."""


def examine(
    host: PluginHost, run: Run | None = None, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Finding]:
    """Yield what was found, the most basic first. Imports are tried in processes of their own: a broken one may
    crash. ``tell`` hears what is looked at next, where that takes seconds."""
    run = run or _run
    yield Finding("Python", GOOD, sys.version.split()[0])
    yield from _versions()
    yield from _metadata()
    tell("torch with torchvision")
    yield _torchvision(run)
    for module, why in (("open_clip", "ranking needs it"), ("diffusers", "generating needs it")):
        tell(f"import {module}")
        yield _import(run, module, why)
    tell("device")
    yield _device(run)
    yield _embedded()
    yield _disk()
    yield from _plugins(host)


def _run(arguments: list[str]) -> tuple[int, str]:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return done.returncode, lines[-1] if lines else ""


def _versions() -> Iterator[Finding]:
    for name in PACKAGES:
        try:
            yield Finding(name, GOOD, version(name))
        except PackageNotFoundError:
            yield Finding(name, BAD, "is not installed", f"python -m pip install {name}")


def _metadata() -> Iterator[Finding]:
    """Find packages whose malformed metadata stops torch from being imported."""
    for file in malformed():
        name = file.parent.name.partition("-")[0]
        cure = f"Install it again: python -m pip install --force-reinstall --no-deps {name}"
        yield Finding(f"package {name}", BAD, f"{file} cannot be read, and importing torch needs that", cure)


def _torchvision(run: Run) -> Finding:
    """Find the clash of a CPU-only torch with the registry's torchvision, without which open_clip cannot be
    imported."""
    code, line = run(["-W", "ignore", "-c", "import torch, torchvision; print(torchvision.__version__)"])
    if code == 0:
        return Finding("torch with torchvision", GOOD, "work together")
    if "nms" in line or "torchvision" in line:
        return Finding(
            "torch with torchvision", BAD, f"do not fit each other: {line}", f"They come from different builds. {FRESH}"
        )
    return Finding("torch with torchvision", BAD, line, FRESH)


def _import(run: Run, module: str, why: str) -> Finding:
    code, line = run(["-W", "ignore", "-c", f"import {module}; print({module}.__version__)"])
    if code == 0:
        return Finding(f"import {module}", GOOD, line)
    return Finding(f"import {module}", BAD, f"fails, and {why}: {line}", FRESH)


def _device(run: Run) -> Finding:
    script = (
        "import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() "
        "else 'mps' if torch.backends.mps.is_available() else 'cpu')"
    )
    code, line = run(["-W", "ignore", "-c", script])
    if code != 0:
        return Finding("device", BAD, line, FRESH)
    if line == "cpu":
        return Finding("device", NOTE, "no GPU: the embedded model is quick all the same, large ones are slow")
    return Finding("device", GOOD, line)


def _embedded() -> Finding:
    from promptkit.embedded import clip_path, pipeline_path

    parts = [pipeline_path() / "model_index.json", clip_path() / "open_clip_model.safetensors"]
    missing = [part.name for part in parts if not part.is_file()]
    if missing:
        return Finding("embedded model", BAD, f"lacks {', '.join(missing)}", "Install promptkit again.")
    return Finding("embedded model", GOOD, "is there")


def _disk() -> Finding:
    free = shutil.disk_usage(".").free
    if free < NEEDED_BYTES:
        return Finding("disk", NOTE, f"{free >> 20} MiB free here", "Pictures and models need room.")
    return Finding("disk", GOOD, f"{free >> 30} GiB free here")


def _plugins(host: PluginHost) -> Iterator[Finding]:
    """Say how each plugin is, what it lacks of other packages, and what plugins did wrong as they were loaded."""
    for record in host.records.values():
        yield _plugin(record)
    versions = installed_versions()
    for made in distributions():
        for needed in unmet(made, versions):
            cure = f"python -m pip install --upgrade {made.name}; two plugins may need what cannot be had together."
            yield Finding(f"package {made.name}", NOTE, f"needs {needed}, and {needed.version} is installed", cure)
    yield from _switches()


def _plugin(record: PluginRecord) -> Finding:
    what, told = f"plugin {record.name}", "; ".join(record.remarks())
    if record.status == QUARANTINED:
        off = (
            f"Switch it off with promptkit plugins disable {record.name}, or leave it out with PROMPTKIT_LOAD_PLUGINS."
        )
        more = f"promptkit plugins info {record.name} --trace says where it happens."
        return Finding(what, BAD, told or record.status, " ".join(filter(None, (record.cure, off, more))))
    if record.status != OK:
        return Finding(what, NOTE, record.status)
    if record.remarks() and not record.builtin:
        return Finding(what, NOTE, f"{record.version}; {told}", f"promptkit plugins info {record.name} says more.")
    return Finding(what, GOOD, record.version)


def _switches() -> Iterator[Finding]:
    try:
        names = disabled_names()
    except PluginError as error:
        yield Finding("switches of plugins", BAD, str(error), error.hint or "")
        return
    off = f"off: {', '.join(sorted(names))}" if names else "none is off"
    yield Finding("switches of plugins", GOOD, f"{off} ({switch_file()})")
