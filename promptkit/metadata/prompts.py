"""The prompt that a picture names, read into slots."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from promptkit.errors import PromptError, UnknownNameError
from promptkit.metadata.provenance import Provenance
from promptkit.metadata.values import mapping, number, sequence, text
from promptkit.prompt import Phrase, Prompt
from promptkit.slots.parse import parse

Read = Callable[..., Prompt]


def prompt_of(provenance: Provenance, read: Read = parse) -> tuple[Prompt | None, str]:
    """Return the prompt read into slots, with what styles added to it where promptkit made the picture, and what is to
    be said of that; ``None`` where there is no prompt or it cannot be read.

    ``read`` is ``slots.parse.parse`` or takes what that takes.
    """
    if not provenance.prompt.strip():
        return None, ""
    asked = {"negative": provenance.negative, "dialect": provenance.dialect}
    try:
        found, note = read(provenance.prompt, **asked), ""
    except (PromptError, UnknownNameError) as error:
        note = f"Its prompt is shown as plain text. {error}"
        try:
            found = read(provenance.prompt, negative=provenance.negative, dialect="plain")
        except PromptError:
            return None, f"Its prompt cannot be read into slots. {error}"
    return replace(found, phrases=(*found.phrases, *_added(provenance))), note


def _added(provenance: Provenance) -> Iterator[Phrase]:
    """Yield the phrases of a recipe that nobody typed."""
    for one in map(mapping, sequence((provenance.recipe or {}).get("phrases"))):
        words, slot, source = (text(one.get(name)) for name in ("text", "slot", "source"))
        weight = number(one.get("weight"))
        if words and slot and source and one.get("start") is None and weight is not None and math.isfinite(weight):
            yield Phrase(text=words, slot=slot, source=source, weight=float(weight))
