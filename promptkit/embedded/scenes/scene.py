"""A scene: one value for each facet, and which combinations are kept out of training."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import product

from promptkit.embedded.words import CAMERAS, COLOURS, LIGHTINGS, STYLES, SUBJECTS

HELD_OUT_SHARE = 0.1


@dataclass(frozen=True)
class Scene:
    """What a picture shows, as keys of the tables in ``promptkit.embedded.words``."""

    subject: str
    colour: str
    style: str
    lighting: str
    camera: str

    @property
    def held_out(self) -> bool:
        """Whether this combination is kept for evaluation: one in ten, chosen by its hash."""
        digest = hashlib.blake2b("/".join(astuple(self)).encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") < HELD_OUT_SHARE * 2**32


def every_scene() -> Iterator[Scene]:
    """Yield all combinations, in the order of the tables."""
    for values in product(SUBJECTS, COLOURS, STYLES, LIGHTINGS, CAMERAS):
        yield Scene(*values)


def draw_scene(rng: random.Random, *, held_out: bool = False) -> Scene:
    """Draw a combination uniformly, from the training part or from the held-out part."""
    while True:
        scene = Scene(
            rng.choice(tuple(SUBJECTS)),
            rng.choice(tuple(COLOURS)),
            rng.choice(tuple(STYLES)),
            rng.choice(tuple(LIGHTINGS)),
            rng.choice(tuple(CAMERAS)),
        )
        if scene.held_out == held_out:
            return scene
