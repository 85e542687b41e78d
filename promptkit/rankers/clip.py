"""Ranking by CLIP, slot by slot (Radford et al., arXiv:2103.00020).

A claim of a phrase ("golden hour") scores the softmax probability of its text among the alternatives of its kind, at
the model's own scale. A slot scores the geometric mean of its claims, weighted by the phrases' weights, and ``total``
is the geometric mean of the slots: a picture that misses one thing entirely cannot make up for it with the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit.prompt import Prompt
from promptkit.rankers.alternatives import GENERIC, Claim, Facets, fingerprint, generic_claim, known_claims
from promptkit.rankers.checkpoints import DEFAULT_MODEL, EMBEDDED
from promptkit.rankers.clip_model import ClipModel
from promptkit.rankers.plain import cosines
from promptkit.records import Candidate

if TYPE_CHECKING:
    from torch import Tensor

FLOOR = 1e-6
"""The least probability, so that one certain miss does not drown all other differences."""


class ClipRanker:
    """Scores each slot among the alternatives of its kind."""

    name = "clip"

    def __init__(self, clip: ClipModel, facets: Facets | None, of_slot: Mapping[str, str]) -> None:
        self.clip = clip
        self.facets = facets
        self.of_slot = of_slot

    def describe(self) -> Mapping[str, Any]:
        return {
            "name": self.name,
            **self.clip.describe(),
            "scale": round(self.clip.scale, 4),
            "alternatives": fingerprint(self.facets or GENERIC),
            "total": "geometric mean of the judged slots, equal weights",
        }

    def claims(self, prompt: Prompt) -> list[Claim]:
        """Return what the prompt says and the model can judge."""
        found = []
        for phrase in prompt.phrases:
            if phrase.weight <= 0:
                continue
            if self.facets is None:
                found.append(generic_claim(phrase.slot, phrase.text, phrase.weight))
            else:
                found += known_claims(phrase.slot, phrase.text, phrase.weight, self.facets, self.of_slot)
        return [claim for claim in found if claim.others]

    def score(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[Mapping[str, float]]:
        if not candidates:
            return []
        images = self.clip.images(candidates)
        claims = self.claims(prompt)
        if not claims:
            return [{}] * len(candidates) if self.facets is not None else cosines(self.clip, prompt, images)
        logs = [(claim, self._log_probability(claim, images)) for claim in claims]
        return [_by_slot([(claim, values[i]) for claim, values in logs]) for i in range(len(candidates))]

    def _log_probability(self, claim: Claim, images: Tensor) -> list[float]:
        import torch

        ways = [claim.truth, *claim.others]
        features = torch.stack([self.clip.texts(texts).mean(0) for texts in ways])
        features = features / features.norm(dim=-1, keepdim=True)
        share = (self.clip.scale * images @ features.T).softmax(-1)[:, 0]
        values: list[float] = share.clamp(min=FLOOR).log().tolist()
        return values


def _by_slot(logs: Sequence[tuple[Claim, float]]) -> dict[str, float]:
    slots: dict[str, list[tuple[float, float]]] = {}
    for claim, value in logs:
        slots.setdefault(claim.slot, []).append((claim.weight, value))
    means = {
        slot: sum(weight * value for weight, value in pairs) / sum(weight for weight, _ in pairs)
        for slot, pairs in slots.items()
    }
    return {
        "total": math.exp(sum(means.values()) / len(means)),
        **{slot: math.exp(mean) for slot, mean in means.items()},
    }


class ClipLoader:
    """``clip:embedded``, ``clip:ARCH/PRETRAINED`` by open_clip's names, ``clip:hf-hub:…`` or ``clip:local-dir:…``."""

    name = "clip"

    def load(self, model: str | None = None, *, device: str | None = None) -> ClipRanker:
        clip = ClipModel(model or DEFAULT_MODEL, device)
        if clip.name != EMBEDDED:
            return ClipRanker(clip, None, {})
        from promptkit.embedded.words import FACETS

        return ClipRanker(clip, FACETS, {facet: "subject" if facet == "colour" else facet for facet in FACETS})
