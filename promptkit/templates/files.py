"""Reading wildcard files: text with a line an entry, YAML and JSON with keys inside keys. What a file says is data:
sizes and depth are capped, links are not followed, and every fault names the file and its cure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from promptkit.errors import WildcardError
from promptkit.templates.heads import MAX_WEIGHT
from promptkit.templates.scanner import FORBIDDEN, MAX_BYTES

MAX_TEXT_FILE = 16 << 20
"""Bytes of a ``.txt`` file; about half a million lines."""
MAX_KEYED_FILE = 1 << 20
"""Bytes of a ``.yaml``, ``.yml`` or ``.json`` file."""
MAX_KEYS = 20
"""Keys inside keys."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a list. ``weight`` is relative; ``number`` is its line in the file, from 1, 0 where not known."""

    text: str
    weight: float = 1.0
    number: int = 0


Lists = Mapping[str, tuple[Line, ...]]


def read_text_file(path: Path) -> tuple[Line, ...]:
    """Read a list with an entry a line; empty lines and lines that begin with ``#`` are left out."""
    lines = enumerate(_text(path, MAX_TEXT_FILE).split("\n"), 1)
    kept = ((number, text.strip()) for number, text in lines)
    return tuple(_line(path, text, number) for number, text in kept if text and not text.startswith("#"))


def read_keyed_file(path: Path) -> dict[str, tuple[Line, ...]]:
    """Read lists under their keys, joined by ``/``; a file that is one list goes by the empty name."""
    text = _text(path, MAX_KEYED_FILE)
    value = _from_json(path, text) if path.suffix == ".json" else _from_yaml(path, text)
    if not isinstance(value, (dict, list)):
        raise WildcardError(
            "the top has to be a list or a mapping of lists", file=str(path), hint="Begin each entry with '- '."
        )
    return dict(_walk(path, value, ""))


def _text(path: Path, limit: int) -> str:
    try:
        if path.is_symlink():
            raise WildcardError("links are not followed", file=str(path), hint="Copy the file into the folder.")
        if not path.is_file():
            raise WildcardError("this is no ordinary file", file=str(path), hint="Give a text file.")
        size = path.stat().st_size
        if size > limit:
            raise WildcardError(
                f"the file has {size:,} bytes; at most {limit:,} are read", file=str(path), hint="Split it."
            )
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WildcardError(
            f"not UTF-8 text ({error.reason} at byte {error.start})", file=str(path), hint="Save it as UTF-8 text."
        ) from None
    except OSError as error:
        raise WildcardError(
            f"cannot be read: {error.strerror or error}", file=str(path), hint="Check that it is yours to read."
        ) from None
    return _checked(path, text.replace("\r\n", "\n").replace("\r", "\n"))


def _checked(path: Path, text: str) -> str:
    bad = FORBIDDEN.search(text)
    if bad:
        raise WildcardError(
            f"the character U+{ord(bad.group()):04X} cannot stand in a list",
            file=str(path),
            line=text.count("\n", 0, bad.start()) + 1,
            hint="Save it as plain UTF-8 text.",
        )
    return text


def _line(path: Path, text: str, number: int, weight: float | None = None) -> Line:
    """Make an entry, taking ``2::`` before its text as a weight."""
    if weight is None and text[0] in ".0123456789":
        before, colons, behind = text.partition("::")
        try:
            weight = float(before) if colons else None
        except ValueError:
            weight = None
        text = text if weight is None else behind.strip()
    weight = 1.0 if weight is None else weight
    if not 0 <= weight <= MAX_WEIGHT:
        raise WildcardError(
            f"a weight of {weight:g} is out of range",
            file=str(path),
            line=number or None,
            hint=f"Use 0 to {MAX_WEIGHT:,.0f}.",
        )
    if len(text.encode()) > MAX_BYTES:
        raise WildcardError(
            f"an entry is longer than {MAX_BYTES:,} bytes", file=str(path), line=number or None, hint="Shorten it."
        )
    return Line(text, weight, number)


def _walk(path: Path, value: Any, name: str, depth: int = 0) -> Iterator[tuple[str, tuple[Line, ...]]]:
    if depth > MAX_KEYS:
        raise WildcardError(f"nested deeper than {MAX_KEYS} keys", file=str(path), hint="Use fewer levels.")
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(path, inner, f"{name}/{key}" if name else key, depth + 1)
        return
    entries = value if isinstance(value, list) else [value]
    lines = tuple(line for entry in entries for line in _entry(path, name, entry))
    if lines:
        yield name, lines


def _entry(path: Path, name: str, entry: Any) -> Iterator[Line]:
    """Read a text, or a mapping of ``text`` (or ``content``) and ``weight``."""
    weight = None
    if isinstance(entry, dict):
        weight = _number(path, name, entry.get("weight", "1"))
        entry = entry.get("text", entry.get("content"))
    if not isinstance(entry, str):
        raise WildcardError(
            f"under '{name}' there is something that is no text",
            file=str(path),
            hint="Use '- text', or text and weight.",
        )
    text = " ".join(_checked(path, entry).split("\n")).strip()
    if text:
        yield _line(path, text, 0, weight)


def _number(path: Path, name: str, text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        raise WildcardError(
            f"under '{name}' a weight is no number", file=str(path), hint="Write it like 2 or 0.5."
        ) from None


def _from_json(path: Path, text: str) -> Any:
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        raise WildcardError(f"nested deeper than {MAX_KEYS} keys", file=str(path), hint="Use fewer levels.") from None
    except json.JSONDecodeError as error:
        raise WildcardError(
            f"no JSON: {error.msg}", file=str(path), line=error.lineno, hint="Check the quotes and commas there."
        ) from None


def _from_yaml(path: Path, text: str) -> Any:
    """Build plain values from YAML events, every scalar as the text that was typed; anchors and tags are refused."""
    stack: list[Any] = [[]]
    keys: list[str | None] = [None]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            _refuse(path, event, len(stack))
            if isinstance(event, yaml.CollectionEndEvent):
                value = stack.pop()
                keys.pop()
                _put(path, stack, keys, value, event)
            elif isinstance(event, yaml.CollectionStartEvent):
                stack.append({} if isinstance(event, yaml.MappingStartEvent) else [])
                keys.append(None)
            elif isinstance(event, yaml.ScalarEvent):
                _put(path, stack, keys, event.value, event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise WildcardError(
            f"no YAML: {error.problem}",
            file=str(path),
            line=mark.line + 1 if mark else None,
            hint="Quote text that holds : # { } [ ] or begins with a sign.",
        ) from None
    except yaml.YAMLError as error:
        raise WildcardError(str(error).splitlines()[0], file=str(path), hint="Save it as plain UTF-8 text.") from None
    return stack[0][0] if stack[0] else None


def _refuse(path: Path, event: Any, depth: int) -> None:
    line = event.start_mark.line + 1
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise WildcardError("YAML anchors are not read", file=str(path), line=line, hint="Write the value out.")
    if getattr(event, "tag", None) not in (None, "!"):
        raise WildcardError("YAML tags are not read", file=str(path), line=line, hint="Leave it out.")
    if depth > MAX_KEYS:
        raise WildcardError(f"nested deeper than {MAX_KEYS} keys", file=str(path), line=line, hint="Use fewer levels.")


def _put(path: Path, stack: list[Any], keys: list[str | None], value: Any, event: Any) -> None:
    """Put a value into the innermost collection; in a mapping every other one is a key."""
    if isinstance(stack[-1], list):
        stack[-1].append(value)
    elif keys[-1] is not None:
        stack[-1][keys[-1]] = value
        keys[-1] = None
    elif isinstance(value, str) and value not in stack[-1]:
        keys[-1] = value
    else:
        raise WildcardError(
            f"the key '{value}' stands here twice" if isinstance(value, str) else "a key has to be plain text",
            file=str(path),
            line=event.start_mark.line + 1,
            hint="Give every list a name of its own.",
        )
