"""Our record of a picture as JSON: its recipe and which candidate it is, no longer than its place allows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from promptkit.records import Candidate, Recipe

MAX_BYTES = 256 * 1024
"""A longer record is written without its phrases, which can be read from the prompt again."""
WITHOUT_PHRASES = (
    "Its recipe was too long to be written whole: which words came from where was left out, and is read anew."
)
LEFT_OUT = "Its recipe was too long to be written: the picture cannot be made again from this file."


def new_record(recipe: Recipe, candidate: Candidate) -> dict[str, Any]:
    """Return what is written of one picture: everything that its run was, and its place in it."""
    return {
        "recipe": recipe.to_json(),
        "candidate": {
            "index": candidate.index,
            "seed": candidate.seed,
            "batch_size": candidate.batch_size,
            "shrunk": candidate.shrunk,
            "variation_seed": candidate.variation_seed,
            "scores": dict(candidate.scores),
        },
    }


def record_text(record: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return a record as JSON in ASCII, without its phrases where it has more than ``MAX_BYTES``, and what is to be
    said of what was left out."""
    text = as_json(record)
    return (text, ()) if len(text) <= MAX_BYTES else (as_json(without_phrases(record)), (WITHOUT_PHRASES,))


def without_phrases(record: Mapping[str, Any]) -> dict[str, Any]:
    return {**record, "recipe": {**record["recipe"], "phrases": []}}


def as_json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, sort_keys=True, ensure_ascii=True)
