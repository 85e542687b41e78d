"""What film does to a picture, as post-processors: grain, halation, vignette, and colours by a ``.cube`` table."""

from __future__ import annotations

from collections.abc import Sequence

from promptkit import hookimpl
from promptkit.interfaces import PostProcessor
from promptkit_film.grain import Grain
from promptkit_film.halation import Halation
from promptkit_film.look import Look
from promptkit_film.vignette import Vignette


@hookimpl
def register_postprocessors() -> Sequence[PostProcessor]:
    return [Grain(), Halation(), Vignette(), Look()]
