"""Which plugins the user switched off: a small JSON file that is read before any plugin is."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from promptkit.errors import PluginError
from promptkit.installed.distributions import PLUGINS, Distribution, Entry, canonical

LOAD_VARIABLE = "PROMPTKIT_LOAD_PLUGINS"
FORMAT = 1


def switch_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the switches are kept: ``$PROMPTKIT_HOME/plugins.json``, else in the platform's configuration."""
    home = environment.get("PROMPTKIT_HOME")
    if home:
        return Path(home) / "plugins.json"
    from platformdirs import user_config_path

    return user_config_path("promptkit") / "plugins.json"


def disabled_names(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """Return the names that are switched off, in canonical spelling. Raises PluginError for a file that cannot be
    read."""
    import json

    file = switch_file(environment)
    try:
        content = json.loads(file.read_bytes())
        names = content["disabled"]
        if content["promptkit"] != FORMAT or not all(isinstance(name, str) for name in names):
            raise ValueError("it is not written as plugins disable writes it")
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise PluginError(
            f"'{file}' cannot be read, so no plugin counts as disabled: {type(error).__name__}: {error}.",
            hint="Mend it or delete it, then use promptkit plugins disable again.",
        ) from error
    return frozenset(canonical(name) for name in names)


def switch(names: Collection[str], *, on: bool, environment: Mapping[str, str] = os.environ) -> bool:
    """Switch plugins on or off; say whether that changed anything. Raises PluginError when the file cannot be read or
    written."""
    import json

    before = disabled_names(environment)
    asked = {canonical(name) for name in names}
    after = before - asked if on else before | asked
    if after == before:
        return False
    file = switch_file(environment)
    try:
        _replace(file, json.dumps({"promptkit": FORMAT, "disabled": sorted(after)}, indent=2) + "\n")
    except OSError as error:
        raise PluginError(
            f"'{file}' cannot be written: {error.strerror or error}.",
            hint=f"Give yourself the right to write there, or set {LOAD_VARIABLE} to the plugins you want.",
        ) from error
    return True


def is_on(
    distribution: Distribution,
    entry: Entry,
    disabled: Collection[str],
    environment: Mapping[str, str] = os.environ,
) -> bool:
    """Say whether an entry counts: one of a plugin by its own name, a command or a folder of packs as long as one
    plugin of its distribution is on."""
    names = (entry.name,) if entry.group == PLUGINS else distribution.plugin_names
    return any(not is_disabled(distribution, name, disabled) and is_chosen(name, environment) for name in names)


def is_disabled(distribution: Distribution, plugin: str, disabled: Collection[str]) -> bool:
    """Say whether a plugin is switched off: by its name, its distribution's, or ``distribution.plugin``."""
    names = (plugin, distribution.name, f"{distribution.name}.{plugin}")
    return any(canonical(name) in disabled for name in names)


def is_chosen(name: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether ``PROMPTKIT_LOAD_PLUGINS`` lets a plugin in: all do when it is not set, none when it is empty."""
    return environment.get(LOAD_VARIABLE) is None or canonical(name) in map(canonical, chosen_names(environment))


def chosen_names(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the names in ``PROMPTKIT_LOAD_PLUGINS``, as they are written there."""
    return [part.strip() for part in environment.get(LOAD_VARIABLE, "").split(",") if part.strip()]


def _replace(file: Path, text: str) -> None:
    """Write in one piece and flush, so that a reader finds the old file or the new one."""
    from tempfile import mkstemp

    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(dir=file.parent, prefix=f"{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
