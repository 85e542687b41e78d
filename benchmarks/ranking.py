"""What ranking is worth: pictures of held-out scenes by the embedded model, judged by a network that nothing else saw.

python -m promptkit.embedded.train judge     # once: trains the judge, about twenty minutes
python benchmarks/ranking.py                 # about half an hour; pictures are kept in --folder and not made again

Writes benchmarks/ranking.json: for several numbers of denoising steps how often all five facets are right for a random
seed, for the best of 8 by each ranker, and for the best there was; how much of that gap each ranker closes; how often
ties and wins were told rightly, also where one
facet was made wrong; what it costs; and how often resizing by tensors would change an order.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.stats import binomtest

from promptkit.embedded.scenes.captions import caption
from promptkit.embedded.scenes.scene import Scene
from promptkit.embedded.training import judge as judges
from promptkit.embedded.training.data import LOOKED_AT, labels
from promptkit.embedded.training.evaluate import RESAMPLES, SEEDS, figures, held_out_prompts, interval, to_tensor
from promptkit.embedded.words import FACETS
from promptkit.interfaces import Ranker
from promptkit.prompt import Prompt
from promptkit.records import Candidate, GenerationRequest, GenerationSettings, best_first
from promptkit.session import Session
from promptkit.ties import measured

RANKERS = {"slot-wise": "clip", "plain": "clip-plain"}
TIMED = 10
PAIRS = 60
LARGE = 160
"""Pixels that pictures are enlarged to, so that there is something to resize."""


class Bench:
    """A session's model and rankers, and the pictures they are measured on."""

    def __init__(self, folder: Path, prompts: int, skip: int) -> None:
        self.folder, self.skip, self.session = folder, skip, Session("embedded", device="cpu")
        self.backend = self.session.registry.get("backend", "diffusers").load(self.session.model)
        self.settings = self.backend.settle(self.session.model.settings)
        self.sampler = self.session.registry.get("sampler", self.settings.sampler)
        self.rankers: dict[str, Ranker] = {
            name: self.session.registry.get("ranker", kind).load("embedded") for name, kind in RANKERS.items()
        }
        self.scenes: list[Scene] = []
        self.prompts: list[Prompt] = []
        for scene, text in held_out_prompts(skip + prompts)[skip:]:
            self.scenes.append(scene)
            self.prompts.append(self.session.parse(text))

    def candidates(self, number: int, steps: int | None = None) -> list[Candidate]:
        """Generate the 8 candidates of a prompt."""
        first = (self.skip + number) * SEEDS
        return self.generate(self.prompts[number], tuple(range(first, first + SEEDS)), steps)

    def generate(self, prompt: Prompt, seeds: tuple[int, ...], steps: int | None) -> list[Candidate]:
        settings = GenerationSettings(num_inference_steps=steps).over(self.settings)
        request = GenerationRequest(prompt=prompt, seeds=seeds, settings=settings, sampler=self.sampler)
        return list(self.backend.generate(request))

    def pictures(self, steps: int) -> np.ndarray:
        """Return uint8 (prompts, 8, 128, 128, 3), from the folder where they were made before."""
        path = self.folder / f"ranking-{steps}-from-{self.skip}.npy"
        if not path.exists() or len(np.load(path, mmap_mode="r")) < len(self.prompts):
            made = []
            for number in range(len(self.prompts)):
                made.append([np.asarray(candidate.image) for candidate in self.candidates(number, steps)])
                sys.stderr.write(f"\r{steps} steps, {number + 1}/{len(self.prompts)}")
            np.save(path, np.array(made))
        return np.load(path)[: len(self.prompts)]


def run(bench: Bench, judge: judges.Judge, steps: int) -> dict[str, Any]:
    """Judge and rank the pictures of a number of steps; return every figure."""
    made = [
        [Candidate(index=i, seed=i, image=Image.fromarray(picture)) for i, picture in enumerate(pictures)]
        for pictures in bench.pictures(steps)
    ]
    right = torch.stack(
        [
            judge.right(to_tensor(pictures), labels([scene]).expand(SEEDS, -1))
            for scene, pictures in zip(bench.scenes, made, strict=True)
        ]
    )
    every = right.all(-1)
    told = {
        name: [_told(ranker, prompt, pictures) for prompt, pictures in zip(bench.prompts, made, strict=True)]
        for name, ranker in bench.rankers.items()
    }
    order = {name: [best_first(candidates) for candidates in all_told] for name, all_told in told.items()}
    picks = {name: [best[0].index for best in bests] for name, bests in order.items()}
    found = figures(right, picks, bench.scenes)
    chosen = {name: every[torch.arange(len(every)), torch.tensor(picked)].float() for name, picked in picks.items()}
    keep = ("prompts", "seeds", "random", "oracle", "by_facet")
    return {
        **{key: found[key] for key in keep},
        **{
            name: {**interval(values), "gap_closed": gap_closed(every.float(), values)}
            for name, values in chosen.items()
        },
        "slot-wise against plain": paired(chosen["slot-wise"], chosen["plain"]),
        "ties": {name: ties(bests, every) for name, bests in order.items()},
    }


def _told(ranker: Ranker, prompt: Prompt, candidates: Sequence[Candidate]) -> list[Candidate]:
    scores = ranker.score(prompt, candidates)
    scored = [replace(candidate, scores=score) for candidate, score in zip(candidates, scores, strict=True)]
    return measured(ranker, prompt, scored)


def gap_closed(every: torch.Tensor, picked: torch.Tensor) -> dict[str, float]:
    """Return (picked − random) / (oracle − random) with a 95 % percentile bootstrap interval over prompts."""
    generator = torch.Generator().manual_seed(0)
    draws = torch.randint(len(every), (RESAMPLES, len(every)), generator=generator)
    chance, oracle = every.mean(1), every.amax(1)
    gaps = (oracle[draws] - chance[draws]).mean(1)
    shares = ((picked[draws] - chance[draws]).mean(1) / gaps)[gaps > 0].sort().values
    low, high = shares[int(0.025 * len(shares))], shares[int(0.975 * len(shares)) - 1]
    mean = (picked - chance).mean() / (oracle - chance).mean()
    return {"mean": round(float(mean), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def paired(first: torch.Tensor, second: torch.Tensor) -> dict[str, float]:
    """Compare two picks prompt by prompt by the exact sign test on those where one alone is right (McNemar, 1947)."""
    only_first, only_second = int((first > second).sum()), int((second > first).sum())
    value = binomtest(only_first, only_first + only_second).pvalue if only_first + only_second else 1.0
    return {"only_slot_wise_right": only_first, "only_plain_right": only_second, "p": round(float(value), 5)}


def ties(order: Sequence[Sequence[Candidate]], every: torch.Tensor) -> dict[str, Mapping[str, float]]:
    """Return how often best and runner-up are right, where the two are told to be level and where the best is ahead."""
    rows = {"tie": [], "win": []}  # type: ignore[var-annotated]
    for number, (best, second, *_) in enumerate(order):
        rows["tie" if second.tied else "win"].append([bool(every[number, one.index]) for one in (best, second)])
    return {
        name: {
            "prompts": len(pairs),
            "best_right": round(sum(one for one, _ in pairs) / max(1, len(pairs)), 4),
            "runner_up_right": round(sum(other for _, other in pairs) / max(1, len(pairs)), 4),
            "only_best_right": sum(one > other for one, other in pairs),
            "only_runner_up_right": sum(other > one for one, other in pairs),
        }
        for name, pairs in rows.items()
    }


def one_wrong(bench: Bench, judge: judges.Judge, steps: int) -> dict[str, dict[str, int]]:
    """Return by facet what is told of two pictures, one that shows the prompt and one made with this facet changed."""
    rng = random.Random("ranking/one wrong")
    found = {facet: {"wins": 0, "ties": 0, "the other first": 0} for facet in FACETS}
    for number, (scene, prompt) in enumerate(zip(bench.scenes[:PAIRS], bench.prompts, strict=False)):
        facet = tuple(FACETS)[number % len(FACETS)]
        value = rng.choice([value for value in FACETS[facet] if value != getattr(scene, facet)])
        changed = replace(scene, **{facet: value})
        other = bench.session.parse(caption(changed, rng, drop={}))
        pair = [bench.generate(said, (number,), steps)[0] for said in (prompt, other)]
        truth = torch.cat([labels([scene]), labels([changed])])
        if not judge.right(to_tensor(pair), truth).all():
            continue
        told = _told(bench.rankers["slot-wise"], prompt, [replace(one, index=i) for i, one in enumerate(pair)])
        first, second = best_first(told)
        found[facet]["ties" if second.tied else "wins" if first.index == 0 else "the other first"] += 1
    return found


def cost(bench: Bench) -> dict[str, float]:
    """Return medians in seconds of one core: 8 candidates at the model's own settings, their scores, and their ties."""
    ranker, times = bench.rankers["slot-wise"], {"generate": [], "score": [], "ties": []}  # type: ignore[var-annotated]
    for number in range(TIMED):
        marks = [time.process_time()]
        candidates = bench.candidates(number)
        marks.append(time.process_time())
        scores = ranker.score(bench.prompts[number], candidates)
        marks.append(time.process_time())
        scored = [replace(candidate, scores=score) for candidate, score in zip(candidates, scores, strict=True)]
        measured(ranker, bench.prompts[number], scored)
        marks.append(time.process_time())
        for name, begin, end in zip(times, marks, marks[1:], strict=False):
            times[name].append(end - begin)
    return {name: round(statistics.median(values), 4) for name, values in times.items()}


def resized(bench: Bench, steps: int) -> dict[str, float]:
    """Return how often torch's resizing would change the pick, and the order, of pictures enlarged before."""
    ranker: Any = bench.rankers["slot-wise"]
    own = ranker.clip.preprocess
    orders = []
    for prompt, pictures in zip(bench.prompts, bench.pictures(steps), strict=True):
        large = [Image.fromarray(picture).resize((LARGE, LARGE), Image.Resampling.BICUBIC) for picture in pictures]
        candidates = [Candidate(index=i, seed=i, image=image) for i, image in enumerate(large)]
        pair = []
        for preprocess in (own, _by_tensors):
            ranker.clip.preprocess = preprocess
            pair.append(_order(ranker.score(prompt, candidates)))
        orders.append(pair)
    ranker.clip.preprocess = own
    count = len(orders)
    return {
        "prompts": count,
        "pick_changes": round(sum(one[0] != other[0] for one, other in orders) / count, 4),
        "order_changes": round(sum(one != other for one, other in orders) / count, 4),
    }


def _by_tensors(images: Sequence[Image.Image]) -> torch.Tensor:
    """Return the embedded CLIP's input, resized without rounding to 8 bits."""
    inputs = torch.from_numpy(np.stack([np.asarray(image) for image in images])).permute(0, 3, 1, 2).float() / 255
    small = torch.nn.functional.interpolate(inputs, size=(LOOKED_AT, LOOKED_AT), mode="bicubic", antialias=True)
    return small.clamp(0, 1) * 2 - 1


def _order(scores: Sequence[Mapping[str, float]]) -> list[int]:
    return sorted(range(len(scores)), key=lambda i: -scores[i]["total"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--folder", type=Path, default=Path(".train"), help="where the judge lies and pictures are kept"
    )
    parser.add_argument("--prompts", type=int, default=300, help="how many held-out prompts, with 8 seeds each")
    parser.add_argument("--skip", type=int, default=0, help="leave out the first so many, which choices were made on")
    parser.add_argument("--steps", type=int, nargs="+", default=[4, 6, 16], help="denoising steps")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/ranking.json"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    judge = judges.train(arguments.folder)
    bench = Bench(arguments.folder, arguments.prompts, arguments.skip)
    found = {
        "by_steps": {str(steps): run(bench, judge, steps) for steps in arguments.steps},
        "one_facet_wrong": one_wrong(bench, judge, arguments.steps[-1]),
        "seconds_of_one_core": cost(bench),
        "resizing_by_tensors": resized(bench, arguments.steps[0]),
    }
    arguments.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
