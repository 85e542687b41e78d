"""Grading: light, contrast and colour by numbers, by the table of a look, or after another picture."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any

from promptkit.finishing.cube import find_cube
from promptkit.finishing.grading import Grading
from promptkit.finishing.match import colours_of, find_reference, match
from promptkit.finishing.tiles import finished_in_tiles
from promptkit.interfaces import MODES, Processed, Setting
from promptkit.packs.grades import KNOBS, Knob, read_channels

if TYPE_CHECKING:
    from PIL.Image import Image

GREY = ("L", "LA", "I;16")


def _setting(knob: Knob) -> Setting:
    if not knob.channels:
        return Setting(
            name=knob.name, default=float(knob.default), least=knob.least, most=knob.most, summary=knob.summary
        )
    summary = f"{knob.summary}; {knob.least:g} to {knob.most:g}, or red/green/blue"
    return Setting(
        name=knob.name, default=f"{knob.default:g}", check=lambda text: read_channels(knob, text), summary=summary
    )


class Grade:
    """Grades a picture. ``look`` names numbers that a style pack brings; those that are written count before them."""

    name = "grade"
    summary = "light, contrast and colour: a named look, numbers, a .cube table, or after another picture"
    modes = MODES
    settings = (
        Setting(name="look", default="neutral", preset=True, summary="a grade that a style pack brings"),
        *(_setting(knob) for knob in KNOBS),
        Setting(name="lut", default="", file=True, summary="the path of a .cube table, which comes last"),
        Setting(name="reference", default="", file=True, summary="the path of a picture whose colours are wanted"),
        Setting(name="strength", default=1.0, least=0, most=1, summary="the share of it all"),
    )

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """Raise SettingsError for a table or a reference that cannot be read."""
        if settings["lut"]:
            find_cube(settings["lut"])
        if settings["reference"]:
            find_reference(settings["reference"])

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Processed:  # noqa: ARG002
        lut = find_cube(settings["lut"]) if settings["lut"] else None
        reference = find_reference(settings["reference"]) if settings["reference"] else None
        matched = None
        if reference is not None:
            grey = image.mode in GREY
            matched = match(colours_of(image), reference.colours.lightness if grey else reference.colours)
        grading = Grading(numbers=settings, matched=matched, lut=lut, strength=settings["strength"])
        if grading.neutral:
            return Processed(image=image.copy(), note="The grade is neutral: nothing was changed.", done=False)
        facts = {"lut_sha256": lut.sha256} if lut is not None else {}
        if reference is not None:
            facts["reference_sha256"] = reference.sha256
        return Processed(
            image=finished_in_tiles(image, grading.applied, overlap=0),
            note=_note(image, grading, settings),
            facts=facts,
        )


def _note(image: Image, grading: Grading, settings: Mapping[str, Any]) -> str:
    if image.mode not in GREY or not grading.coloured:
        return _said(settings)
    return (
        f"{_said(settings)}. The picture is grey and stays so: temperature, tint and differences between channels were"
        " left out."
    )


def _said(settings: Mapping[str, Any]) -> str:
    """Name the look and the settings that change anything; of a file its name alone."""
    told = [
        f"{one.name} {_plain(one, settings[one.name])}" for one in Grade.settings if settings[one.name] != one.default
    ]
    return ", ".join(told).removeprefix("look ")


def _plain(setting: Setting, value: Any) -> str:
    if setting.file:
        return PureWindowsPath(value).name
    return f"{value:g}" if isinstance(value, float) else str(value)
