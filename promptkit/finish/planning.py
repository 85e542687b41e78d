"""What a chain means: each step's post-processor is looked up and its settings are settled before anything is run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, cast

from promptkit.blame import Used, blaming
from promptkit.errors import SettingsError
from promptkit.finish.grammar import Written, read_chain
from promptkit.interfaces import Adjustable, PostProcessor, Setting, SettingsCheck
from promptkit.names import nearest
from promptkit.registry import Registry

Chain = str | Sequence[Mapping[str, Any]]
"""A chain as it is written; as recipes keep it, a mapping with ``name`` and ``settings`` for each step; or as packs
have it, ``{name: settings}`` or ``{name: value}``."""
Presets = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""For each post-processor that has presets, their names and what each sets."""

MAX_STEPS = 50


@dataclass(frozen=True, kw_only=True)
class FinishStep:
    """A post-processor with all of its settings, and the plugin that brought it."""

    name: str
    processor: PostProcessor
    settings: Mapping[str, Any]
    handed: Mapping[str, Any]
    """The settings with registered objects in place of their names: what ``process`` is given."""
    plugin: str
    version: str
    builtin: bool

    def to_json(self) -> dict[str, Any]:
        """Return what a recipe keeps; of a file its name alone, since recipes tell nothing of the machine."""
        kept = {key: value if key in self._plain else _without_folder(value) for key, value in self.settings.items()}
        return {"name": self.name, "settings": kept, "plugin": self.plugin, "version": self.version}

    def again(self) -> dict[str, Any]:
        """Return the step with all that is needed to plan it again in another folder: paths are absolute."""
        name = self.name if self.builtin else f"{self.plugin}/{self.name}"
        files = {key for key in self.settings if key not in self._plain}
        return {
            "name": name,
            "settings": {key: _lasting(value) if key in files else value for key, value in self.settings.items()},
        }

    @property
    def _plain(self) -> set[str]:
        """The settings that are said to be no files."""
        known = _known(self.processor) or {}
        return {name for name, setting in known.items() if not setting.file}


def plan_chain(chain: Chain, registry: Registry, presets: Presets | None = None) -> tuple[FinishStep, ...]:
    """Look up a chain's post-processors and settle their settings; nothing is run.

    Raises SettingsError for what is no chain and for settings that a post-processor does not know or take,
    UnknownNameError, with near names, and PluginError where a post-processor does not say its settings as it should.
    """
    if not isinstance(chain, (str, Sequence)):
        raise SettingsError(f"{chain!r} is no chain.", hint='Give "upscale:2,sharpen", or a list of steps.')
    written = read_chain(chain) if isinstance(chain, str) else [_given(step) for step in chain]
    if len(written) > MAX_STEPS:
        raise SettingsError(f"A chain of {len(written)} steps is too long.", hint=f"Use {MAX_STEPS} or fewer.")
    return tuple(_step(name, given, registry, presets or {}) for name, given in written)


def _given(step: Mapping[str, Any]) -> Written:
    """Take a step as a recipe keeps it, or as a style pack has it: with one plain value for its settings."""
    name, settings = (step.get("name"), step.get("settings") or {}) if isinstance(step, Mapping) else (None, {})
    if name is None and isinstance(step, Mapping) and len(step) == 1 and "settings" not in step:
        ((name, settings),) = step.items()
    if isinstance(settings, (str, int, float)):
        settings = {None: settings}
    if not isinstance(name, str) or not isinstance(settings, Mapping):
        raise SettingsError(
            f"{step!r} is no step of a chain.", hint='Give {"name": "sharpen", "settings": {"amount": 0.3}}.'
        )
    return name, dict(settings)


def _step(name: str, given: Mapping[str | None, Any], registry: Registry, presets: Presets) -> FinishStep:
    found = registry.find("postprocessor", name)
    processor: PostProcessor = found.value
    with blaming([Used("post-processor", found)], strict=registry.host.strict):
        known = _known(processor)
        if known is None:
            settings = handed = _free(processor, given)
        else:
            settings = _settled(processor.name, given, known, presets.get(processor.name, {}))
            handed = {key: _registered(value, known[key], registry) for key, value in settings.items()}
        if isinstance(processor, SettingsCheck):
            processor.check_settings(handed)
    return FinishStep(
        name=processor.name,
        processor=processor,
        settings=settings,
        handed=handed,
        plugin=found.plugin.name,
        version=found.plugin.version,
        builtin=found.plugin.builtin,
    )


def _known(processor: PostProcessor) -> dict[str, Setting] | None:
    """Return the settings that a post-processor names; ``None`` where it takes any."""
    if not isinstance(processor, Adjustable):
        return None
    return {setting.name: setting for setting in processor.settings}


def _registered(value: Any, setting: Setting, registry: Registry) -> Any:
    """Return what a setting's text names, where it names something that is registered."""
    return registry.get(setting.registered, value) if setting.registered and value else value


def _free(processor: PostProcessor, given: Mapping[str | None, Any]) -> dict[str, Any]:
    if None in given:
        raise SettingsError(
            f"'{processor.name}' does not say which setting '{given[None]}' is for.",
            hint=f"Write its name: {processor.name}:name={given[None]}",
        )
    return {cast(str, key): _guessed(value) for key, value in given.items()}


def _settled(
    name: str,
    given: Mapping[str | None, Any],
    known: Mapping[str, Setting],
    presets: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return all settings: those given, checked, over those of a preset that they name, over the defaults."""
    chosen: dict[str, Any] = {}
    first = next(iter(known), None)
    for key, value in given.items():
        meant = first if key is None else key
        if meant is None or meant not in known:
            near = nearest(meant or "", known)
            listed = f"It has {', '.join(known)}." if known else "It has none."
            cure = f"Did you mean {' or '.join(near)}?" if near else listed
            raise SettingsError(f"'{name}' has no setting '{meant or value}'.", hint=cure)
        if meant in chosen:
            raise SettingsError(f"'{name}' is given '{meant}' twice.", hint=f"Write it once: {name}:{meant}={value}.")
        chosen[meant] = _value(name, known[meant], value)
    defaults = {setting.name: setting.default for setting in known.values()}
    for setting in known.values():
        if setting.preset and (wanted := chosen.get(setting.name, setting.default)):
            defaults.update(_preset(name, setting, str(wanted), known, presets))
    return {**defaults, **chosen}


def _preset(
    name: str, setting: Setting, wanted: str, known: Mapping[str, Setting], presets: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what a preset sets. Raises SettingsError for one that is not there."""
    if wanted not in presets:
        if wanted == setting.default:
            return {}
        names = _once(presets)
        near = nearest(wanted, names)
        listed = f"There are {', '.join(names)}." if names else "No installed style pack brings any."
        cure = f"Did you mean {' or '.join(near)}?" if near else listed
        raise SettingsError(f"'{name}' has no {setting.name} '{wanted}'.", hint=cure)
    return {key: _value(name, known[key], value) for key, value in presets[wanted].items()}


def _once(presets: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the names of presets, ``pack/name`` only where the short name is another one's."""
    return sorted(name for name in presets if "/" not in name or presets.get(name.rpartition("/")[2]) != presets[name])


def _value(name: str, setting: Setting, value: Any) -> Any:
    """Return a value as its setting's kind. Raises SettingsError for another kind, and for one out of range."""
    read = _as_kind(value, setting.default)
    if read is None:
        kind = {bool: "true or false", int: "a whole number", float: "a number"}.get(type(setting.default), "a text")
        raise SettingsError(f"'{name}:{setting.name}={value}' cannot be read.", hint=f"'{setting.name}' is {kind}.")
    if setting.choices and read not in setting.choices:
        near = nearest(str(read), setting.choices)
        cure = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(setting.choices)}."
        raise SettingsError(f"'{name}' has no {setting.name} '{read}'.", hint=cure)
    if isinstance(read, (int, float)) and not setting.least <= read <= setting.most:
        raise SettingsError(
            f"'{name}:{setting.name}={value}' is out of range.", hint=f"Choose {setting.least:g} to {setting.most:g}."
        )
    if setting.check is not None:
        setting.check(read)
    return read


def _as_kind(value: Any, like: Any) -> Any:
    """Return a value, typed or given, as the kind of ``like``; ``None`` where it is none of that."""
    if isinstance(like, str):
        text = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
        return text if isinstance(text, str) and "\0" not in text else None
    read = _guessed(value)
    if isinstance(like, bool) or isinstance(read, bool):
        return read if isinstance(like, bool) and isinstance(read, bool) else None
    if isinstance(like, int):
        return read if isinstance(read, int) else None
    return float(read) if isinstance(read, (int, float)) and math.isfinite(read) else None


def _guessed(value: Any) -> Any:
    """Read a typed value as a number or a truth value where it looks like one."""
    if not isinstance(value, str):
        return value
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    readers: tuple[Callable[[str], Any], ...] = (int, float)
    for read in readers:
        try:
            return read(value)
        except ValueError:
            continue
    return value


def _lasting(value: Any) -> Any:
    """Return the path of a file that is there so that it holds in another folder; anything else as it is."""
    if not isinstance(value, str) or not value:
        return value
    try:
        path = Path(value).expanduser()
        return str(path.absolute()) if path.is_file() else value
    except (OSError, RuntimeError, ValueError):
        return value


def _without_folder(value: Any) -> Any:
    """Return a file's name for its path, however it is written; anything else as it is."""
    return PureWindowsPath(value).name or value if isinstance(value, str) else value
