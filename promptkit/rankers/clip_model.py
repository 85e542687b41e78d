"""A loaded CLIP and the features it makes of pictures and texts (Radford et al., arXiv:2103.00020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.rankers.checkpoints import LOCAL, load, target_of, weights_hash
from promptkit.records import Candidate

if TYPE_CHECKING:
    from torch import Tensor

IMAGE_BATCH = 32


class ClipModel:
    """A loaded open_clip model with its tokenizer and a cache of text features."""

    def __init__(self, name: str, device: str | None = None) -> None:
        self.name = name
        self.model, self.preprocess, self.tokenizer = load(name)
        self.device = device or "cpu"
        self.model = self.model.to(self.device).eval()
        self.scale = float(self.model.logit_scale.detach().exp())
        self._texts: dict[str, Tensor] = {}

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
        if new:
            with torch.inference_mode():
                features = self.model.encode_text(self.tokenizer(new).to(self.device), normalize=True)
            self._texts.update(zip(new, features, strict=True))
        return torch.stack([self._texts[text] for text in texts])

    def images(self, candidates: Sequence[Candidate]) -> Tensor:
        """Return normalised features (candidates, width), from pixels by the model's own preprocessing."""
        import torch

        parts = []
        for begin in range(0, len(candidates), IMAGE_BATCH):
            part = candidates[begin : begin + IMAGE_BATCH]
            inputs = torch.stack([self.preprocess(candidate.image) for candidate in part])
            with torch.inference_mode():
                parts.append(self.model.encode_image(inputs.to(self.device), normalize=True))
        return torch.cat(parts)
