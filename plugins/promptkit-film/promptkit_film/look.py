"""Looks: colours by a table, from a file or from the two that come along."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit import SettingsError
from promptkit.finishing.arrays import picture, values
from promptkit.finishing.cube import find_cube
from promptkit.finishing.lut import Lut
from promptkit.interfaces import Processed, Setting

if TYPE_CHECKING:
    from PIL.Image import Image

FOLDER = Path(__file__).parent / "looks"
LOOKS = ("dusk-print", "silver")
"""The looks that come along; ``made.py`` writes their files."""


def find(name: str) -> Lut:
    """Return the table of a look that comes along, or of a file. Raises SettingsError for neither, and for a file that
    cannot be read."""
    if name in LOOKS:
        return find_cube(str(FOLDER / f"{name}.cube"))
    if not Path(name).expanduser().is_file():
        raise SettingsError(
            f"There is no look '{name}'.", hint=f"Write {' or '.join(LOOKS)}, or the path of a .cube file."
        )
    return find_cube(name)


class Look:
    """Gives a picture the colours of a ``.cube`` table; ``strength`` mixes them with its own."""

    name = "look"
    summary = f"colours by a .cube table: {', '.join(LOOKS)}, or a file"
    settings = (
        Setting(
            name="cube",
            default=LOOKS[0],
            check=find,
            file=True,
            summary=f"{', '.join(LOOKS)}, or the path of a .cube file",
        ),
        Setting(name="strength", default=1.0, least=0, most=1, summary="0 keeps the picture's own colours"),
    )

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Processed:  # noqa: ARG002
        found, lut = values(image), find(settings["cube"])
        made = picture(found + settings["strength"] * (lut.applied(found) - found), image)
        return Processed(image=made, facts={"cube_sha256": lut.sha256})
