"""Whether promptkit works with what was installed, tried in a process of its own, and taking it back where not."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from promptkit.installed.distributions import canonical
from promptkit.installing.environment import PIPX, Environment
from promptkit.installing.plan import NEW, REINSTALLED, Change, last_lines, run

SECONDS = 120
"""How long loading may take."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What was found of the plugins that were installed."""

    plugins: tuple[dict[str, Any], ...] = ()
    """As ``plugins list --json`` has them."""
    wrong: str | None = None
    """Why they are of no use; ``None`` when they are."""


def try_out(environment: Environment, changes: Sequence[Change], *, packs: bool) -> Trial:
    """Load every plugin in a process of its own; with ``packs`` what was installed may bring style packs alone."""
    command = [environment.python, "-P", "-W", "ignore", "-m", "promptkit", "plugins", "list", "--json"]
    chosen = {key: value for key, value in os.environ.items() if not key.startswith("PROMPTKIT_") or "HOME" in key}
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, errors="replace", env=chosen, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Trial(wrong=f"promptkit does not start within {SECONDS} s with it")
    try:
        listed = json.loads(done.stdout)["plugins"] if done.returncode == 0 else None
    except (ValueError, KeyError, TypeError):
        listed = None
    if listed is None:
        return Trial(wrong=f"promptkit cannot start with it: {last_lines(done.stderr, 1)}")
    moved = {canonical(change.name) for change in changes}
    found = tuple(plugin for plugin in listed if canonical(plugin["distribution"] or "") in moved)
    return Trial(plugins=found, wrong=_wrong(found, packs=packs))


def _wrong(found: Sequence[dict[str, Any]], *, packs: bool) -> str | None:
    if not found:
        return "it is no plugin of promptkit: it names no entry point in promptkit.plugins, .commands or .packs"
    broken = [f"'{plugin['name']}': {plugin['error']}" for plugin in found if plugin["status"] == "quarantined"]
    if broken:
        return f"it does not load: {'; '.join(broken)}"
    code = [plugin["name"] for plugin in found if plugin["hooks"] != ["packs"]]
    return f"'{code[0]}' brings code, not packs alone" if packs and code else None


def undo(environment: Environment, changes: Sequence[Change]) -> str | None:
    """Uninstall what is new and put back the versions that were there; return what could not be done."""
    new = [change.name for change in changes if change.kind == NEW]
    pins = [f"{change.name}=={change.before}" for change in changes if change.kind not in (NEW, REINSTALLED)]
    plain = environment
    commands = []
    if environment.kind == PIPX and environment.pipx:
        asked = [change.name for change in changes if change.kind == NEW and change.requested]
        commands += [environment.uninstall(asked)] if asked else []
        new = [name for name in new if name not in asked]
        plain = Environment(kind="venv", prefix=environment.prefix, python=environment.python, pip=environment.pip)
    commands += [plain.uninstall(new)] if new else []
    commands += [plain.exactly(pins)] if pins else []
    failed = [last_lines(done.stderr) for done in map(run, commands) if done.returncode != 0]
    return "; ".join(failed) or None
