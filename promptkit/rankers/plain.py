"""Plain CLIPScore (Hessel et al., arXiv:2104.08718): the whole text against the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit.dialects import read
from promptkit.prompt import Prompt
from promptkit.rankers.by_clip import ByClip
from promptkit.rankers.checkpoints import CHECKPOINTS, DEFAULT_MODEL, check_name
from promptkit.rankers.clip_model import ClipModel, pictures
from promptkit.rankers.ensemble import in_other_words, views
from promptkit.records import Candidate

if TYPE_CHECKING:
    from torch import Tensor


class PlainClipRanker(ByClip):
    """CLIPScore: the cosine of the picture and the whole resolved text, below 0 cut off; ``total`` alone."""

    name = "clip-plain"

    def describe(self) -> Mapping[str, Any]:
        return {"name": self.name, **self.clip.describe(), "total": "cosine, 0 to 1; rarely above 0.4"}

    def score(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[Mapping[str, float]]:
        if not candidates:
            return []
        return cosines(self.clip, whole_text(self.clip, prompt), self.clip.images(pictures(candidates)))

    def score_ensemble(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[list[Mapping[str, float]]]:
        if not candidates:
            return []
        ways = list(zip(*(in_other_words(text) for text in whole_text(self.clip, prompt)), strict=True))
        members = []
        for view in views(prompt):
            images = self.clip.images([view(image) for image in pictures(candidates)])
            members += [cosines(self.clip, texts, images) for texts in ways]
        return members


def whole_text(clip: ClipModel, prompt: Prompt) -> list[str]:
    """Return the resolved text without its weights; of one longer than the model reads, its phrases, and of a phrase
    longer than that, its pieces: nothing is cut."""
    text = "".join(fragment.text for fragment in read(prompt.resolved, prompt.dialect))
    parts = clip.fitting(text)
    if len(parts) > 1 and prompt.phrases:
        parts = [part for phrase in prompt.phrases for part in clip.fitting(phrase.text)]
    return parts or [text]


def cosines(clip: ClipModel, texts: Sequence[str], images: Tensor) -> list[Mapping[str, float]]:
    """Return the mean cosine of each picture with the texts, below 0 cut off, to six digits: a seventh depends on the
    picture's place in the batch, and equal pictures are to have equal scores."""
    import torch

    values = torch.clamp(images @ clip.texts(texts).T, min=0).mean(-1)
    return [{"total": round(value, 6)} for value in values.tolist()]


class PlainClipLoader:
    """The same models, scored by the whole text."""

    name = "clip-plain"
    summary = "CLIPScore: the cosine of the picture and the whole text"
    checkpoints = CHECKPOINTS

    def check_name(self, model: str) -> None:
        """Raise ModelError for a checkpoint that cannot be, before anything is loaded."""
        check_name(model)

    def load(self, model: str | None = None, *, device: str | None = None) -> PlainClipRanker:
        return PlainClipRanker(ClipModel(model or DEFAULT_MODEL, device))
