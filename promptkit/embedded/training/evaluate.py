"""What the embedded model can do, by the judge: held-out combinations, random seeds, picked seeds, and the best there
was."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor

from promptkit.embedded.scenes.captions import caption
from promptkit.embedded.scenes.scene import Scene, draw_scene
from promptkit.embedded.training.data import CLASSES, draw_batch, labels, looked_at, to_device, to_float
from promptkit.embedded.training.judge import Judge
from promptkit.interfaces import Backend, Embedder, Ranker
from promptkit.prompt import Prompt
from promptkit.records import Candidate, GenerationRequest, GenerationSettings

SEEDS = 8
KEPT = 16
"""How many pictures that went wrong are kept to be shown, the first of as many prompts."""
RESAMPLES = 2000
DIVERSE = {"bare": "a cat", "full": "a red cat, flat vector, golden hour, close-up"}
DIVERSE_SEEDS = tuple(range(32))
Read = Callable[[str], Prompt]


def held_out_prompts(count: int) -> list[tuple[Scene, str]]:
    """Return combinations never trained on, each with a caption that says all of it."""
    rng = random.Random("evaluate/prompts")
    scenes = [draw_scene(rng, held_out=True) for _ in range(count)]
    return [(scene, caption(scene, rng, drop={})) for scene in scenes]


@dataclass(frozen=True)
class Failure:
    """A picture that the judge finds wrong: the prompt, and what was seen instead, by facet."""

    image: Image
    text: str
    seen: Mapping[str, str]


def to_tensor(candidates: Sequence[Candidate]) -> Tensor:
    """Return pictures as the judge sees them: −1 … 1, (candidates, 3, 64, 64)."""
    import numpy as np

    pixels = np.stack([np.asarray(candidate.image) for candidate in candidates])
    return looked_at(to_float(to_device(torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous())))


def evaluate(
    backend: Backend,
    rankers: Mapping[str, Ranker],
    judge: Judge,
    read: Read,
    *,
    prompts: int = 300,
    settings: GenerationSettings,
    sampler: Any = None,
    show: Callable[[int], object] | None = None,
    failures: list[Failure] | None = None,
) -> dict[str, Any]:
    """Generate ``prompts`` × 8 pictures and return every figure, with 95 % bootstrap intervals over prompts.

    The first picture that went wrong of each of the first sixteen prompts where one did is added to ``failures``.
    """
    right, picks, scenes = [], {name: [] for name in rankers}, []  # type: ignore[var-annotated]
    for number, (scene, text) in enumerate(held_out_prompts(prompts)):
        prompt = read(text)
        seeds = tuple(number * SEEDS + i for i in range(SEEDS))
        request = GenerationRequest(prompt=prompt, seeds=seeds, settings=settings, sampler=sampler)
        candidates = list(backend.generate(request))
        pictures = to_tensor(candidates)
        right.append(judge.right(pictures, labels([scene]).expand(SEEDS, -1)))
        wrong = (~right[-1].all(1)).nonzero().flatten().tolist()
        if failures is not None and wrong and len(failures) < KEPT:
            seen = judge.seen(pictures[wrong[0]])
            instead = {facet: value for facet, value in seen.items() if value != getattr(scene, facet)}
            failures.append(Failure(candidates[wrong[0]].image, text, instead))
        for name, ranker in rankers.items():
            totals = [score["total"] for score in ranker.score(prompt, candidates)]
            picks[name].append(totals.index(max(totals)))
        scenes.append(scene)
        if show is not None:
            show(number + 1)
    return figures(torch.stack(right), picks, scenes)


def figures(right: Tensor, picks: Mapping[str, Sequence[int]], scenes: Sequence[Scene]) -> dict[str, Any]:
    """Sum up which facets were right: ``right`` is bool, (prompts, seeds, 5); ``picks`` says which seed a ranker
    chose."""
    every = right.all(-1).float()
    rows = torch.arange(len(every))
    oracle = every.amax(1)
    found: dict[str, Any] = {
        "prompts": len(every),
        "seeds": every.shape[1],
        "random": interval(every.mean(1)),
        "oracle": interval(oracle),
        "by_facet": {facet: round(float(right[..., i].float().mean()), 4) for i, facet in enumerate(CLASSES)},
        "by_subject": _by("subject", every, scenes),
        "by_style": _by("style", every, scenes),
    }
    for name, chosen in picks.items():
        picked = every[rows, torch.tensor(chosen)]
        gap = float(oracle.mean() - every.mean())
        closed = float(picked.mean() - every.mean()) / gap if gap > 0 else float("nan")
        found[f"best of {every.shape[1]} by {name}"] = {**interval(picked), "gap_closed": round(closed, 4)}
    return found


def _by(facet: str, every: Tensor, scenes: Sequence[Scene]) -> dict[str, dict[str, float]]:
    """Return the share of pictures with everything right, and its interval, for each value of a facet that occurs."""
    values = [getattr(scene, facet) for scene in scenes]
    return {
        value: interval(every[[one == value for one in values]].mean(1)) for value in CLASSES[facet] if value in values
    }


def interval(values: Tensor) -> dict[str, float]:
    """Return the mean and a 95 % percentile bootstrap interval over prompts (Efron, 1979)."""
    generator = torch.Generator().manual_seed(0)
    draws = torch.randint(len(values), (RESAMPLES, len(values)), generator=generator)
    means = values[draws].mean(1).sort().values
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
    return {"mean": round(float(values.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def diversity(
    backend: Backend, embedder: Embedder, read: Read, *, settings: GenerationSettings, sampler: Any = None
) -> dict[str, float]:
    """Return how far apart pictures of one prompt are: mean cosine distance of their CLIP embeddings over all pairs of
    32 seeds, 0 … 2, for a prompt that names a thing alone and for one that says everything."""
    found = {}
    for name, text in DIVERSE.items():
        request = GenerationRequest(prompt=read(text), seeds=DIVERSE_SEEDS, settings=settings, sampler=sampler)
        images = [candidate.image for candidate in backend.generate(request) if candidate.image is not None]
        units = torch.from_numpy(embedder.embed_images(images))
        alike = units @ units.T
        found[name] = round(float(1 - alike[torch.triu(torch.ones_like(alike), 1) > 0].mean()), 4)
    return found


@torch.no_grad()
def judge_figures(judge: Judge, vae: Any, count: int = 600) -> dict[str, float]:
    """Return how often the judge has all five facets right on renders, and on renders that went through the
    autoencoder."""
    scenes, raw = draw_batch(random.Random("evaluate/judge"), count, held_out=True)
    pictures, truth = to_float(raw), labels(scenes)
    decoded = torch.cat([vae.decode(vae.encode(part).latent_dist.mean).sample for part in pictures.split(50)])
    return {
        "renders": round(float(judge.right(looked_at(pictures), truth).all(1).float().mean()), 4),
        "after_vae": round(float(judge.right(looked_at(decoded.clamp(-1, 1)), truth).all(1).float().mean()), 4),
    }
