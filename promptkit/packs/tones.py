"""What words lean towards, told by ``data/tones.txt``: a hint at contrasty light is met by "deep shadows"."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from promptkit.slots.vocabulary import normal

WHOLE_FAMILY = "*"


@lru_cache(maxsize=4096)
def tones(slot: str, text: str) -> frozenset[str]:
    """Return the tones of a slot that a text leans towards."""
    spoken = f" {normal(text)} "
    return frozenset(tone for tone, words in _table().get(slot, {}).items() if any(word in spoken for word in words))


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    text = files("promptkit.packs").joinpath("data", "tones.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            slot, _, rest = line.partition(" | ")
            tone, _, words = rest.partition(": ")
            found.setdefault(slot, {})[tone] = tuple(_sought(word) for word in words.split(", "))
    return found


def _sought(word: str) -> str:
    """Return what is looked for in a normal text with blanks round it."""
    if word.endswith(WHOLE_FAMILY):
        return f" {normal(word[:-1])}"
    return f" {normal(word)} "
