"""A1111's ``styles.csv``: columns ``name``, ``prompt``, ``negative_prompt``, in old files ``name``, ``text``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from promptkit.errors import PackError
from promptkit.packs.exchange.foreign import ForeignStyle, Notes
from promptkit.packs.exchange.rows import csv_header, csv_rows

COLUMNS = ("name", "prompt", "negative_prompt")
COMMENT = "#"
"""What the name of a row begins with that the tool passes over."""


def read(text: str, file: str, notes: Notes) -> list[ForeignStyle]:
    """Read the styles of a file; rows that are comments are left out, and so are columns that the tool has not.

    Raises PackError for a missing column and broken quotes.
    """
    found = csv_header(text)
    words = next((column for column in ("prompt", "text") if column in found), None)
    if "name" not in found or words is None:
        raise PackError(
            f"the columns are {', '.join(found) or 'none'}; name and prompt are needed",
            file=file,
            line=1,
            hint="Begin the file with name,prompt,negative_prompt, with commas between them.",
        )
    other = [column for column in found if column not in {*COLUMNS, words}]
    if other:
        notes.lines.append(f"{file}:1: left out: the column {', '.join(other)}")
    return [
        ForeignStyle(
            name=row.texts["name"],
            prompt=row.texts.get(words, ""),
            negative=row.texts.get("negative_prompt", ""),
            file=file,
            line=row.line,
        )
        for row in csv_rows(text, file)
        if not row.texts["name"].startswith(COMMENT)
    ]


def write(styles: Iterable[ForeignStyle]) -> str:
    """Write styles as a file; every cell is quoted, so that blanks at its start are kept."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows((style.name, style.prompt, style.negative) for style in styles)
    return out.getvalue()
