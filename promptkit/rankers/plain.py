"""Plain CLIPScore (Hessel et al., arXiv:2104.08718): the whole text against the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit.dialects import read
from promptkit.prompt import Prompt
from promptkit.rankers.checkpoints import DEFAULT_MODEL
from promptkit.rankers.clip_model import ClipModel
from promptkit.records import Candidate

if TYPE_CHECKING:
    from torch import Tensor


class PlainClipRanker:
    """CLIPScore: the cosine of the picture and the whole resolved text, below 0 cut off; ``total`` alone."""

    name = "clip-plain"

    def __init__(self, clip: ClipModel) -> None:
        self.clip = clip

    def describe(self) -> Mapping[str, Any]:
        return {"name": self.name, **self.clip.describe()}

    def score(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[Mapping[str, float]]:
        return cosines(self.clip, prompt, self.clip.images(candidates)) if candidates else []


def cosines(clip: ClipModel, prompt: Prompt, images: Tensor) -> list[Mapping[str, float]]:
    """Score the whole text without its weights; one longer than the model reads is scored by phrase and averaged,
    not cut."""
    import torch

    texts = ["".join(fragment.text for fragment in read(prompt.resolved, prompt.dialect))]
    if _fills(clip, texts[0]) and prompt.phrases:
        texts = [phrase.text for phrase in prompt.phrases]
    features = clip.texts(texts)
    cosines = torch.clamp(images @ features.T, min=0).mean(-1)
    return [{"total": value} for value in cosines.tolist()]


def _fills(clip: ClipModel, text: str) -> bool:
    """Whether a text reaches the end of the context, where an empty one has padding; the last place may be the end
    mark's."""
    ids, empty = clip.tokenizer([text, ""])
    return bool(ids[-2] != empty[-1])


class PlainClipLoader:
    """The same models, scored by the whole text."""

    name = "clip-plain"

    def load(self, model: str | None = None, *, device: str | None = None) -> PlainClipRanker:
        return PlainClipRanker(ClipModel(model or DEFAULT_MODEL, device))
