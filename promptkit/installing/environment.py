"""The environment that promptkit runs in, and the commands that install into it.

Sources: PEP 668 (``EXTERNALLY-MANAGED``), pipx's ``pipx_metadata.json`` and uv's ``uv-receipt.toml``.
"""

from __future__ import annotations

import shlex
import shutil
import sys
import sysconfig
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from promptkit.errors import PluginError
from promptkit.installed.distributions import canonical

VENV, PIPX, UV_TOOL, SYSTEM, MANAGED = "venv", "pipx", "uv tool", "system", "managed"
WHEELS_ONLY = "--only-binary=:all:"
"""Keeps code from running before it is installed: building a source distribution runs it."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where packages go, and what there is to bring them there."""

    kind: str
    prefix: Path
    python: str
    pip: bool
    uv: str | None = None
    """The path of ``uv``, where there is one."""
    pipx: str | None = None

    def installer(self) -> list[str]:
        """Return the command before ``install`` or ``uninstall``. Raises PluginError where nothing may or can install
        here."""
        if self.kind == MANAGED:
            raise PluginError(
                "This Python belongs to the operating system, which does not want packages installed into it.",
                hint="Make a virtual environment and install promptkit and the plugin there: "
                "python3 -m venv promptkit-env && promptkit-env/bin/python -m pip install promptkit",
            )
        if self.pip:
            return [self.python, "-m", "pip"]
        if self.uv:
            return [self.uv, "pip"]
        raise PluginError(
            "There is neither pip nor uv in this environment.",
            hint=f"Bring pip into it: {shlex.join([self.python, '-m', 'ensurepip'])}",
        )

    def dry_run(self, specs: Sequence[str], *, upgrade: bool, source: bool) -> list[str]:
        """Return the command that says what would be installed: pip's report as JSON, or uv's lines."""
        if self.installer()[0] == self.uv:
            return [*self._install("--dry-run", upgrade=upgrade, source=source), "--", *specs]
        quiet = ("--dry-run", "--report", "-", "--quiet")
        return [*self._install(*quiet, upgrade=upgrade, source=source), "--", *specs]

    def install(self, specs: Sequence[str], *, upgrade: bool, source: bool) -> list[str]:
        """Return the command that installs. Raises PluginError with the command to type, where only its user can
        install: uv makes a tool's environment anew, with everything in it."""
        if self.kind == UV_TOOL:
            added = [*_receipt(self.prefix).values(), *specs]
            command = ["uv", "tool", "install", "promptkit", *(part for spec in added for part in ("--with", spec))]
            raise PluginError(
                "promptkit was installed by uv as a tool, whose packages uv decides.",
                hint=f"Type: {shlex.join(command)}",
            )
        if self.kind == PIPX and self.pipx:
            options = [] if source else [f"--pip-args={WHEELS_ONLY}"]
            return [self.pipx, "inject", *options, *(["--force"] if upgrade else []), self.prefix.name, *specs]
        return [*self._install(upgrade=upgrade, source=source), "--", *specs]

    def _install(self, *options: str, upgrade: bool, source: bool) -> list[str]:
        installer = self.installer()
        own = ["--python", self.python] if installer[0] == self.uv else ["--no-input", "--disable-pip-version-check"]
        more = [*(["--upgrade"] if upgrade else []), *([] if source else [WHEELS_ONLY])]
        return [*installer, "install", *options, *own, *more]

    def exactly(self, pins: Sequence[str]) -> list[str]:
        """Return the command that puts exact versions back, and nothing else."""
        return [*self._install("--no-deps", upgrade=False, source=False), "--", *pins]

    def uninstall(self, names: Sequence[str]) -> list[str]:
        """Return the command that uninstalls. Raises PluginError with the command to type in a tool of uv's."""
        if self.kind == UV_TOOL:
            gone = {canonical(name) for name in names}
            kept = [spec for name, spec in _receipt(self.prefix).items() if canonical(name) not in gone]
            command = ["uv", "tool", "install", "promptkit", *(part for spec in kept for part in ("--with", spec))]
            raise PluginError(
                "promptkit was installed by uv as a tool, whose packages uv decides.",
                hint=f"Type: {shlex.join(command)}",
            )
        if self.kind == PIPX and self.pipx:
            return [self.pipx, "uninject", self.prefix.name, *names]
        installer = self.installer()
        own = ["--python", self.python] if installer[0] == self.uv else ["--yes", "--disable-pip-version-check"]
        return [*installer, "uninstall", *own, "--", *names]


def this_environment(
    *,
    prefix: Path | None = None,
    base_prefix: Path | None = None,
    stdlib: Path | None = None,
    which: Callable[[str], str | None] = shutil.which,
    has_pip: bool | None = None,
) -> Environment:
    """Look at the environment of this process; the arguments stand for another one."""
    prefix = prefix or Path(sys.prefix)
    return Environment(
        kind=_kind(prefix, base_prefix or Path(sys.base_prefix), stdlib or Path(sysconfig.get_path("stdlib"))),
        prefix=prefix,
        python=sys.executable,
        pip=find_spec("pip") is not None if has_pip is None else has_pip,
        uv=which("uv"),
        pipx=which("pipx"),
    )


def _kind(prefix: Path, base_prefix: Path, stdlib: Path) -> str:
    if (prefix / "pipx_metadata.json").is_file():
        return PIPX
    if (prefix / "uv-receipt.toml").is_file():
        return UV_TOOL
    if prefix != base_prefix:
        return VENV
    return MANAGED if (stdlib / "EXTERNALLY-MANAGED").is_file() else SYSTEM


def _receipt(prefix: Path) -> dict[str, str]:
    """Return the packages that were added to a tool of uv's, by name, as ``--with`` has them; not promptkit itself."""
    try:
        asked = tomllib.loads((prefix / "uv-receipt.toml").read_text(encoding="utf-8"))["tool"]["requirements"]
        names = {entry["name"]: f"{entry['name']}{entry.get('specifier', '')}" for entry in asked}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {name: spec for name, spec in names.items() if name != "promptkit"}
