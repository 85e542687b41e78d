"""Asking a ranker, which may be anybody's, for embeddings: what it gives is checked before it is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from promptkit.errors import ModelError, ScoringError
from promptkit.interfaces import Embedder, Ranker
from promptkit.records import Candidate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from promptkit.registry import Registry

T = TypeVar("T")

LENGTH = 1e-2
"""How far a length may be from 1: models of half precision round."""
NAMES = "Embeddings come from --ranker clip, clip:embedded, or another checkpoint of clip's."

Embedding = tuple[str, Sequence[float]]
"""What it was made with, and the numbers."""


class Embeddings:
    """What the ranker of a run makes of its pictures, where it embeds; one that fails is told, and not asked again."""

    def __init__(self, ranker: Ranker | None, note: Callable[[str], object]) -> None:
        self._ranker = ranker
        self._note = note

    def of(self, candidate: Candidate) -> Embedding | None:
        """Return the embedding of a candidate that was ranked and written, ``None`` for any other."""
        if self._ranker is None or candidate.image is None or candidate.path is None or not candidate.scores:
            return None
        try:
            embedder = embedder_in(self._ranker)
            if embedder is not None:
                return name_of(embedder), embedded_images(embedder, [candidate.image])[0].tolist()
        except ScoringError as error:
            self._note(f"{error.message} Its pictures are not found by meaning until promptkit library embed.")
        self._ranker = None
        return None


def load_embedder(name: str, registry: Registry, *, device: str | None = None) -> Embedder:
    """Load the ranker ``name`` or ``name:checkpoint`` as something that embeds. Raises UnknownNameError, and ModelError
    for one that does not, or cannot be loaded."""
    kind, _, checkpoint = name.partition(":")
    embedder = embedder_in(registry.get("ranker", kind).load(checkpoint or None, device=device))
    if embedder is None:
        raise ModelError(f"The ranker '{name}' gives no embeddings.", hint=NAMES)
    return embedder


def embedder_in(ranker: object) -> Embedder | None:
    """Return a ranker that embeds, ``None`` for any other. Raises ScoringError where looking at it raises."""
    return _asked(ranker, lambda: ranker if isinstance(ranker, Embedder) else None)


def name_of(embedder: Embedder) -> str:
    """Return what decides its embeddings. Raises ScoringError where it does not say."""
    return _asked(embedder, lambda: _name(embedder.embedding_name))


def _name(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise TypeError(f"its embedding_name is {name!r}")
    return name


def embedded_images(embedder: Embedder, images: Sequence[Image]) -> NDArray[np.float32]:
    """Return the pictures' embeddings (pictures, width). Raises ScoringError where the ranker fails, or gives what are
    none."""
    return _checked(embedder, lambda: embedder.embed_images(images), len(images))


def embedded_texts(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the texts' embeddings (texts, width). Raises ScoringError likewise."""
    return _checked(embedder, lambda: embedder.embed_texts(texts), len(texts))


def _checked(embedder: Embedder, ask: Callable[[], NDArray[np.float32]], count: int) -> NDArray[np.float32]:
    return _asked(embedder, lambda: _unit(ask(), count))


def _unit(given: object, count: int) -> NDArray[np.float32]:
    """Return embeddings as float32. Raises ValueError for what are none."""
    import numpy as np

    found = np.asarray(given, dtype=np.float32)
    if found.ndim != 2 or len(found) != count or not found.shape[1]:
        raise ValueError(f"embeddings of the shape {found.shape} for {count}")
    if not (np.abs(np.linalg.norm(found, axis=1) - 1) <= LENGTH).all():
        raise ValueError("an embedding is not of unit length")
    return found


def _asked(embedder: object, ask: Callable[[], T]) -> T:
    """Do what asks the embedder. Raises ScoringError, which names it, where it raises."""
    try:
        return ask()
    except (Exception, SystemExit) as error:
        name = getattr(embedder, "name", type(embedder).__name__)
        why = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".: ")
        raise ScoringError(f"The ranker '{name}' could not embed: {why}.", hint=NAMES) from error
