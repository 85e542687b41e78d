"""Whether a record that a plugin made holds what its fields are declared to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def wrong_field(record: Any, kind: type) -> str | None:
    """Return the first field of ``kind``, a dataclass or named tuple, that holds something of another type in
    ``record``; ``None`` where all is well."""
    return next((name for name, hint in _hints(kind).items() if not fits(getattr(record, name), hint)), None)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def fits(value: Any, hint: Any) -> bool:
    """Say whether a value is what a type hint says; a list will do for a tuple, a whole number for any other."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(fits(value, argument) for argument in arguments)
    if origin is tuple:
        return isinstance(value, (tuple, list)) and all(fits(part, arguments[0]) for part in value)
    if origin is Mapping:
        keys, values = arguments
        return isinstance(value, Mapping) and all(fits(k, keys) and fits(v, values) for k, v in value.items())
    if not isinstance(value, (int, float) if hint is float else hint):
        return False
    return not (is_dataclass(hint) or hasattr(hint, "_fields")) or wrong_field(value, hint) is None
