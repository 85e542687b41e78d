"""Checking one read pack file: every problem with its place and cure. Brings pydantic with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from promptkit.errors import PackError
from promptkit.names import nearest
from promptkit.packs.braces import brace_problems
from promptkit.packs.resolve import PlainPack
from promptkit.packs.schema import (
    HIDDEN,
    DefaultsModel,
    GradeModel,
    PackModel,
    SettingsModel,
    StyleModel,
    WeightedModel,
)
from promptkit.packs.style import SLOT_ORDER
from promptkit.packs.yaml_reader import MAX_PROBLEMS, Document, Place, read_document, shortened


def read_plain(path: Path) -> PlainPack:
    """Read and check one file. Raises the first PackError; its message counts the others."""
    plain, found = validate(read_document(path))
    if plain is None or found:
        first = found[0]
        if len(found) > 1:
            first.message += f" (and {len(found) - 1} more)"
        raise first
    return plain


def validate(document: Document) -> tuple[PlainPack | None, list[PackError]]:
    """Return a read file as plain values, defaults left out, with all that is wrong with it in order of its lines;
    ``None`` where it has not the shape of a pack."""
    if not isinstance(document.value, dict):
        return None, [document.error((), "a pack is a mapping of keys", "Begin with `promptkit: 1`.")]
    empty = [] if {"styles", "grades"} & document.value.keys() else [document.error(("styles",), "is missing", _EMPTY)]
    try:
        model = PackModel.model_validate(document.value)
    except ValidationError as error:
        raw = error.errors(include_url=False, include_context=False)[:MAX_PROBLEMS]
        explained = {str(found): found for found in (_explain(document, problem) for problem in raw)}
        return None, in_order([*empty, *explained.values()])
    if empty:
        return None, empty
    plain = {"styles": {}, **model.model_dump(exclude_defaults=True)}
    found = [
        document.error(("styles", name, *place), message, cure)
        for name, style in plain["styles"].items()
        if "extends" not in style
        for place, message, cure in brace_problems(style, style.get("choices", ()))
    ]
    return plain, found


def in_order(found: Iterable[PackError]) -> list[PackError]:
    """Sort problems by line and column."""
    return sorted(found, key=lambda problem: (problem.line or 0, problem.column or 0))


def _explain(document: Document, problem: Any) -> PackError:
    place: Place = tuple(problem["loc"])
    kind = str(problem["type"])
    if place[-1:] == ("[key]",):
        return document.error(place[:-1], "cannot be a name", _NAMES, at_key=True)
    if _are_braces(document, place[:-1]):
        return document.error(place[:-1], "braces begin a mapping in YAML", 'Quote the text: "{subject} on a table".')
    if kind == "extra_forbidden":
        known = _known_keys(place[:-1])
        near = nearest(str(place[-1]), known, 1)
        cure = f"Did you mean '{near[0]}'?" if near else f"Known keys: {', '.join(known)}."
        return document.error(place, "unknown key", cure, at_key=True)
    if kind == "missing":
        return document.error(place, "is missing", f"Add `{place[-1]}:`.")
    if kind == "literal_error" and place == ("promptkit",):
        return document.error(
            place, f"format '{shortened(str(problem['input']))}' is not known", "This promptkit reads `promptkit: 1`."
        )
    if kind == "string_pattern_mismatch":
        return document.error(place, *_mismatch(place, str(problem["input"])))
    said, todo = _WORDS.get(kind, (None, None))
    return document.error(place, said or str(problem["msg"]).removeprefix("Value error, "), todo)


def _are_braces(document: Document, place: Place) -> bool:
    """Whether words in braces stand where a slot's text is meant: YAML takes ``{word}`` for a mapping of nothing."""
    if len(place) != 4 or place[2] not in SLOT_ORDER:
        return False
    value = document.value["styles"][place[1]][place[2]]
    text = value[int(place[3])] if isinstance(value, list) else value
    return isinstance(text, dict) and bool(text) and not any(text.values())


def _mismatch(place: Place, value: str) -> tuple[str, str]:
    if hidden := re.search(f"[{HIDDEN}]", value):
        return f"holds U+{ord(hidden.group()):04X}", "Take it out: texts hold no control characters, seen or unseen."
    written = {"version": "Versions are written 1.0.0.", "extends": "Write `style` or `pack/style`."}
    return f"'{shortened(value)}' cannot stand here", written.get(str(place[-1]), _NAMES)


_EMPTY = "Add `styles:` or `grades:`."
_NAMES = "Names are a-z, 0-9 and -; at most 64 characters."
_WORDS: dict[str, tuple[str | None, str | None]] = {
    "string_type": ("a text is meant here", "Quote it: text with : or { } reads as something else."),
    "string_too_short": ("nothing stands here", "Write the text, or take the key out."),
    "string_too_long": (None, "Say it shorter."),
    "list_type": ("a list is meant here", "Write [one, two]."),
    "dict_type": ("keys with values are meant here", "Write `key: value`, indented below."),
    "model_type": ("keys with values are meant here", "Write `key: value`, indented below."),
    "too_short": ("nothing stands here", "Add at least one."),
    "too_long": (None, "Keep fewer, or split the pack."),
    "literal_error": (None, "Use one of these."),
    "channels": (None, "Write one number, or [red, green, blue]."),
    "finite_number": ("a weight must be finite", "Write a plain number; 1 is neutral."),
    "float_type": ("a number is meant here", "Write a plain number."),
    "int_type": ("a number is meant here", "Write a whole number."),
    "float_parsing": ("is no number", "Write a plain number."),
    "int_parsing": ("is no whole number", "Write a whole number."),
    "value_error": (None, "Keep one of them."),
    "greater_than_equal": (None, "Choose a value in the range."),
    "less_than_equal": (None, "Choose a value in the range."),
}
"""By the kind of a validation error: what to say, where pydantic's own words do not serve, and the cure."""


def _known_keys(place: Place) -> list[str]:
    model: type[BaseModel] = PackModel
    if place[:1] == ("defaults",):
        model = SettingsModel if place[-1] == "settings" else DefaultsModel
    elif len(place) >= 2 and place[0] == "grades":
        model = GradeModel
    elif len(place) >= 2 and place[0] == "styles":
        model = {"settings": SettingsModel}.get(str(place[-1]), StyleModel if len(place) == 2 else WeightedModel)
    return list(model.model_fields)
