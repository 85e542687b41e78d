"""Reading what a picture says about how it was made, whichever tool made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from promptkit.metadata.carried import Carried, carried
from promptkit.metadata.provenance import Provenance
from promptkit.metadata.readers import a1111, comfyui, flat, fooocus, invokeai, novelai, own
from promptkit.metadata.readers.own import CHUNK as CHUNK
from promptkit.pictures import Opened

Read = Callable[[Carried], Provenance | None]

READERS: tuple[Read, ...] = (
    own.read,
    novelai.read,
    invokeai.read,
    fooocus.read,
    flat.read_swarm,
    a1111.read,
    flat.read_easy,
    flat.read_draw,
    comfyui.read,
)
"""In order: the first that finds something counts. ComfyUI comes last: where a graph stands beside an infotext, whoever
wrote the infotext knew what the graph came to."""


def read_provenance(opened: Opened) -> Provenance | None:
    """Return what an opened picture says about how it was made; ``None`` where it says nothing.

    What has the wrong shape counts as not said. It never raises for what a file says.
    """
    found = carried(opened)
    provenance = next(filter(None, (read(found) for read in READERS)), None)
    steps = own.steps_of(own.record_of(found))
    if provenance is None:
        return Provenance(tool="", finish=steps, notes=found.notes) if steps else None
    return replace(provenance, finish=steps, notes=(*provenance.notes, *found.notes))


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
    found = carried(opened)
    record = own.record_of(found)
    recipe, candidate = record.get("recipe"), record.get("candidate")
    return PictureRecord(
        recipe if isinstance(recipe, dict) else None,
        candidate if isinstance(candidate, dict) else None,
        found.get(a1111.KEYWORD),
    )
