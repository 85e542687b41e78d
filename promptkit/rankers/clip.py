"""Ranking by CLIP, slot by slot (Radford et al., arXiv:2103.00020), and plain CLIPScore (Hessel et al.,
arXiv:2104.08718).

A claim of a phrase ("golden hour") scores the softmax probability of its text among the alternatives of its kind, at
the
model's own scale. A slot scores the geometric mean of its claims, weighted by the phrases' weights, and ``total`` is
the
geometric mean of the slots: a picture that misses one thing entirely cannot make up for it with the others.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.dialects import read
from promptkit.errors import ModelError
from promptkit.hub import prepare_hub
from promptkit.prompt import Prompt
from promptkit.rankers.alternatives import GENERIC, Claim, Facets, fingerprint, generic_claim, known_claims
from promptkit.records import Candidate

if TYPE_CHECKING:
    from torch import Tensor

EMBEDDED = "embedded"
LOCAL = "local-dir:"
DEFAULT_MODEL = "ViT-B-32/laion2b_s34b_b79k"
IMAGE_BATCH = 32
FLOOR = 1e-6
"""The least probability, so that one certain miss does not drown all other differences."""


class ClipModel:
    """A loaded open_clip model with its tokenizer and a cache of text features."""

    def __init__(self, name: str, device: str | None = None) -> None:
        self.name = name
        self.model, self.preprocess, self.tokenizer = _load(name)
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
        target, _ = _target(self.name)
        return _weights_hash(Path(target.removeprefix(LOCAL))) if target.startswith(LOCAL) else None

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
            return [{}] * len(candidates) if self.facets is not None else _cosines(self.clip, prompt, images)
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


class PlainClipRanker:
    """CLIPScore: the cosine of the picture and the whole resolved text, below 0 cut off; ``total`` alone."""

    name = "clip-plain"

    def __init__(self, clip: ClipModel) -> None:
        self.clip = clip

    def describe(self) -> Mapping[str, Any]:
        return {"name": self.name, **self.clip.describe()}

    def score(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[Mapping[str, float]]:
        return _cosines(self.clip, prompt, self.clip.images(candidates)) if candidates else []


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


def _cosines(clip: ClipModel, prompt: Prompt, images: Tensor) -> list[Mapping[str, float]]:
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


class ClipLoader:
    """``clip:embedded``, ``clip:ARCH/PRETRAINED`` by open_clip's names, ``clip:hf-hub:…`` or ``clip:local-dir:…``."""

    name = "clip"

    def load(self, model: str | None = None, *, device: str | None = None) -> ClipRanker:
        clip = ClipModel(model or DEFAULT_MODEL, device)
        if clip.name != EMBEDDED:
            return ClipRanker(clip, None, {})
        from promptkit.embedded.words import FACETS

        return ClipRanker(clip, FACETS, {facet: "subject" if facet == "colour" else facet for facet in FACETS})


class PlainClipLoader:
    """The same models, scored by the whole text."""

    name = "clip-plain"

    def load(self, model: str | None = None, *, device: str | None = None) -> PlainClipRanker:
        return PlainClipRanker(ClipModel(model or DEFAULT_MODEL, device))


def _load(name: str) -> tuple[Any, Any, Any]:
    """Return model, image preprocessing and tokenizer. Raises ModelError; never a model with random weights."""
    import open_clip

    online = prepare_hub()
    target, pretrained = _target(name)
    try:
        if pretrained is not None and pretrained not in open_clip.list_pretrained_tags_by_model(target):
            raise ModelError(
                f"open_clip knows no checkpoint '{pretrained}' of '{target}'.",
                hint="Name one as ARCH/PRETRAINED, such as clip:ViT-B-32/laion2b_s34b_b79k.",
            )
        with _quiet():
            model, preprocess = open_clip.create_model_from_pretrained(target, pretrained=pretrained)
            return model, preprocess, open_clip.get_tokenizer(target)
    except ModelError:
        raise
    except Exception as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        fetched = online or name == EMBEDDED or name.startswith(LOCAL)
        why = (
            f"cannot be loaded: {first}"
            if fetched
            else "is not in the cache, and there is no network to fetch it over."
        )
        raise ModelError(
            f"The CLIP model '{name}' {why}",
            hint="Connect to the network once to download it, give clip:local-dir:FOLDER, or rank with clip:embedded.",
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence open_clip, which logs through the root logger, and give the caller's level back."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        root.setLevel(level)


def _weights_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as handle:
            for block in iter(lambda: handle.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()


def _target(name: str) -> tuple[str, str | None]:
    if name == EMBEDDED:
        from promptkit.embedded import clip_path

        return f"{LOCAL}{clip_path()}", None
    if name.startswith(("hf-hub:", LOCAL)):
        return name, None
    architecture, _, pretrained = name.partition("/")
    return architecture, pretrained or "openai"
