"""Reading what a picture says about how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promptkit.metadata.infotext import KEYWORD
from promptkit.pictures import Opened

CHUNK = "promptkit"
"""The PNG text chunk that the recipe stands in."""
MAX_READ = 1024 * 1024
"""Characters; Pillow reads no more of a compressed text. Four texts of 32 KiB stay below it, escaped at six to one."""


@dataclass(frozen=True)
class PictureRecord:
    """What was found in a picture."""

    recipe: Mapping[str, Any] | None
    """The recipe as JSON, when promptkit wrote it."""
    candidate: Mapping[str, Any] | None
    infotext: str | None
    """A1111's text, whoever wrote it."""


def read_record(opened: Opened) -> PictureRecord:
    """Return what an opened picture says about how it was made; wrong shapes count as nothing found."""
    texts = {key: value for key, value in opened.texts.items() if len(value) <= MAX_READ}
    data: Any = None
    if CHUNK in texts:
        try:
            data = json.loads(texts[CHUNK])
        except (ValueError, RecursionError):
            data = None
    found = data if isinstance(data, dict) else {}
    return PictureRecord(_mapping(found.get("recipe")), _mapping(found.get("candidate")), texts.get(KEYWORD))


def _mapping(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) else None
