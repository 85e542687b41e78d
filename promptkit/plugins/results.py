"""What a hook that registers may return: a list of objects with names, each able to do what its kind does."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from promptkit.errors import PluginError
from promptkit.plugins.fields import wrong_field
from promptkit.plugins.record import PluginRecord
from promptkit.records import ModelSpec, SamplerSpec
from promptkit.slots.vocabulary import Vocabulary

MAX_NAME = 100
_TYPES: dict[str, type] = {
    "register_models": ModelSpec,
    "register_samplers": SamplerSpec,
    "register_style_packs": Path,
    "register_slot_vocabularies": Vocabulary,
}
_METHODS = {
    "register_backends": "load",
    "register_expanders": "expand",
    "register_rankers": "load",
    "register_searches": "plan",
    "register_postprocessors": "process",
    "register_face_detectors": "detect",
    "register_commands": "invoke",
}
_NAMELESS = ("register_style_packs", "register_slot_vocabularies")


def checked(record: PluginRecord, hook: str, answer: Any) -> Iterator[Any]:
    """Yield what a plugin registered, and a PluginError for each thing that has to be left out."""
    if answer is None:
        return
    if not isinstance(answer, (list, tuple)):
        if inspect.iscoroutine(answer) or inspect.isgenerator(answer):
            answer.close()
        yield _refusal(
            record, hook, f"gave {_a(answer)}, which is no list", "Return a list, of one thing too: [Fog()]."
        )
        return
    for value in answer:
        reason = _reason(hook, value)
        if reason is None and not record.builtin:
            reason = _wrong_content(hook, value)
        yield value if reason is None else _refusal(record, hook, *reason)


def _reason(hook: str, value: Any) -> tuple[str, str] | None:
    """Say what is wrong with a thing and the cure; ``None`` when nothing is."""
    if isinstance(value, type):
        return f"gave the class {value.__name__}", f"Return an object of it: [{value.__name__}()]."
    wanted = _TYPES.get(hook)
    if wanted is not None and not isinstance(value, wanted):
        return f"gave {_a(value)}", f"Return objects of {wanted.__name__}."
    if hook == "register_style_packs" and not value.is_dir():
        return (
            f"names '{value}', which is no folder",
            "Return the folder of the YAML files, and ship them in the wheel.",
        )
    if hook in _NAMELESS:
        return None
    method = _METHODS.get(hook)
    if method is not None and not callable(getattr(value, method, None)):
        return (
            f"gave {_a(value)}, which has no method '{method}'",
            "promptkit.interfaces says what each kind must have.",
        )
    return _wrong_name(value)


def _wrong_content(hook: str, value: Any) -> tuple[str, str] | None:
    """Say which field of a record, or which text to show, holds something else; promptkit's own are not looked at."""
    kind = _TYPES.get(hook)
    if kind is not None and is_dataclass(kind):
        field, home = wrong_field(value, kind), f"{kind.__module__}.{kind.__name__}"
    else:
        field, home = (None if isinstance(getattr(value, "summary", ""), str) else "summary"), "promptkit.interfaces"
    if field is None:
        return None
    return f"gave {_a(value)} whose '{field}' holds {_a(getattr(value, field))}", f"{home} says what each field holds."


def _wrong_name(value: Any) -> tuple[str, str] | None:
    name = getattr(value, "name", None)
    if not isinstance(name, str):
        return f"gave {_a(value)} without a name", "Give it a name, a text: what a user types."
    if not name.strip() or name != name.strip() or len(name) > MAX_NAME or not name.isprintable() or "/" in name:
        shown = name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}…"
        return (
            f"gave {_a(value)} named '{shown}'",
            f"A name has 1 to {MAX_NAME} characters that can be seen, and no '/'.",
        )
    return None


def _refusal(record: PluginRecord, hook: str, said: str, cure: str) -> PluginError:
    return PluginError(f"Plugin '{record.name}' {said} in {hook}; that is left out.", hint=cure)


def _a(value: Any) -> str:
    kind = type(value).__name__
    return f"an {kind}" if kind[:1].lower() in "aeiou" else f"a {kind}"
