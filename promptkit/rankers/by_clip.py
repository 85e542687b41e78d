"""What every ranker that looks through a CLIP has: its embeddings, for a library to find pictures by meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from promptkit.rankers.clip_model import ClipModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


class ByClip:
    """Holds a CLIP and gives what it sees; see ``interfaces.Embedder``."""

    def __init__(self, clip: ClipModel) -> None:
        self.clip = clip

    @property
    def embedding_name(self) -> str:
        return self.clip.embedding_name

    def embed_images(self, images: Sequence[Image]) -> NDArray[np.float32]:
        return self.clip.embed_images(images)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.clip.embed_texts(texts)
