"""The numbers of a grade and their ranges: what a style pack may write under ``grades:``, and what grading takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from promptkit.errors import SettingsError

Channels = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Knob:
    """One number of a grade."""

    name: str
    default: float
    """Changes nothing."""
    least: float
    most: float
    summary: str
    channels: bool = False
    """Whether red, green and blue may have a number each: ``1.1/1/0.9``, and ``[1.1, 1, 0.9]`` in a pack."""


KNOBS = (
    Knob(name="exposure", default=0, least=-5, most=5, summary="stops of light"),
    Knob(name="contrast", default=1, least=0.25, most=4, summary="slope at middle grey; black and white stay"),
    Knob(name="temperature", default=0, least=-100, most=100, summary="mireds; above 0 is warmer"),
    Knob(name="tint", default=0, least=-20, most=20, summary="thousandths of Duv; above 0 is magenta, below green"),
    Knob(name="saturation", default=1, least=0, most=3, summary="0 is grey"),
    Knob(name="lift", default=0, least=-0.5, most=0.5, summary="light added to black, white stays", channels=True),
    Knob(name="gamma", default=1, least=0.25, most=4, summary="above 1 lightens the middle", channels=True),
    Knob(name="gain", default=1, least=0, most=4, summary="light times this, black stays", channels=True),
)


def read_channels(knob: Knob, text: str) -> Channels:
    """Return red's, green's and blue's number of a text: one for all, or three with ``/`` between. Raises SettingsError
    for anything else, and out of the knob's range."""
    try:
        found = tuple(float(part) for part in text.split("/"))
    except ValueError:
        found = ()
    if len(found) not in (1, 3) or not all(math.isfinite(value) for value in found):
        raise SettingsError(
            f"'{text}' is no {knob.name}.", hint=f"Write one number, or red/green/blue: {knob.name}=0.9/1/1.1"
        )
    if not all(knob.least <= value <= knob.most for value in found):
        raise SettingsError(
            f"The {knob.name} '{text}' is out of range.", hint=f"Choose {knob.least:g} to {knob.most:g}."
        )
    red, green, blue = found * 3 if len(found) == 1 else found
    return red, green, blue
