"""The chain of post-processors: read from what a user writes, and run on a picture in the user's order.

::

    chain   = step ("," step)*
    step    = name [":" setting (";" setting)*]
    setting = value | key "=" value

``grain:0.3,vignette`` and ``grain:amount=0.3;size=2`` are chains. A value without a key is that of the first setting
that the post-processor names. A value that would hold a comma or semicolon can be given in Python alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any, cast

from promptkit.blame import Used, blaming
from promptkit.errors import GenerationError, PluginError, SettingsError
from promptkit.interfaces import Adjustable, PostProcessor, Setting
from promptkit.names import nearest
from promptkit.plugins.quiet import stdout_to_stderr
from promptkit.registry import Registry
from promptkit.rgb import as_rgb
from promptkit.seeds import text_draw

if TYPE_CHECKING:
    from PIL.Image import Image

Chain = str | Sequence[Mapping[str, Any]]
"""A chain as it is written, or as recipes keep it: a mapping with ``name`` and ``settings`` for each step."""

NUMBERS = ("I", "F")
"""Modes of numbers that mean no agreed brightness, and so cannot be brought back to RGB."""
MAX_STEPS = 50


@dataclass(frozen=True, kw_only=True)
class FinishStep:
    """A post-processor with all of its settings, and the plugin that brought it."""

    name: str
    processor: PostProcessor
    settings: Mapping[str, Any]
    plugin: str
    version: str

    def to_json(self) -> dict[str, Any]:
        """Return what a recipe keeps; of a file its name alone, since recipes tell nothing of the machine."""
        kept = {key: _without_folder(value) for key, value in self.settings.items()}
        return {"name": self.name, "settings": kept, "plugin": self.plugin, "version": self.version}


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a chain made of a picture."""

    image: Image
    """RGB; the very picture that was given where no step could be done."""
    steps: tuple[FinishStep, ...]
    """Those that were done, in order."""
    failed: tuple[str, ...] = ()
    """What each step that was left out died of, in words for the user."""
    notes: tuple[str, ...] = ()
    """What was odd about steps that were done."""


def plan_chain(chain: Chain, registry: Registry) -> tuple[FinishStep, ...]:
    """Look up a chain's post-processors and settle their settings; nothing is run.

    Raises SettingsError for what is no chain and for settings that a post-processor does not know or take,
    UnknownNameError, with near names, and PluginError where a post-processor does not say its settings as it should.
    """
    written = _read(chain) if isinstance(chain, str) else [_given(step) for step in chain]
    if len(written) > MAX_STEPS:
        raise SettingsError(f"A chain of {len(written)} steps is too long.", hint=f"Use {MAX_STEPS} or fewer.")
    return tuple(_step(name, given, registry) for name, given in written)


def run_chain(image: Image, steps: Sequence[FinishStep], *, seed: int, strict: bool = False) -> Finished:
    """Run steps on an RGB picture, which is left as it is; each draws from the image seed and its own name.

    A step that raises, or gives what is no picture, is left out and told; ``strict`` raises PluginError instead.
    """
    draw, counted = text_draw(seed), dict[str, int]()
    done: list[FinishStep] = []
    failed: list[str] = []
    notes: list[str] = []
    for step in steps:
        counted[step.name] = counted.get(step.name, 0) + 1
        node = step.name if counted[step.name] == 1 else f"{step.name}#{counted[step.name]}"
        try:
            image = _run(step, image, draw(f"finish/{node}"), notes.append)
        except (Exception, SystemExit) as error:
            if strict:
                raise PluginError(_left_out(step, error), hint=_cure(step)) from error
            failed.append(f"{_left_out(step, error)} {_cure(step)}")
        else:
            done.append(step)
    return Finished(image=image, steps=tuple(done), failed=tuple(failed), notes=tuple(notes))


def spoken(steps: Sequence[Mapping[str, Any]]) -> str:
    """Write what a recipe keeps as a chain again."""
    return ",".join(
        step["name"] + (":" if step["settings"] else "") + ";".join(f"{k}={v}" for k, v in step["settings"].items())
        for step in steps
    )


def _read(text: str) -> list[tuple[str, dict[str | None, Any]]]:
    """Read a written chain; a value without a key stands under ``None``."""
    found = []
    for part in text.split(",") if text.strip() else []:
        name, colon, rest = part.partition(":")
        if not name.strip() or (colon and not rest.strip()):
            raise SettingsError(
                f"'{part.strip()}' in the chain '{text}' is no step.",
                hint="Write grain, grain:0.3 or grain:amount=0.3;size=2.",
            )
        given: dict[str | None, Any] = {}
        for setting in rest.split(";") if colon else []:
            key, equals, value = setting.partition("=")
            where = key.strip() if equals else None
            said = (value if equals else setting).strip()
            if not said or where == "" or where in given:
                raise SettingsError(
                    f"'{setting.strip()}' in the step '{part.strip()}' is no setting.",
                    hint="Write a value, or key=value, each key once: grain:amount=0.3;size=2.",
                )
            given[where] = said
        found.append((name.strip(), given))
    return found


def _given(step: Mapping[str, Any]) -> tuple[str, dict[str | None, Any]]:
    """Take a step as a recipe keeps it."""
    name, settings = (step.get("name"), step.get("settings") or {}) if isinstance(step, Mapping) else (None, {})
    if not isinstance(name, str) or not isinstance(settings, Mapping):
        raise SettingsError(
            f"{step!r} is no step of a chain.", hint='Give {"name": "grain", "settings": {"amount": 0.3}}.'
        )
    return name, dict(settings)


def _step(name: str, given: Mapping[str | None, Any], registry: Registry) -> FinishStep:
    found = registry.find("postprocessor", name)
    processor: PostProcessor = found.value
    with blaming([Used("post-processor", found)], strict=registry.host.strict):
        known = _known(processor)
        settings = _free(processor, given) if known is None else _settled(processor.name, given, known)
    return FinishStep(
        name=processor.name,
        processor=processor,
        settings=settings,
        plugin=found.plugin.name,
        version=found.plugin.version,
    )


def _known(processor: PostProcessor) -> dict[str, Setting] | None:
    """Return the settings that a post-processor names; ``None`` where it takes any."""
    if not isinstance(processor, Adjustable):
        return None
    return {setting.name: setting for setting in processor.settings}


def _free(processor: PostProcessor, given: Mapping[str | None, Any]) -> dict[str, Any]:
    if None in given:
        raise SettingsError(
            f"'{processor.name}' does not say which setting '{given[None]}' is for.",
            hint=f"Write its name: {processor.name}:name={given[None]}",
        )
    return {cast(str, key): _guessed(value) for key, value in given.items()}


def _settled(name: str, given: Mapping[str | None, Any], known: Mapping[str, Setting]) -> dict[str, Any]:
    """Return all settings: those given, checked, and the others as they are by default."""
    settings = {setting.name: setting.default for setting in known.values()}
    first = next(iter(known), None)
    for key, value in given.items():
        meant = first if key is None else key
        if meant is None or meant not in known:
            near = nearest(meant or "", known)
            listed = f"It has {', '.join(known)}." if known else "It has none."
            cure = f"Did you mean {' or '.join(near)}?" if near else listed
            raise SettingsError(f"'{name}' has no setting '{meant or value}'.", hint=cure)
        if key is None and meant in given:
            raise SettingsError(f"'{name}' is given '{meant}' twice.", hint=f"Write it once: {name}:{meant}={value}.")
        settings[meant] = _value(name, known[meant], value)
    return settings


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
        return value if isinstance(value, str) and "\0" not in value else None
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


def _run(step: FinishStep, image: Image, rng: Any, note: Callable[[str], object]) -> Image:
    """Hand a copy to a step; return what it gives, checked and in RGB."""
    handed, before = image.copy(), _print(image)
    with stdout_to_stderr():
        found = step.processor.process(handed, settings=dict(step.settings), rng=rng)
        _check(found)
        found.load()
    if _print(handed) != before:
        note(f"'{step.name}' of plugin '{step.plugin}' changed the picture it was handed; it should work on a copy.")
    if found.mode != "RGB":
        note(f"'{step.name}' of plugin '{step.plugin}' gave a picture of mode {found.mode}, which was made RGB again.")
    return as_rgb(found)


def _check(found: Any) -> None:
    """Refuse what is no picture that can be kept. Raises GenerationError."""
    from PIL import Image as Pillow

    if not isinstance(found, Pillow.Image):
        raise GenerationError(f"it gave {type(found).__name__} and no picture")
    if found.mode in NUMBERS:
        raise GenerationError(f"it gave a picture of mode {found.mode}, which cannot be made RGB again")
    pixels = found.width * found.height
    if not 0 < pixels <= (Pillow.MAX_IMAGE_PIXELS or pixels):
        raise GenerationError(f"it gave a picture of {found.width}x{found.height}")


def _print(image: Image) -> int:
    return hash((image.mode, image.size, image.tobytes()))


def _left_out(step: FinishStep, error: BaseException) -> str:
    said = " ".join(str(error).split())[:300].rstrip(".")
    reason = said if isinstance(error, (GenerationError, SettingsError)) else f"{type(error).__name__}: {said}"
    return f"'{step.name}' of plugin '{step.plugin}' {step.version} was left out: {reason.rstrip(': ')}."


def _cure(step: FinishStep) -> str:
    return f"Leave it out of the chain, or update its plugin: promptkit plugins info {step.plugin}"


def _without_folder(value: Any) -> Any:
    """Return a file's name for its path, however it is written; anything else as it is."""
    return PureWindowsPath(value).name or value if isinstance(value, str) else value
