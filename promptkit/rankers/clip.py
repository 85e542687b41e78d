"""Ranking by CLIP, slot by slot (Radford et al., arXiv:2103.00020).

A claim of a phrase ("golden hour") scores the softmax probability of its text among the alternatives of its kind, at
the model's own scale. A slot scores the geometric mean of its claims, weighted by the phrases' weights, and ``total``
is that of the slots, by stated weights: a picture that misses one thing entirely cannot make up for it with the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit.prompt import SLOTS, Prompt
from promptkit.rankers.alternatives import Claim, Facets, fingerprint, generic_claims, known_claims
from promptkit.rankers.by_clip import ByClip
from promptkit.rankers.cases import open_world, plain
from promptkit.rankers.checkpoints import CHECKPOINTS, DEFAULT_MODEL, EMBEDDED, check_name
from promptkit.rankers.clip_model import ClipModel, pictures
from promptkit.rankers.ensemble import reworded, views
from promptkit.rankers.plain import cosines, whole_text
from promptkit.records import Candidate

if TYPE_CHECKING:
    from torch import Tensor

EQUAL: Mapping[str, float] = dict.fromkeys(SLOTS, 1.0)
"""What each slot counts in the total; slots of plugins and packs count 1."""
FLOOR = 1e-6
"""The least probability, so that one certain miss does not drown all other differences."""


class ClipRanker(ByClip):
    """Scores each slot among the alternatives of its kind; ``facets`` are a model's few words, or ``None`` for the open
    world."""

    name = "clip"

    def __init__(
        self,
        clip: ClipModel,
        facets: Facets | None,
        of_slot: Mapping[str, str],
        slot_weights: Mapping[str, float] = EQUAL,
    ) -> None:
        super().__init__(clip)
        self.facets = facets
        self.of_slot = of_slot
        self.slot_weights = slot_weights

    def describe(self) -> Mapping[str, Any]:
        return {
            "name": self.name,
            **self.clip.describe(),
            "scale": round(self.clip.scale, 4),
            "alternatives": fingerprint(self.facets or plain(open_world())),
            "total": "geometric mean of the judged slots by their weights",
            "slot_weights": dict(self.slot_weights),
        }

    def claims(self, prompt: Prompt) -> list[Claim]:
        """Return what the prompt says and the model can judge."""
        phrases = [phrase for phrase in prompt.phrases if phrase.weight > 0]
        whole = ", ".join(phrase.text for phrase in phrases)
        found = []
        for phrase in phrases:
            if self.facets is not None:
                found += known_claims(phrase.slot, phrase.text, phrase.weight, self.facets, self.of_slot)
                continue
            parts = self.clip.fitting(phrase.text)
            for part in parts:
                found += generic_claims(phrase.slot, part, phrase.weight / len(parts), whole, open_world())
        return [claim for claim in found if claim.others]

    def score(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[Mapping[str, float]]:
        if not candidates:
            return []
        claims = self.claims(prompt)
        if not claims and self.facets is not None:
            return [{}] * len(candidates)
        images = self.clip.images(pictures(candidates))
        return self._said(claims, images) if claims else cosines(self.clip, whole_text(self.clip, prompt), images)

    def score_ensemble(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[list[Mapping[str, float]]]:
        claims = self.claims(prompt)
        if not claims or not candidates:
            return []
        ways = list(zip(*(reworded(claim) for claim in claims), strict=True))
        members = []
        for view in views(prompt):
            images = self.clip.images([view(image) for image in pictures(candidates)])
            members += [self._said(way, images) for way in ways]
        return members

    def _said(self, claims: Sequence[Claim], images: Tensor) -> list[Mapping[str, float]]:
        self.clip.texts([text for claim in claims for ways in (claim.truth, *claim.others) for text in ways])
        logs = [(claim, self._log_probability(claim, images)) for claim in claims]
        return [self._by_slot([(claim, values[i]) for claim, values in logs]) for i in range(len(images))]

    def _log_probability(self, claim: Claim, images: Tensor) -> list[float]:
        import torch

        ways = [claim.truth, *claim.others]
        features = torch.stack([self.clip.texts(texts).mean(0) for texts in ways])
        features = features / features.norm(dim=-1, keepdim=True)
        share = (self.clip.scale * images @ features.T).softmax(-1)[:, 0]
        values: list[float] = share.clamp(min=FLOOR).log().tolist()
        return values

    def _by_slot(self, logs: Sequence[tuple[Claim, float]]) -> dict[str, float]:
        slots: dict[str, list[tuple[float, float]]] = {}
        for claim, value in logs:
            slots.setdefault(claim.slot, []).append((claim.weight, value))
        means = {slot: _mean(pairs) for slot, pairs in slots.items()}
        total = _mean([(self.slot_weights.get(slot, 1.0), mean) for slot, mean in means.items()])
        return {"total": math.exp(total), **{slot: math.exp(mean) for slot, mean in means.items()}}


def _mean(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the mean of (weight, value) pairs."""
    return sum(weight * value for weight, value in pairs) / sum(weight for weight, _ in pairs)


class ClipLoader:
    """``clip:embedded``, ``clip:ARCH/PRETRAINED`` by open_clip's names, ``clip:hf-hub:…`` or ``clip:local-dir:…``."""

    name = "clip"
    summary = "each slot a probability among alternatives of its kind; the total is their geometric mean"
    checkpoints = CHECKPOINTS

    def check_name(self, model: str) -> None:
        """Raise ModelError for a checkpoint that cannot be, before anything is loaded."""
        check_name(model)

    def load(self, model: str | None = None, *, device: str | None = None) -> ClipRanker:
        clip = ClipModel(model or DEFAULT_MODEL, device)
        if clip.name != EMBEDDED:
            return ClipRanker(clip, None, {})
        from promptkit.embedded.words import FACETS

        return ClipRanker(clip, FACETS, {facet: "subject" if facet == "colour" else facet for facet in FACETS})
