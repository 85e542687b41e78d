"""What an installation would change, by the installer's own dry run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promptkit.errors import PluginError, SettingsError
from promptkit.installed.distributions import canonical, distributions, installed_versions
from promptkit.installing.environment import Environment

NEW, UPGRADED, DOWNGRADED, REINSTALLED = "new", "upgraded", "downgraded", "reinstalled"
CORE = ("promptkit", "torch", "torchvision", "diffusers", "transformers", "open-clip-torch")
"""What pictures depend on to the last bit: a plugin moves them only when it is told to."""
MAX_SPEC = 1000
_UV_LINE = re.compile(r"\s*([+~-]) ([\w.-]+)==(\S+).*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One package that would be installed; ``before`` is ``None`` for a new one."""

    name: str
    before: str | None
    after: str
    requested: bool = True

    @property
    def kind(self) -> str:
        from packaging.version import InvalidVersion, Version

        if self.before is None:
            return NEW
        try:
            before, after = Version(self.before), Version(self.after)
        except InvalidVersion:
            return REINSTALLED if self.before == self.after else UPGRADED
        return REINSTALLED if before == after else UPGRADED if before < after else DOWNGRADED

    @property
    def core(self) -> bool:
        """Whether it would move what promptkit itself stands on."""
        return self.before is not None and self.kind != REINSTALLED and canonical(self.name) in CORE


def check_specs(specs: Sequence[str]) -> None:
    """Refuse what is no package, what an installer could take for an option, and what a terminal could obey.

    Raises SettingsError.
    """
    for spec in specs:
        plain = spec.strip() and not spec.lstrip().startswith("-") and spec.isprintable() and len(spec) <= MAX_SPEC
        if not plain or not (_lies_somewhere(spec) or _is_requirement(spec)):
            shown = spec if len(spec) <= 80 else f"{spec[:79]}…"
            raise SettingsError(
                f"'{shown}' is no package.", hint="Give a name, name==version, a wheel, a folder or an address."
            )


def _lies_somewhere(spec: str) -> bool:
    return "://" in spec or "/" in spec or os.sep in spec or Path(spec).exists()


def _is_requirement(spec: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(spec)
    except InvalidRequirement:
        return False
    return True


def runs_at_once(spec: str) -> bool:
    """Say whether only looking at a package runs its code: a folder and a source archive are built for that."""
    wheel = spec.partition("#")[0].rstrip().endswith(".whl")
    elsewhere = "://" in spec or Path(spec).expanduser().exists()
    return elsewhere and not wheel


def plan(environment: Environment, specs: Sequence[str], *, upgrade: bool, source: bool) -> list[Change]:
    """Return what would change; nothing is. Raises PluginError with what the installer said."""
    command = environment.dry_run(specs, upgrade=upgrade, source=source)
    done = run(command)
    if done.returncode != 0:
        cure = "" if source else " Where it has no wheel, --source lets its code run to build one."
        raise PluginError(f"It cannot be installed: {last_lines(done.stderr)}", hint=f"Look at its name.{cure}")
    versions = installed_versions()
    if environment.pip:
        return _from_report(done.stdout, versions)
    return _from_lines((done.stdout + done.stderr).splitlines(), versions)


def conflicts(changes: Iterable[Change]) -> list[str]:
    """Say which installed plugins would no longer have what they need."""
    from promptkit.plugins.discovery import unmet

    changes = list(changes)
    before = installed_versions()
    after = {**before, **{canonical(change.name): change.after for change in changes}}
    moved = {canonical(change.name) for change in changes}
    return [
        f"'{made.name}' needs {needed}, which this would take away."
        for made in distributions()
        if canonical(made.name) not in moved
        for needed in unmet(made, after)
        if needed not in unmet(made, before)
    ]


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run an installer without a shell and without a terminal. Raises PluginError where it cannot be started."""
    try:
        return subprocess.run(  # noqa: S603
            list(command), capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, check=False
        )
    except OSError as error:
        raise PluginError(
            f"'{command[0]}' cannot be run: {error.strerror or error}.", hint="Install it again."
        ) from error


def last_lines(text: str, count: int = 6) -> str:
    """Return what an installer said last, without its notices."""
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("WARNING", "[notice]"))
    ]
    return " ".join(line.removeprefix("ERROR: ") for line in lines[-count:])[:1500] or "it gives no reason"


def _from_report(text: str, versions: dict[str, str]) -> list[Change]:
    try:
        report: dict[str, Any] = json.loads(text)
        found = [(entry["metadata"], bool(entry.get("requested"))) for entry in report["install"]]
        return [
            Change(
                name=str(metadata["name"]),
                before=versions.get(canonical(metadata["name"])),
                after=str(metadata["version"]),
                requested=requested,
            )
            for metadata, requested in found
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise PluginError(
            "pip gave no report of what it would install.", hint="Update it: python -m pip install --upgrade pip"
        ) from error


def _from_lines(lines: Iterable[str], versions: dict[str, str]) -> list[Change]:
    """Read uv's lines: `` + name==version`` is installed, `` - name==version`` goes."""
    matches = [match for line in lines if (match := _UV_LINE.fullmatch(line))]
    return [
        Change(name=match[2], before=versions.get(canonical(match[2])), after=match[3])
        for match in matches
        if match[1] != "-"
    ]
