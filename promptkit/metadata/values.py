"""Values out of other people's files: taken where they are what they should be, else left."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
MAX_DEPTH = 100
MAX_SEED = 2**64 - 1


def json_value(text: str | None) -> Any:
    """Return what a JSON text says, or ``None`` for none, for what is no JSON, and for what is nested deeper than
    ``MAX_DEPTH``."""
    if not text:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return None if _deep(value) else value


def _deep(value: Any) -> bool:
    """Whether a JSON value is nested deeper than ``MAX_DEPTH``: whoever walks it may then go into it by recursion."""
    level = [value]
    for _ in range(MAX_DEPTH):
        containers = [one for one in level if isinstance(one, dict | list)]
        level = [inner for one in containers for inner in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return False
    return True


def json_object(text: str | None) -> Mapping[str, Any] | None:
    """Return a JSON object, or ``None`` for anything else."""
    value = json_value(text)
    return value if isinstance(value, dict) else None


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def number(value: Any) -> int | float | None:
    """Return a finite number, also out of a text; ``None`` for anything else."""
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            return None
        value = int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else float(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def whole(value: Any) -> int | None:
    """Return a whole number, also out of a text or a float that is one; ``None`` for anything else."""
    found = number(value)
    return None if found is None or found != int(found) else int(found)


def seed(value: Any) -> int | None:
    """Return an image seed from 0 to 2⁶⁴ − 1; ``None`` for anything else: A1111's −1 stands for any."""
    found = whole(value)
    return found if found is not None and 0 <= found <= MAX_SEED else None


def text(value: Any) -> str | None:
    """Return a text that says something; ``None`` for anything else."""
    return value if isinstance(value, str) and value.strip() else None


def said(**values: Any) -> dict[str, Any]:
    """Return those of the values that are there."""
    return {name: value for name, value in values.items() if value is not None}


def plain(value: Any) -> str:
    """Return any JSON value as one text: a text itself, anything else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=True)
    except (ValueError, RecursionError):
        return "…"
