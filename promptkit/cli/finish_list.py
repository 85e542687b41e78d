"""The list that ``finish --list`` shows: post-processors, or the settings of those that are named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from promptkit.cli.output import say, show_table, write_json

if TYPE_CHECKING:
    from promptkit.interfaces import Setting
    from promptkit.registry import Registered, Registry


def show_list(registry: Registry, names: Sequence[str], *, as_json: bool) -> None:
    """List all post-processors, or those of ``names`` with their settings, the first of which is the one that a plain
    value sets. Raises UnknownNameError."""
    every = registry.all("postprocessor")
    found = {name: registry.find("postprocessor", name) for name in names} if names else every
    if as_json:
        write_json("postprocessors", {"postprocessors": [_step_json(name, one) for name, one in found.items()]})
    elif names:
        for name, one in found.items():
            _show_settings(name, one)
    else:
        rows = [(name, _summary(one), "" if one.plugin.builtin else one.plugin.name) for name, one in found.items()]
        count = 3 if any(plugin for *_, plugin in rows) else 2
        show_table(("step", "what it does", "plugin")[:count], [row[:count] for row in rows])
        say("The settings of one: promptkit finish --list NAME")


def range_text(setting: Setting) -> str:
    """Say what may be written for a setting."""
    if setting.choices:
        return ", ".join(setting.choices)
    if isinstance(setting.default, bool):
        return "true, false"
    if isinstance(setting.default, str):
        return "a file" if setting.file else "a look" if setting.preset else ""
    bounds = [f"{bound:g}" for bound in (setting.least, setting.most) if math.isfinite(bound)]
    return " to ".join(bounds) if len(bounds) == 2 else "a number"


def default_text(setting: Setting) -> str:
    """Return a setting's default as it would be written."""
    value = setting.default
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def settings_of(processor: Any) -> Sequence[Setting]:
    """Return the settings that a post-processor names."""
    from promptkit.interfaces import Adjustable

    return processor.settings if isinstance(processor, Adjustable) else ()


def _show_settings(name: str, found: Registered) -> None:
    rows = [(one.name, default_text(one), range_text(one), one.summary) for one in settings_of(found.value)]
    say(f"{name}: {_summary(found)}" if _summary(found) else name)
    if rows:
        show_table(("setting", "default", "may be", "what it is"), rows)
    else:
        say("It names no settings.")


def _summary(found: Registered) -> str:
    return str(getattr(found.value, "summary", ""))


def _step_json(name: str, found: Registered) -> dict[str, Any]:
    settings = [_setting_json(setting) for setting in settings_of(found.value)]
    return {"name": name, "plugin": found.plugin.name, "summary": _summary(found), "settings": settings}


def _setting_json(setting: Setting) -> dict[str, Any]:
    """Return a setting as plain JSON values, which know no infinity."""
    plain = {key: value for key, value in asdict(setting).items() if key != "check"}
    return {key: None if value in (math.inf, -math.inf) else value for key, value in plain.items()}
