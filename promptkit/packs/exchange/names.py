"""Names that a pack can have, from any names."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 64


def slug(text: str, otherwise: str) -> str:
    """Return a name of a-z, 0-9 and hyphens, at most 64 of them; ``otherwise`` where nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_NAME].rstrip("-") or otherwise


class Slugs:
    """Names of which no two are alike: the second of a name ends in -2."""

    def __init__(self, otherwise: str) -> None:
        self.otherwise = otherwise
        self._last: dict[str, int] = {}
        self._taken: set[str] = set()

    def take(self, text: str) -> str:
        """Return a name that was not taken before."""
        base = name = slug(text, self.otherwise)
        number = self._last.get(base, 1)
        while name in self._taken:
            number += 1
            ending = f"-{number}"
            name = base[: MAX_NAME - len(ending)].rstrip("-") + ending
        self._last[base] = number
        self._taken.add(name)
        return name
