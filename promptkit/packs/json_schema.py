"""The JSON Schema of pack files, as ``docs/style-pack.schema.json`` has it."""

from __future__ import annotations

import json
from typing import Any

from promptkit.packs.schema import PackModel


def schema_text() -> str:
    """Return the schema as JSON, made from the models that packs are validated with."""
    made = PackModel.model_json_schema()
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "promptkit style pack, format 1",
        **_tidy({key: value for key, value in made.items() if key != "title"}),
    }
    return json.dumps(schema, indent=2) + "\n"


def _tidy(value: Any) -> Any:
    """Leave out titles, which repeat the keys, and defaults, which an editor would write into the file."""
    if isinstance(value, dict):
        kept = {key: inner for key, inner in value.items() if not _noise(key, inner)}
        return {key: _tidy(inner) for key, inner in kept.items()}
    return [_tidy(inner) for inner in value] if isinstance(value, list) else value


def _noise(key: str, inner: Any) -> bool:
    return (key == "title" and isinstance(inner, str)) or (key == "default" and not isinstance(inner, (str, float)))
