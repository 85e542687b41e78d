"""Asking a ranker, which may be anybody's, for embeddings: what it gives is checked before it is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from promptkit.errors import ModelError, PromptkitError, ScoringError
from promptkit.interfaces import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from promptkit.registry import Registry

LENGTH = 1e-2
"""How far a length may be from 1: models of half precision round."""
NAMES = "Embeddings come from --ranker clip, clip:embedded, or another checkpoint of clip's."


def load_embedder(name: str, registry: Registry, *, device: str | None = None) -> Embedder:
    """Load the ranker ``name`` or ``name:checkpoint`` as something that embeds. Raises UnknownNameError, and ModelError
    for one that does not, or cannot be loaded."""
    kind, _, checkpoint = name.partition(":")
    ranker = registry.get("ranker", kind).load(checkpoint or None, device=device)
    if not isinstance(ranker, Embedder):
        raise ModelError(f"The ranker '{name}' gives no embeddings.", hint=NAMES)
    return ranker


def embedded_images(embedder: Embedder, images: Sequence[Image]) -> NDArray[np.float32]:
    """Return the pictures' embeddings (pictures, width). Raises ScoringError where the ranker fails, or gives what are
    none."""
    return _checked(embedder, lambda: embedder.embed_images(images), len(images))


def embedded_texts(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the texts' embeddings (texts, width). Raises ScoringError likewise."""
    return _checked(embedder, lambda: embedder.embed_texts(texts), len(texts))


def _checked(embedder: Embedder, ask: Callable[[], NDArray[np.float32]], count: int) -> NDArray[np.float32]:
    import numpy as np

    try:
        found = np.asarray(ask(), dtype=np.float32)
        if found.ndim != 2 or len(found) != count or not found.shape[1]:
            raise ValueError(f"embeddings of the shape {found.shape} for {count}")
        lengths = np.linalg.norm(found, axis=1)
        if not (np.abs(lengths - 1) <= LENGTH).all():
            raise ValueError("an embedding is not of unit length")
        return found
    except PromptkitError:
        raise
    except (Exception, SystemExit) as error:
        name = getattr(embedder, "name", type(embedder).__name__)
        why = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
        raise ScoringError(f"The ranker '{name}' could not embed: {why}.", hint=NAMES) from error
