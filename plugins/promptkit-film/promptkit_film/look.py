"""Looks: colours by a table, from a file or from the two that come along."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit import SettingsError
from promptkit.interfaces import Setting
from promptkit_film.cube import Cube, read_cube
from promptkit_film.light import picture, values

if TYPE_CHECKING:
    from PIL.Image import Image

FOLDER = Path(__file__).parent / "looks"
LOOKS = ("dusk-print", "silver")
"""The looks that come along; ``made.py`` writes their files."""


def find(name: str) -> Cube:
    """Return the table of a look that comes along, or of a file. Raises SettingsError for neither, and for a file that
    cannot be read."""
    if name in LOOKS:
        return _read(FOLDER / f"{name}.cube", 0)
    path = Path(name).expanduser()
    if not path.is_file():
        raise SettingsError(
            f"There is no look '{name}'.", hint=f"Write {' or '.join(LOOKS)}, or the path of a .cube file."
        )
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Cube:  # noqa: ARG001
    """Read a file, once for each time that it changed."""
    return read_cube(path)


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

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Image:  # noqa: ARG002
        found = values(image)
        return picture(found + settings["strength"] * (find(settings["cube"]).applied(found) - found))
