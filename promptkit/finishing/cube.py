"""Colour tables in files: the ``.cube`` format, one- and three-dimensional (Adobe, Cube LUT Specification 1.0, 2013).

A file may hold both, the one-dimensional table first, as DaVinci Resolve writes them.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from promptkit.errors import SettingsError
from promptkit.finishing.lut import Lut, Table

MOST_BYTES = 32 * 1024 * 1024
SIZES = {"LUT_1D_SIZE": 65_536, "LUT_3D_SIZE": 256}
"""The greatest number of nodes, along each axis, that the format knows."""
RANGES = {"LUT_1D_INPUT_RANGE": "LUT_1D_SIZE", "LUT_3D_INPUT_RANGE": "LUT_3D_SIZE"}
"""Resolve's words for the domain of a table, two numbers for all channels."""
DOMAIN = ("DOMAIN_MIN", "DOMAIN_MAX")
LARGEST = 65_504.0
"""What a colour may be: the greatest of half precision, in which programs hold them."""
HINT = "Use a .cube file of version 1.0, such as colour grading programs write."

Three = tuple[float, float, float]


def find_cube(name: str) -> Lut:
    """Read a file by its path, once for each time that it changed. Raises SettingsError for none."""
    path = Path(name).expanduser()
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return _found(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4)
def _found(path: Path, changed: int, size: int) -> Lut:  # noqa: ARG001
    return read_cube(path)


def read_cube(path: Path) -> Lut:
    """Read a file. Raises SettingsError, with the line, for what holds no table."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SettingsError(f"'{path.name}' is larger than 32 MiB.", hint="Use a table of 65 nodes a side.")
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    return parse_cube(content.decode("utf-8", errors="replace"), path.name, hashlib.sha256(content).hexdigest())


def parse_cube(text: str, name: str = "cube", sha256: str = "") -> Lut:
    """Read the text of a file; ``name`` is for errors. Raises SettingsError."""
    read = _Reading(name)
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        words = line.split()
        if words and not words[0].startswith("#"):
            read.take(words, number)
    return Lut(tables=read.tables(), name=name, sha256=sha256)


@dataclass
class _Reading:
    """What was read of a file so far."""

    name: str
    said: dict[str, tuple[list[str], int]] = field(default_factory=dict)
    """The words behind a keyword, and its line."""
    numbers: array[float] = field(default_factory=lambda: array("f"))

    def take(self, words: list[str], number: int) -> None:
        """Take a line that says something."""
        word = words[0]
        if not word[0].isalpha() or word.lower() in ("nan", "inf", "infinity"):
            self.numbers.extend(self._numbers(words, 3, number))
            return
        known = ("TITLE", *SIZES, *RANGES, *DOMAIN)
        if word not in known:
            raise self.wrong(f"has the word '{word[:40]}', which the format does not know", number)
        if word in self.said:
            raise self.wrong(f"says {word} twice", number)
        if self.numbers:
            raise self.wrong(f"says {word} behind the first colour; it belongs before", number)
        self.said[word] = words[1:], number

    def tables(self) -> tuple[Table, ...]:
        """Return the tables, in the order in which a colour goes through them."""
        import numpy as np

        sizes = {word: self._size(word, most) for word, most in SIZES.items() if word in self.said}
        if not sizes:
            raise self.wrong("says neither LUT_1D_SIZE nor LUT_3D_SIZE")
        nodes = [size if word == "LUT_1D_SIZE" else size**3 for word, size in sizes.items()]
        if 3 * sum(nodes) != len(self.numbers):
            due = " + ".join(f"{s}" if word == "LUT_1D_SIZE" else f"{s}³" for word, s in sizes.items())
            raise self.wrong(f"has {len(self.numbers) // 3} colours, and {due} = {sum(nodes)} belong there")
        rows = np.frombuffer(self.numbers, np.float32).reshape(-1, 3)
        parts: Iterable[Any] = np.split(rows, np.cumsum(nodes)[:-1])
        return tuple(self._table(word, size, part) for (word, size), part in zip(sizes.items(), parts, strict=True))

    def _table(self, word: str, size: int, rows: Any) -> Table:
        low, high = self._domain(word)
        shaped = rows if word == "LUT_1D_SIZE" else rows.reshape(size, size, size, 3)
        return Table(nodes=shaped, low=low, high=high)

    def _size(self, word: str, most: int) -> int:
        words, number = self.said[word]
        if len(words) != 1 or not words[0].isdecimal() or not 2 <= int(words[0][:9]) <= most:
            raise self.wrong(f"says '{' '.join((word, *words))[:60]}', and {word} is 2 to {most}", number)
        return int(words[0])

    def _domain(self, size: str) -> tuple[Three, Three]:
        """Return the colours of the first and the last node."""
        number = None
        low: Three = (0.0, 0.0, 0.0)
        high: Three = (1.0, 1.0, 1.0)
        for word, meant in RANGES.items():
            if meant == size and word in self.said:
                words, number = self.said[word]
                first, last = self._numbers(words, 2, number)
                low, high = (first,) * 3, (last,) * 3
        for word in (word for word in DOMAIN if word in self.said):
            words, number = self.said[word]
            red, green, blue = self._numbers(words, 3, number)
            low, high = ((red, green, blue), high) if word == "DOMAIN_MIN" else (low, (red, green, blue))
        if any(first >= last for first, last in zip(low, high, strict=True)):
            raise self.wrong("has a domain that ends before it begins", number)
        return low, high

    def _numbers(self, words: list[str], count: int, number: int) -> list[float]:
        try:
            found = [float(word) for word in words]
        except ValueError:
            found = []
        if len(found) != count:
            due = {2: "two", 3: "three"}[count]
            raise self.wrong(f"has '{' '.join(words)[:40]}' where {due} numbers belong", number)
        for word, value in zip(words, found, strict=True):
            if not math.isfinite(value):
                raise self.wrong(f"has '{word[:40]}', which is no number", number)
            if abs(value) > LARGEST:
                raise self.wrong(f"has '{word[:40]}', which is too large", number)
        return found

    def wrong(self, why: str, number: int | None = None) -> SettingsError:
        """Make the error for a place in the file."""
        where = self.name if number is None else f"{self.name}, line {number}"
        return SettingsError(f"The table '{where}' {why}.", hint=HINT)


def _unreadable(path: Path, error: Exception) -> SettingsError:
    why = (error.strerror if isinstance(error, OSError) else None) or error
    return SettingsError(f"The table '{path}' cannot be read: {why}.", hint="Check the path of the .cube file.")
