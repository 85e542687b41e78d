"""InvokeAI's style presets, as JSON or CSV: ``name``, ``positive_prompt`` (or ``prompt``) and ``negative_prompt``,
stripped of blanks round them. A key that is not known is refused, as InvokeAI does."""

from __future__ import annotations

from collections.abc import Iterator

from promptkit.packs.exchange.foreign import ForeignStyle, Notes
from promptkit.packs.exchange.rows import Row, csv_rows, json_rows, text_of

KEYS = ("name", "positive_prompt", "prompt", "negative_prompt")
NESTED = "preset_data"
"""Where presets that come with InvokeAI keep their two prompts."""
OTHERS = ("id", "type", "image")
"""Keys of stored presets that say nothing about the words."""


def read_json(text: str, file: str, notes: Notes) -> list[ForeignStyle]:  # noqa: ARG001
    """Read the presets of a JSON list, exported or as InvokeAI keeps them. Raises PackError."""
    return list(_styles((_flat(row, file) for row in json_rows(text, file)), file))


def read_csv(text: str, file: str, notes: Notes) -> list[ForeignStyle]:  # noqa: ARG001
    """Read the presets of a CSV file. Raises PackError."""
    return list(_styles(csv_rows(text, file), file))


def _flat(row: Row, file: str) -> Row:
    if NESTED not in row.texts:
        return row
    inner = row.texts[NESTED]
    if not isinstance(inner, dict):
        raise _error(row, file, f"'{NESTED}' is no object", 'Write {"positive_prompt": …, "negative_prompt": …}.')
    kept = {key: value for key, value in row.texts.items() if key not in (NESTED, *OTHERS)}
    return Row(line=row.line, texts={**kept, **inner})


def _styles(rows: Iterator[Row], file: str) -> Iterator[ForeignStyle]:
    for row in rows:
        unknown = [key for key in row.texts if key not in KEYS]
        if unknown:
            raise _error(row, file, f"the key '{unknown[0]}' is not known", f"Known keys: {', '.join(KEYS)}.")
        words = [key for key in ("positive_prompt", "prompt") if key in row.texts]
        if len(words) != 1:
            given = "both positive_prompt and prompt are given" if words else "positive_prompt is missing"
            raise _error(row, file, given, "Give one of them.")
        name, prompt, negative = (text_of(row, key, file).strip() for key in ("name", words[0], "negative_prompt"))
        yield ForeignStyle(name=name, prompt=prompt, negative=negative, file=file, line=row.line)


def _error(row: Row, file: str, message: str, hint: str) -> Exception:
    return ForeignStyle(name="", file=file, line=row.line).error(message, hint)
