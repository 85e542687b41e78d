"""Rows of a CSV file and objects of a JSON list, each as texts by key with the line where it begins."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from promptkit.errors import PackError

MAX_HEADER = 10_000
"""Characters in which the names of the columns are looked for."""
_BLANKS = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, kw_only=True)
class Row:
    """Texts by key, and the line where they begin, from 1."""

    line: int
    texts: dict[str, Any]


def text_of(row: Row, key: str, file: str) -> str:
    """Return the text under a key, empty where there is none. Raises PackError for anything but text."""
    value = row.texts.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise PackError(f"'{key}' is no text", file=file, line=row.line, hint=f'Write "{key}": "…" in quotes.')
    return value


def csv_header(text: str) -> list[str]:
    """Return the names in the first line that is not blank."""
    line = next((line for line in io.StringIO(text[:MAX_HEADER]) if line.strip()), "")
    return [cell.strip().lower() for cell in next(csv.reader([line], skipinitialspace=True), [])]


def csv_rows(text: str, file: str) -> Iterator[Row]:
    """Yield the rows under the header, blank ones left out; blanks before a cell do not count.

    Raises PackError for broken quotes and for cells that have no column.
    """
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    header: Sequence[str] = ()
    begin = 1
    try:
        for cells in reader:
            line, begin = begin, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [cell.strip().lower() for cell in cells]
                continue
            if len(cells) > len(header):
                raise PackError(
                    f"{len(cells)} cells for {len(header)} columns",
                    file=file,
                    line=line,
                    hint='Put a text that holds a comma into quotes: "like, this".',
                )
            yield Row(line=line, texts=dict(zip(header, cells, strict=False)))
    except csv.Error as error:
        raise PackError(
            f"broken quotes or an overlong cell in the row that begins here: {error}",
            file=file,
            line=begin,
            hint='Close every quote, and write a quote within quotes twice: "".',
        ) from None


def json_rows(text: str, file: str) -> Iterator[Row]:
    """Yield the objects of a JSON list. Raises PackError for what is none, and for a key that stands twice."""
    at = _skip(text, 0)
    if not text.startswith("[", at):
        raise PackError(
            "the top has to be a list", file=file, line=_line(text, at), hint='Write [ {"name": …, "prompt": …}, … ].'
        )
    counted, line = 0, 1
    at = _skip(text, at + 1)
    while not text.startswith("]", at):
        counted, line = at, line + text.count("\n", counted, at)
        value, end = _value(text, at, file)
        if not isinstance(value, dict):
            raise PackError("a style has to be an object", file=file, line=line, hint='Write {"name": …, "prompt": …}.')
        yield Row(line=line, texts=value)
        at = _skip(text, end)
        if text.startswith(",", at):
            at = _skip(text, at + 1)
        elif not text.startswith("]", at):
            raise _broken(text, at, file, "a comma or ] is missing")
    if (end := _skip(text, at + 1)) != len(text):
        raise _broken(text, end, file, "there is more behind the list")


def _value(text: str, at: int, file: str) -> tuple[Any, int]:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        texts = dict(found)
        if len(texts) < len(found):
            twice = Counter(key for key, _ in found).most_common(1)[0][0]
            raise PackError(
                f"the key '{twice}' stands twice in a style", file=file, line=_line(text, at), hint="Keep one."
            )
        return texts

    try:
        return json.JSONDecoder(object_pairs_hook=pairs).raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise _broken(text, error.pos, file, error.msg) from None
    except RecursionError:
        raise _broken(text, at, file, "brackets within brackets without end") from None


def _broken(text: str, at: int, file: str, message: str) -> PackError:
    return PackError(
        f"no JSON: {message}", file=file, line=_line(text, at), hint="Check the quotes, commas and brackets there."
    )


def _skip(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match else at


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
