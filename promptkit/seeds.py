"""Randomness by name: where every random choice of promptkit comes from, none of it from global state.

Text choices and image noise have seeds of their own, so that choosing other words never changes the noise.
"""

from __future__ import annotations

import hashlib
import random
import struct
from collections.abc import Callable

from promptkit.errors import SettingsError

MAX_SEED = 2**63 - 1
"""The largest seed: a ``torch.Generator`` takes 64 bits, SQLite and JSON readers keep 63 of them exactly."""

Draw = Callable[[str], random.Random]
"""Give a fresh ``random.Random`` for a named node of a template or pack."""


def candidate_seed(seed: int, index: int) -> int:
    """Return the image seed of candidate ``index`` (from 0) of a run: ``seed + index``, so that neighbours can be
    re-run.

    Raises SettingsError, which names the seed that was given, when it leaves ``0 … MAX_SEED``.
    """
    if seed < 0:
        hint = "Choose 0 or more; leave --seed out for 0, or say another number for other pictures: none is drawn."
        raise SettingsError(f"Seed {seed} is outside 0 … {MAX_SEED}.", hint=hint)
    if seed + index > MAX_SEED:
        counted = f" with {index + 1:,} candidates" if index else ""
        raise SettingsError(
            f"Seed {seed}{counted} goes outside 0 … {MAX_SEED}.", hint=f"Choose {MAX_SEED - index} or less."
        )
    return seed + index


def text_draw(seed: int) -> Draw:
    """Return a ``draw(node)`` whose generators depend on the seed and the node's name alone.

    Adding a choice to a template therefore never reshuffles the others.
    """

    def draw(node: str) -> random.Random:
        digest = hashlib.blake2b(f"{seed}\x00{node}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return random.Random(int.from_bytes(digest, "big"))

    return draw


class KeyedWords:
    """Words of 64 random bits by node and index, for drawing the same node many times.

    A word depends on the seed, the node's name and the index alone. One hash gives the words of ``BLOCK``
    neighbouring indices.
    """

    BLOCK = 64

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._block = 0
        self._words: dict[str, tuple[int, ...]] = {}

    def block(self, node: str, number: int) -> tuple[int, ...]:
        """Return the words of the indices ``BLOCK * number`` and following, each in ``0 … 2**64 − 1``."""
        if number != self._block:
            self._block = number
            self._words.clear()
        words = self._words.get(node)
        if words is None:
            text = f"{self.seed}\x00{node}\x00{number}".encode("utf-8", "surrogatepass")
            words = struct.unpack(f"<{self.BLOCK}Q", hashlib.shake_128(text).digest(8 * self.BLOCK))
            self._words[node] = words
        return words

    def word(self, node: str, index: int) -> int:
        """Return the word of one index, from 0."""
        number, place = divmod(index, self.BLOCK)
        return self.block(node, number)[place]
