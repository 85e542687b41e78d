"""YAML without surprises: every scalar is the string that was typed, and nothing is built before it is known to be
harmless.

The text is first walked event by event, stopping at what a pack may not use; only then is it composed (composing
first is
unsafe: 100,000 open brackets crash the C composer).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from promptkit.errors import PackError

MAX_BYTES = 1 << 20
MAX_DEPTH = 20

Place = tuple[str | int, ...]


@dataclass
class Document:
    """A read file: nested dicts, lists and strings, and the line and column (from 1) of each value."""

    file: str
    value: Any
    marks: dict[Place, tuple[int, int]] = field(default_factory=dict)

    def error(self, place: Place, message: str, hint: str | None = None) -> PackError:
        """Make an error at a value, or at the nearest one around it that has a mark."""
        at = place
        while at and at not in self.marks:
            at = at[:-1]
        line, column = self.marks.get(at, (1, 1))
        key = ".".join(str(part) for part in place) or None
        return PackError(message, file=self.file, line=line, column=column, key=key, hint=hint)


def read_document(path: Path) -> Document:
    """Read a YAML file. Raises PackError with file, line and column."""
    text = _text(path)
    _walk(text, str(path))
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    document = Document(str(path), None)
    if node is None:
        raise PackError("the file is empty", file=str(path), hint="Begin with `promptkit: 1`.")
    document.value = _plain(node, (), document)
    return document


def _text(path: Path) -> str:
    try:
        if path.is_symlink():
            raise PackError("symbolic links are not followed", file=str(path), hint="Copy the file here.")
        if path.stat().st_size > MAX_BYTES:
            raise PackError(f"the file is larger than {MAX_BYTES >> 20} MiB", file=str(path), hint="Split the pack.")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackError(
            f"not UTF-8 text ({error.reason} at byte {error.start})", file=str(path), hint="Save it as UTF-8."
        ) from None
    except OSError as error:
        raise PackError(f"cannot be read: {error.strerror or error}", file=str(path)) from None


_CURE = {
    "alias": "Write the value out where it is used.",
    "anchor": "Write the value out where it is used.",
    "tag": "Leave the tag out: every value is text.",
}


def _walk(text: str, file: str) -> None:
    """Stop at the first thing a pack may not use."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            kind = _forbidden(event)
            if kind is not None:
                raise _at(event.start_mark, f"a YAML {kind} is not allowed in a pack", file, _CURE[kind])
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise _at(event.start_mark, f"nested deeper than {MAX_DEPTH} levels", file, "A pack needs four.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if "'\\t'" in (error.problem or ""):
            raise _at(mark, "a tab cannot stand here", file, "Indent with spaces.") from None
        raise _at(
            mark, error.problem or "not valid YAML", file, "Quote text that holds : # { } [ ] or a leading sign."
        ) from None
    except yaml.YAMLError as error:
        raise PackError(str(error).splitlines()[0], file=file, hint="Remove control characters.") from None


def _forbidden(event: yaml.Event) -> str | None:
    if isinstance(event, yaml.AliasEvent):
        return "alias"
    if getattr(event, "anchor", None) is not None:
        return "anchor"
    tag = getattr(event, "tag", None)
    return "tag" if tag is not None and tag != "!" else None


def _at(mark: Any, message: str, file: str, hint: str | None) -> PackError:
    return PackError(message, file=file, line=mark.line + 1, column=mark.column + 1, hint=hint)


def _plain(node: yaml.Node, place: Place, document: Document) -> Any:
    document.marks[place] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*place, i), document) for i, child in enumerate(node.value)]
    found: dict[str, Any] = {}
    for key, child in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
            raise _at(key.start_mark, "a key must be plain text", document.file, "Quote it, and do not use `<<`.")
        if key.value in found:
            raise _at(key.start_mark, f"the key '{key.value}' stands here twice", document.file, "Keep one of them.")
        found[key.value] = _plain(child, (*place, key.value), document)
    return found
