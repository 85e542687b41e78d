"""Reading what a picture says about how it was made, whichever tool made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from promptkit.metadata.carried import Carried, carried
from promptkit.metadata.infotext import FINISH
from promptkit.metadata.provenance import Provenance
from promptkit.metadata.readers import a1111, comfyui, flat, fooocus, invokeai, novelai, own
from promptkit.metadata.unread import possible, unread
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
        return Provenance(tool="", finish=steps, notes=unread(found)) if steps else None
    other = {name: value for name, value in provenance.other.items() if not (steps and name == FINISH)}
    settings, impossible = possible(provenance.settings)
    notes = (*provenance.notes, *impossible, *unread(found))
    return replace(provenance, finish=steps, other=other, settings=settings, notes=notes)


def unread_in(opened: Opened) -> tuple[str, ...]:
    """Return what an opened picture says in a form that is known and could not be read, in words for the user."""
    return unread(carried(opened))
