"""What a picture's file says in a form that is known and that cannot be read: told, and not taken for silence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from promptkit.metadata.carried import Carried
from promptkit.metadata.readers import own
from promptkit.metadata.values import json_value, mapping
from promptkit.metadata.xmp import recipe_in

JSON_TEXTS = ("prompt", "workflow", "parameters", "invokeai_metadata", "sd-metadata", "Comment", "UserComment")
"""Texts that some tool writes as JSON."""
_OBJECT = re.compile(r'\s*\{\s*"')
MOST = {"num_inference_steps": 10**6, "width": 2**20, "height": 2**20, "clip_skip": 1000, "batch_size": 100_000}
"""Settings above which a number is none that a picture was made with."""


def unread(carried: Carried) -> tuple[str, ...]:
    """Return what could not be read, in words for the user: texts that are too long, JSON that is broken, and a record
    of ours that has another shape."""
    return (*carried.notes, *_broken(carried), *_of_ours(carried))


def _broken(carried: Carried) -> Iterator[str]:
    for name in JSON_TEXTS:
        said = carried.texts.get(name, "")
        if _OBJECT.match(said) and json_value(said) is None:
            yield f"Its text '{name}' begins like JSON and cannot be read: it is broken, or nested too deep."


def _of_ours(carried: Carried) -> Iterator[str]:
    """Say that a record of ours is none: no recipe with a prompt, and no steps of finishing."""
    if carried.get(own.CHUNK) is None and recipe_in(carried.get("xmp") or "") is None:
        return
    record = own.record_of(carried)
    prompt = mapping(record.get("recipe")).get("prompt")
    if not isinstance(prompt, str) and not own.steps_of(record):
        yield f"Its text '{own.CHUNK}' is no recipe that can be read."
    elif isinstance(prompt, str) and not prompt.isascii() and prompt.encode("utf-8", "replace").decode() != prompt:
        yield "Its prompt holds signs that are no text (lone surrogates); they are shown by their numbers."


def possible(settings: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the settings that a picture can have been made with, and what to say of the others."""
    kept = {name: value for name, value in settings.items() if _is_possible(name, value)}
    notes = (
        f"It says {_spoken(name)} {str(settings[name])[:40]}, which cannot be." for name in settings if name not in kept
    )
    return kept, tuple(notes)


def _spoken(name: str) -> str:
    return name.removeprefix("num_inference_").replace("_", " ")


def _is_possible(name: str, value: Any) -> bool:
    return name not in MOST or not isinstance(value, int | float) or abs(value) <= MOST[name]
