"""Packs as YAML that our reader reads back the same: plain where that is safe, in double quotes everywhere else."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from promptkit.errors import OutputError
from promptkit.packs.validate import validate
from promptkit.packs.yaml_reader import MAX_BYTES, Document

WIDTH = 120
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/'+-]*[A-Za-z0-9._/'+])?")
"""Texts that mean nothing else to YAML, neither alone nor in brackets."""


def dump(value: Mapping[str, Any]) -> str:
    """Return a mapping of texts, lists and mappings as YAML; empty lists and mappings are left out."""
    return "".join(f"{line}\n" for line in _mapping(value, ""))


def quoted(text: str) -> str:
    """Return a text as a scalar that is read back as it is."""
    if _PLAIN.fullmatch(text):
        return text
    return '"' + "".join(char if char.isprintable() and char not in '"\\' else _escape(char) for char in text) + '"'


def _escape(char: str) -> str:
    """Write a character as YAML does; JSON's escapes are YAML's too, but beyond U+FFFF."""
    return f"\\U{ord(char):08X}" if ord(char) > 0xFFFF else json.dumps(char)[1:-1]


def _mapping(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, inner in value.items():
        if isinstance(inner, str):
            yield f"{indent}{quoted(key)}: {quoted(inner)}"
        elif inner:
            yield from _collection(quoted(key), inner, indent)


def _collection(key: str, value: Mapping[str, Any] | Sequence[Any], indent: str) -> Iterator[str]:
    short = f"{indent}{key}: {_flow(value)}"
    if len(short) <= WIDTH and not (isinstance(value, Mapping) and any(map(_nested, value.values()))):
        yield short
        return
    yield f"{indent}{key}:"
    if isinstance(value, Mapping):
        yield from _mapping(value, f"{indent}  ")
    else:
        yield from _wrapped([_flow(item) for item in value], f"{indent}  ")


def _wrapped(items: Sequence[str], indent: str) -> Iterator[str]:
    """Yield a list in brackets, as many items a line as there is room for."""
    line = f"{indent}[{items[0]}"
    for item in items[1:]:
        if len(line) + len(item) + 3 > WIDTH:
            yield f"{line},"
            line = f"{indent} {item}"
        else:
            line += f", {item}"
    yield f"{line}]"


def _nested(value: Any) -> bool:
    return isinstance(value, Mapping)


def _flow(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    return "[" + ", ".join(_flow(item) for item in value) + "]"


def write_pack(path: Path, value: Mapping[str, Any], *, force: bool = False) -> Path:
    """Write a pack as a file, whole or not at all; see ``write_text``. Raises PackError and OutputError for one that
    our reader would refuse."""
    _, problems = validate(Document(str(path), value))
    if problems:
        raise problems[0]
    text = dump(value)
    size = len(text.encode())
    if size > MAX_BYTES:
        raise OutputError(
            f"The pack would have {size:,} bytes; at most {MAX_BYTES:,} are read.",
            hint="Choose some with --only, or split the file.",
        )
    return write_text(path, text, force=force)


def write_text(path: Path, text: str, *, force: bool = False) -> Path:
    """Write a file through a temporary one that is moved into place. Raises OutputError where there is a file already
    and ``force`` is not said, and for what cannot be written."""
    if path.is_dir() or (not force and (path.exists() or path.is_symlink())):
        what = "is a folder" if path.is_dir() else "is there already"
        raise OutputError(f"'{path}' {what}.", hint="Choose another name with --out, or say --force to replace a file.")
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".promptkit-", suffix=".part")
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(
            f"'{path}' cannot be written: {error.strerror or error}.", hint="Choose another place with --out."
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return path
