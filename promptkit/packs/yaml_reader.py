"""YAML without surprises: every scalar is the string that was typed, and nothing is built from what a pack may not use.

The events of the parser are taken one at a time and put together here, on a stack of our own: an anchor, an alias, a
tag, ``<<`` or a key that stands twice is met before anything is made of it, and depth costs no recursion (100,000 open
brackets crash libyaml's own composer).
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from promptkit.errors import PackError

MAX_BYTES = 1 << 20
MAX_DEPTH = 20
MAX_VALUES = 100_000
MAX_PROBLEMS = 100
MAX_SHOWN = 64

Place = tuple[str | int, ...]
Mark = tuple[int, int]
"""Line and column, from 1."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads a megabyte in a tenth of a second; PyYAML's own parser, where libyaml was not built, takes a minute."""
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class Document:
    """A read file: nested dicts, lists and strings, and where each of them stands."""

    file: str
    value: Any = None
    marks: dict[Place, Mark] = field(default_factory=dict)
    keys: dict[Place, Mark] = field(default_factory=dict)
    """Where the key of a value stands."""
    problems: list[PackError] = field(default_factory=list)
    """What the file may not use; empty unless problems are collected."""

    def error(self, place: Place, message: str, hint: str | None = None, *, at_key: bool = False) -> PackError:
        """Make an error at a value, or at its key, or at the nearest value around it."""
        mark = self.keys.get(place) if at_key else None
        at = place
        while at and at not in self.marks:
            at = at[:-1]
        line, column = mark or self.marks.get(at, (1, 1))
        key = ".".join(shortened(str(part)) for part in place) or None
        return PackError(message, file=self.file, line=line, column=column, key=key, hint=hint)


def shortened(text: str) -> str:
    """Return what a message can hold of a text."""
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def read_document(path: Path, *, collect: bool = False) -> Document:
    """Read a YAML file. Raises the first PackError, with file, line and column.

    With ``collect``, what can be skipped is put into ``Document.problems`` instead, and so is the error that ends the
    reading; ``value`` is what was read until then.
    """
    document = Document(str(path))
    try:
        _build(_text(path), document, collect=collect)
        if document.value is None:
            raise PackError("the file is empty", file=document.file, hint="Begin with `promptkit: 1`.")
    except PackError as error:
        if not collect:
            raise
        document.problems.append(error)
    return document


def _text(path: Path) -> str:
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            raise PackError("symbolic links are not followed", file=str(path), hint="Copy the file here.")
        if not stat.S_ISREG(found.st_mode):
            raise PackError("is no file", file=str(path), hint="A pack is one YAML file.")
        if found.st_size > MAX_BYTES:
            raise PackError(f"the file is larger than {MAX_BYTES >> 20} MiB", file=str(path), hint="Split the pack.")
        with path.open("rb") as handle:
            text = handle.read(MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 text ({error.reason} at byte {error.start})"
        raise PackError(reason, file=str(path), hint="Save it as UTF-8.") from None
    except OSError as error:
        raise PackError(f"cannot be read: {error.strerror or error}", file=str(path), hint="Check the path.") from None
    if hit := _UNPRINTABLE.search(text):
        raise _at(text, hit.start(), str(path), f"the character U+{ord(hit.group()):04X} cannot be in a pack")
    return text


def _at(text: str, position: int, file: str, message: str) -> PackError:
    line = text.count("\n", 0, position) + 1
    return PackError(
        message, file=file, line=line, column=position - text.rfind("\n", 0, position), hint="Take it out."
    )


def _build(text: str, document: Document, *, collect: bool) -> None:
    """Put the events of a text together. Raises PackError at what cannot be skipped."""

    def report(mark: Any, message: str, hint: str) -> None:
        error = _marked(mark, message, document.file, hint)
        if not collect or len(document.problems) >= MAX_PROBLEMS:
            raise error
        document.problems.append(error)

    builder = _Builder(document, report)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _explained(error, text, document.file) from None


def _marked(mark: Any, message: str, file: str, hint: str) -> PackError:
    return PackError(message, file=file, line=mark.line + 1, column=mark.column + 1, hint=hint)


def _explained(error: yaml.MarkedYAMLError, text: str, file: str) -> PackError:
    mark: Any = error.problem_mark or error.context_mark
    problem = error.problem or "not valid YAML"
    if "nesting depth" in problem:
        return _marked(mark, _TOO_DEEP, file, _FLAT)
    if text[mark.index : mark.index + 1] == "\t":
        return _marked(mark, "a tab cannot stand here", file, "Indent with spaces.")
    return _marked(mark, problem, file, "Quote text that holds : # { } [ ] or a leading sign.")


_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_FLAT = "A pack needs four."
_CURE = {
    "alias": "Write the value out where it is used.",
    "anchor": "Write the value out where it is used.",
    "tag": "Leave the tag out: every value is text.",
}


def _forbidden(event: yaml.Event) -> str | None:
    if isinstance(event, yaml.AliasEvent):
        return "alias"
    if getattr(event, "anchor", None) is not None:
        return "anchor"
    tag = getattr(event, "tag", None)
    return "tag" if tag is not None and tag != "!" else None


class _Discarded:
    """Stands for a key that was refused: its value is read and let go."""


@dataclass
class _Open:
    """A mapping or list that has begun."""

    value: dict[str, Any] | list[Any]
    place: Place
    key: str | type[_Discarded] | None = None
    """The key whose value comes next."""


class _Builder:
    """Takes events; ``report`` is told what a pack may not use and raises, or lets it be skipped."""

    def __init__(self, document: Document, report: Callable[[Any, str, str], None]) -> None:
        self.document = document
        self.report = report
        self.open: list[_Open] = []
        self.values = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            if self.document.value is not None:
                raise _marked(event.start_mark, "a second document begins", self.document.file, "One file, one pack.")
            return
        if (kind := _forbidden(event)) is not None:
            self.report(event.start_mark, f"a YAML {kind} is not allowed in a pack", _CURE[kind])
        if isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
        elif isinstance(event, yaml.ScalarEvent):
            self._put(event.value, event.start_mark)
        elif isinstance(event, yaml.AliasEvent):
            self._put("", event.start_mark)
        elif isinstance(event, yaml.CollectionStartEvent):
            value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
            self.open.append(_Open(value, self._put(value, event.start_mark)))
            if len(self.open) > MAX_DEPTH:
                raise _marked(event.start_mark, _TOO_DEEP, self.document.file, _FLAT)

    def _put(self, value: Any, mark: Any) -> Place:
        """Put a value where it belongs, or take it as the next key; return its place."""
        self.values += 1
        if self.values > MAX_VALUES:
            raise _marked(mark, f"more than {MAX_VALUES:,} values", self.document.file, "Split the pack.")
        if not self.open:
            self.document.value, place = value, ()
            self.document.marks[place] = (mark.line + 1, mark.column + 1)
            return place
        top = self.open[-1]
        if isinstance(top.value, dict) and top.key is None:
            top.key = self._key(top, value, mark)
            return top.place
        return self._attach(top, value, (mark.line + 1, mark.column + 1))

    def _attach(self, top: _Open, value: Any, mark: Mark) -> Place:
        if isinstance(top.value, list):
            place: Place = (*top.place, len(top.value))
            top.value.append(value)
        elif isinstance(top.key, str):
            place = (*top.place, top.key)
            top.value[top.key] = value
        else:
            top.key = None
            return top.place
        top.key = None
        self.document.marks[place] = mark
        return place

    def _key(self, top: _Open, value: Any, mark: Any) -> str | type[_Discarded]:
        if not isinstance(value, str) or value == "<<":
            self.report(mark, "a key must be plain text", "Quote it, and do not use `<<`.")
            return _Discarded
        if value in top.value:
            self.report(mark, f"the key '{shortened(value)}' stands here twice", "Keep one of them.")
            return _Discarded
        self.document.keys[(*top.place, value)] = (mark.line + 1, mark.column + 1)
        return value
