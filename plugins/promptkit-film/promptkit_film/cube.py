"""Colour tables in files: Adobe's ``.cube`` format, three-dimensional, version 1.0."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit import SettingsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = 65
"""Nodes a side that are read; the format knows up to 256, which are 400 MB of text."""
MOST_BYTES = 32 * 1024 * 1024
WORDS = ("TITLE", "LUT_3D_SIZE", "DOMAIN_MIN", "DOMAIN_MAX", "LUT_3D_INPUT_RANGE")


@dataclass(frozen=True, kw_only=True)
class Cube:
    """A table of colours."""

    table: NDArray[Any]
    """float32 (size, size, size, 3), by blue, green and red, as the file runs."""
    low: tuple[float, float, float] = (0.0, 0.0, 0.0)
    high: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """The colours of the first and the last node."""

    def applied(self, found: NDArray[Any]) -> NDArray[Any]:
        """Return the table's colours for values (…, 3), between nodes by tetrahedra.

        A cell is cut into six tetrahedra along its grey diagonal, so greys stay grey where the nodes are (Kasson, Nin,
        Plouffe and Hafner, J. Electronic Imaging 4(3), 1995). A place's shares of its cell, sorted, are its weights:
        the way to it goes first along the axis of the greatest.
        """
        import numpy as np

        size = len(self.table)
        low, high = np.asarray(self.low, np.float32), np.asarray(self.high, np.float32)
        place = np.clip((found - low) / (high - low), 0, 1) * (size - 1)
        node = np.minimum(place.astype(np.int64), size - 2)
        share = place - node
        order = np.argsort(-share, axis=-1, kind="stable")
        sorted_share = np.take_along_axis(share, order, -1)
        here = self._at(node)
        result = here.copy()
        for step in range(3):
            node = node + (np.arange(3) == order[..., step : step + 1])
            following = self._at(node)
            result += sorted_share[..., step : step + 1] * (following - here)
            here = following
        return result

    def _at(self, node: NDArray[Any]) -> NDArray[Any]:
        return self.table[node[..., 2], node[..., 1], node[..., 0]]


def read_cube(path: Path) -> Cube:
    """Read a file. Raises SettingsError, with the line, for what is no three-dimensional table."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SettingsError(f"'{path}' is larger than 32 MiB.", hint=f"Use a table of {LARGEST} nodes or fewer.")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SettingsError(
            f"The look '{path}' cannot be read: {error.strerror or error}.", hint="Check the path of the .cube file."
        ) from error
    return parse_cube(text, path.name)


def parse_cube(text: str, name: str = "cube") -> Cube:
    """Read the text of a file; ``name`` is for errors. Raises SettingsError."""
    import numpy as np

    said: dict[str, list[str]] = {}
    rows: list[tuple[float, float, float]] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if words[0][0].isalpha() and words[0].lower() not in ("nan", "inf"):
            _check_word(words[0], name, number)
            said[words[0]] = words[1:]
        else:
            rows.append(_numbers(words, name, number))
    size = _size(said, name)
    if len(rows) != size**3:
        raise _wrong(name, f"has {len(rows)} colours, and {size}³ = {size**3} belong there")
    low = _numbers(said.get("DOMAIN_MIN", ["0"] * 3), name)
    high = _numbers(said.get("DOMAIN_MAX", ["1"] * 3), name)
    if any(first >= last for first, last in zip(low, high, strict=True)):
        raise _wrong(name, "has a domain that ends before it begins")
    return Cube(table=np.asarray(rows, dtype=np.float32).reshape(size, size, size, 3), low=low, high=high)


def _check_word(word: str, name: str, number: int) -> None:
    if word == "LUT_1D_SIZE":
        raise _wrong(name, "is one-dimensional: it turns no colour into another", number)
    if word not in WORDS:
        raise _wrong(name, f"has the word '{word[:40]}', which the format does not know", number)


def _size(said: dict[str, list[str]], name: str) -> int:
    words = said.get("LUT_3D_SIZE", [])
    if len(words) != 1 or not words[0].isdecimal() or not 2 <= int(words[0][:9]) <= LARGEST:
        raise _wrong(name, f"does not say LUT_3D_SIZE with 2 to {LARGEST}")
    return int(words[0])


def _numbers(words: list[str], name: str, number: int | None = None) -> tuple[float, float, float]:
    try:
        first, second, third = (float(word) for word in words)
    except ValueError:
        raise _wrong(name, f"has '{' '.join(words)[:40]}' where three numbers belong", number) from None
    if not all(math.isfinite(value) for value in (first, second, third)):
        raise _wrong(name, "has a number that is none", number)
    return first, second, third


def _wrong(name: str, why: str, number: int | None = None) -> SettingsError:
    where = name if number is None else f"{name}, line {number}"
    return SettingsError(f"The look '{where}' {why}.", hint="promptkit-film reads three-dimensional .cube files.")
