"""What a style of another tool is, and how the files of all of them are opened: nothing is taken on trust."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from promptkit.errors import PackError
from promptkit.packs.schema import HIDDEN

_HIDDEN = re.compile(f"[{HIDDEN}\ud800-\udfff]")
"""What a pack cannot hold: what cannot be seen, and halves of characters."""
MAX_FILE = 8 << 20
"""Bytes of a file of styles."""


@dataclass(frozen=True, kw_only=True)
class ForeignStyle:
    """A style as its tool keeps it; ``{prompt}`` in its texts stands for what is typed."""

    name: str
    prompt: str = ""
    negative: str = ""
    title: str | None = None
    """The name that the tool shows, where that is another."""
    file: str = ""
    line: int = 0
    """Where it begins in the file, from 1."""

    @property
    def texts(self) -> tuple[str, str]:
        return self.prompt, self.negative

    def error(self, message: str, hint: str) -> PackError:
        return PackError(message, file=self.file, line=self.line, hint=hint)


@dataclass(kw_only=True)
class Notes:
    """What was read otherwise than it stands in the files, a line each."""

    lines: list[str] = field(default_factory=list)

    def about(self, style: ForeignStyle, message: str) -> None:
        self.lines.append(f"{style.file}:{style.line}: '{style.name}': {message}")


def read_text(path: Path) -> str:
    """Read a file as UTF-8 text, with or without a mark at its start. Raises PackError with a cure."""
    try:
        if not path.is_file():
            gone = "is a folder" if path.is_dir() else "is not there"
            raise PackError(f"the file {gone}", file=str(path), hint="Give the file that holds the styles.")
        size = path.stat().st_size
        if size > MAX_FILE:
            raise PackError(
                f"the file has {size:,} bytes; at most {MAX_FILE:,} are read", file=str(path), hint="Split it."
            )
        data = path.read_bytes()
    except OSError as error:
        raise PackError(
            f"cannot be read: {error.strerror or error}", file=str(path), hint="Check that it is yours to read."
        ) from None
    return _decoded(path, data)


def _decoded(path: Path, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PackError(
            f"not UTF-8 text ({error.reason}, byte {error.start})", file=str(path), line=line, hint=_encoding_cure(data)
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise PackError("this is no text: it holds a zero byte", file=str(path), line=line, hint=_encoding_cure(data))
    if not text.strip():
        raise PackError("the file is empty", file=str(path), hint="Give the file that holds the styles.")
    return text


def _encoding_cure(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "It is UTF-16: save it as UTF-8."
    return "Save it as UTF-8 text; in a spreadsheet choose 'CSV UTF-8'."


def cleaned(text: str, keep: str = "") -> tuple[str, str]:
    """Put a blank for each character that a pack cannot hold; return the text and those characters."""
    bad = "".join(dict.fromkeys(char for char in _HIDDEN.findall(text) if char not in keep))
    return (text.translate(dict.fromkeys(map(ord, bad), " ")), bad) if bad else (text, "")
