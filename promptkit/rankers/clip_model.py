"""A loaded CLIP and the features it makes of pictures and texts (Radford et al., arXiv:2103.00020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.rankers.checkpoints import LOCAL, load, target_of, weights_hash
from promptkit.rankers.pixels import Preprocess
from promptkit.rankers.seen import Seen
from promptkit.rankers.texts import fits, pieces
from promptkit.records import Candidate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image
    from torch import Tensor

IMAGE_BATCH = 32
TEXT_BATCH = 128
HASH = 12
"""Digits of a hash that tell one checkpoint's embeddings from another's."""


class ClipModel:
    """A loaded open_clip model with its tokenizer, a cache of text features, and the features of pictures that are
    still in use."""

    def __init__(self, name: str, device: str | None = None) -> None:
        import torch

        self.name = name
        self.model, own, self.tokenizer = load(name)
        self.preprocess = Preprocess(own, self.model.visual)
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.model = self.model.to(self.device).eval()
        self.scale = float(self.model.logit_scale.detach().exp())
        self._texts: dict[str, Tensor] = {}
        self._pieces: dict[str, list[str]] = {}
        self._seen: Seen[Tensor] = Seen()

    def describe(self) -> Mapping[str, Any]:
        """Return the checkpoint's name, a local folder's without its path, and the SHA-256 of local weights."""
        local = self.name.startswith(LOCAL)
        name = LOCAL + Path(self.name.removeprefix(LOCAL)).resolve().name if local else self.name
        return {"model": name, "hash": self._hash}

    @cached_property
    def _hash(self) -> str | None:
        target, _ = target_of(self.name)
        return weights_hash(Path(target.removeprefix(LOCAL))) if target.startswith(LOCAL) else None

    def texts(self, texts: Sequence[str]) -> Tensor:
        """Return normalised features (texts, width); each text is encoded once."""
        import torch

        new = [text for text in dict.fromkeys(texts) if text not in self._texts]
        for begin in range(0, len(new), TEXT_BATCH):
            part = new[begin : begin + TEXT_BATCH]
            with torch.inference_mode():
                features = self.model.encode_text(self.tokenizer(part).to(self.device), normalize=True)
            self._texts.update(zip(part, features, strict=True))
        return torch.stack([self._texts[text] for text in texts])

    def fitting(self, text: str) -> list[str]:
        """Return the text, or the pieces of one that is longer than the context; none where it has no words."""
        if text not in self._pieces:
            self._pieces[text] = pieces(text, lambda part: fits(part, lambda texts: self.tokenizer(texts).tolist()))
        return self._pieces[text]

    def images(self, images: Sequence[Image]) -> Tensor:
        """Return normalised features (pictures, width), from 8-bit pixels."""
        import torch

        parts = []
        for begin in range(0, len(images), IMAGE_BATCH):
            inputs = self.preprocess(images[begin : begin + IMAGE_BATCH])
            with torch.inference_mode():
                parts.append(self.model.encode_image(inputs.to(self.device), normalize=True))
        features = torch.cat(parts)
        self._seen.keep(images, features.cpu())
        return features

    @property
    def embedding_name(self) -> str:
        """``clip:`` and the checkpoint; behind an ``@`` the beginning of the hash of weights that lie on this
        machine."""
        said = self.describe()
        return f"clip:{said['model']}" + ("" if said["hash"] is None else f"@{said['hash'][:HASH]}")

    def embed_images(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """Return features of unit length (pictures, width); a picture that was looked at before is not again."""
        import numpy as np

        new = [image for image in images if self._seen.of(image) is None]
        found = dict(zip(map(id, new), self.images(new).cpu(), strict=True)) if new else {}
        rows = [found[id(image)] if id(image) in found else self._seen.of(image) for image in images]
        return np.array([row.float().numpy() for row in rows if row is not None], dtype=np.float32)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return features of unit length (texts, width); of a text that is longer than the context, the mean of its
        pieces'."""
        import numpy as np

        means = np.array([self.texts(self.fitting(text) or [text]).float().mean(0).cpu().numpy() for text in texts])
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def pictures(candidates: Sequence[Candidate]) -> list[Image]:
    """Return the candidates' pictures. Raises ValueError for one that has none: it was never finished."""
    found = [candidate.image for candidate in candidates if candidate.image is not None]
    if len(found) < len(candidates):
        raise ValueError("only finished candidates can be scored: one has no picture")
    return found
