"""What halving is worth: the pictures it picks and what it costs, beside best of n, on the embedded model.

python -m promptkit.embedded.train judge      # once, 11 minutes: the judge is not shipped
python benchmarks/halving.py [--prompts 300] [--folder .train]

Every prompt's 16 seeds are run to the end once, and their previews are scored after every step that a schedule names.
Since dropping others changes no survivor, what any schedule keeps is known from these numbers; ``check`` runs the real
thing beside it. Gain = (picked − random) / (best of 16 − random): 0 is a random seed, 1 what sixteen whole runs give.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from promptkit.embedded.training import judge as judges
from promptkit.embedded.training.data import labels, to_float
from promptkit.embedded.training.evaluate import held_out_prompts
from promptkit.interfaces import StepEvent
from promptkit.records import Candidate, GenerationRequest, GenerationSettings
from promptkit.run import silent
from promptkit.searches.halving import SCHEDULE, checkpoints
from promptkit.session import Session

SEEDS = 16
COHORT = 16
RESAMPLES = 2000
SCHEDULES = {"40,60": SCHEDULE, "20": (20.0,)}
SETTINGS = {"8 steps, guidance 1": (8, 1.0, 1), "16 steps": (16, 3.0, 3), "16 steps, guidance 1": (16, 1.0, 2)}
"""Steps, guidance, and of how many prompts one is run. Without guidance more goes wrong: there is more to pick from."""
HARD = "8 steps, guidance 1"
OUT = Path(__file__).with_suffix(".json")


@dataclass(frozen=True)
class Runs:
    """Whole runs of every seed of every prompt under one setting."""

    steps: int
    previews: Mapping[int, np.ndarray]
    """Step → ranker totals of the x₀ predictions, (prompts, seeds)."""
    totals: np.ndarray
    """Ranker totals of the finished pictures, (prompts, seeds)."""
    right: np.ndarray
    """Whether the judge finds everything that the prompt says, (prompts, seeds)."""


class Bench:
    """The loaded model, ranker and judge."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.session = Session()
        self.backend = self.session._load_backend(silent)
        self.ranker = self.session._load_ranker(silent)

    @cached_property
    def judge(self) -> judges.Judge:
        return judges.train(self.folder)

    def request(self, text: str, seeds: Sequence[int], steps: int, guidance: float, batch: int) -> GenerationRequest:
        user = GenerationSettings(num_inference_steps=steps, guidance_scale=guidance, batch_size=batch)
        prompt = self.session.parse(text)
        wanted, sampler = self.session._settings(prompt, user)
        return GenerationRequest(
            prompt=prompt, seeds=tuple(seeds), settings=self.backend.settle(wanted), sampler=sampler
        )

    def collect(self, prompts: int, seeds: int, steps: int, guidance: float, asked: Sequence[int]) -> Runs:
        """Run every seed of ``prompts`` held-out prompts to the end; look at it after each of the ``asked`` steps.

        What was run lies in the folder, and is not run again.
        """
        path = self.folder / f"halving-{prompts}-{seeds}-{steps}-{guidance:g}.npz"
        if path.exists():
            return self._judged(path, steps)
        previews: dict[int, list[list[float]]] = {step: [] for step in asked}
        totals, pictures = [], []
        for number, (_, text) in enumerate(held_out_prompts(prompts)):
            request = self.request(text, range(number * seeds, (number + 1) * seeds), steps, guidance, COHORT)
            seen: dict[int, list[float]] = {step: [] for step in asked}

            def look(event: StepEvent, request: GenerationRequest = request, seen: dict = seen) -> None:
                if event.step in seen:
                    images = event.previews(event.indices)
                    shown = [Candidate(index=i, seed=0, image=image) for i, image in enumerate(images)]
                    seen[event.step] += self._totals(request, shown)

            finished = list(self.backend.generate(request, on_step=look))
            for step in asked:
                previews[step].append(seen[step])
            totals.append(self._totals(request, finished))
            pictures.append(np.stack([np.asarray(candidate.image) for candidate in finished]))
            if number % 25 == 24:
                sys.stderr.write(f"{steps} steps, guidance {guidance:g}: {number + 1} of {prompts} prompts\n")
        self.folder.mkdir(parents=True, exist_ok=True)
        arrays = {str(step): np.array(values) for step, values in previews.items()}
        np.savez(path, totals=np.array(totals), pictures=np.stack(pictures), **arrays)
        return self._judged(path, steps)

    def _judged(self, path: Path, steps: int) -> Runs:
        """Read what was run, and let the judge see the pictures."""
        with np.load(path) as found:
            previews = {int(name): found[name] for name in found.files if name.isdigit()}
            totals, pictures = found["totals"], found["pictures"]
        right = []
        for (scene, _), shown in zip(held_out_prompts(len(pictures)), pictures, strict=True):
            pixels = to_float(torch.from_numpy(shown).permute(0, 3, 1, 2))
            right.append(self.judge.right(pixels, labels([scene]).expand(len(shown), -1)).all(1).numpy())
        return Runs(steps, previews, totals, np.array(right, dtype=float))

    def _totals(self, request: GenerationRequest, candidates: Sequence[Candidate]) -> list[float]:
        return [score["total"] for score in self.ranker.score(request.prompt, candidates)]


def survivors(runs: Runs, prompt: int, schedule: Sequence[float], seeds: Sequence[int]) -> list[int]:
    """Return which of one cohort's seeds are run to the end."""
    left = list(seeds)
    for step in checkpoints(schedule, runs.steps):
        order = sorted(left, key=lambda seed: -runs.previews[step][prompt, seed])
        left = sorted(order[: math.ceil(len(left) / 2)])
    return left


def halved(runs: Runs, schedule: Sequence[float], *, seeds: int, cohort: int) -> list[int]:
    """Return the seed that halving picks for each prompt, cohort by cohort."""
    picks = []
    for prompt in range(len(runs.totals)):
        left = [
            seed
            for begin in range(0, seeds, cohort)
            for seed in survivors(runs, prompt, schedule, range(begin, begin + cohort))
        ]
        picks.append(max(left, key=lambda seed: (runs.totals[prompt, seed], -seed)))
    return picks


def rows(schedule: Sequence[float], steps: int, seeds: int) -> float:
    """Return what halving costs of best of n: rows that the denoiser evaluates, without previews and scores."""
    left, done, cost = seeds, 0, 0
    for step in checkpoints(schedule, steps):
        cost += left * (step - done)
        left, done = math.ceil(left / 2), step
    return (cost + left * (steps - done)) / (seeds * steps)


def best_of(values: np.ndarray, totals: np.ndarray, n: float, seeds: int) -> np.ndarray:
    """Return what the best of ``n`` of the first ``seeds`` seeds is worth for each prompt, exactly: the mean over all
    choices of n; between two whole n, linear."""
    low = math.floor(n)
    if low != n:
        share = n - low
        return (1 - share) * best_of(values, totals, low, seeds) + share * best_of(values, totals, low + 1, seeds)
    order = np.argsort(-totals[:, :seeds], axis=1, kind="stable")
    chance = np.array([math.comb(seeds - 1 - place, low - 1) for place in range(seeds)]) / math.comb(seeds, low)
    return np.take_along_axis(values[:, :seeds], order, 1) @ chance


def interval(figure: Callable[[np.ndarray], float], prompts: int) -> dict[str, float]:
    """Return a figure of all prompts with its 95 % percentile bootstrap interval over prompts (Efron, 1979)."""
    rng = np.random.default_rng(0)
    drawn = sorted(figure(rng.integers(prompts, size=prompts)) for _ in range(RESAMPLES))
    low, high = drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES) - 1]
    return {"mean": round(figure(np.arange(prompts)), 4), "low": round(low, 4), "high": round(high, 4)}


def compare(runs: Runs, picked: np.ndarray, values: np.ndarray, n: float, seeds: int) -> dict[str, Any]:
    """Return the gain of picked values, that of best of n at equal cost, and their difference."""
    random, whole, equal = (best_of(values, runs.totals, k, seeds) for k in (1, seeds, n))
    count = len(picked)

    def gain(of: np.ndarray) -> Callable[[np.ndarray], float]:
        def figure(some: np.ndarray) -> float:
            gap = float((whole - random)[some].mean())
            return float((of - random)[some].mean()) / gap if gap else float("nan")

        return figure

    return {
        "prompts": count,
        "gain": interval(gain(picked), count),
        "best of n at equal cost": interval(gain(equal), count),
        "difference": interval(lambda some: gain(picked)(some) - gain(equal)(some), count),
    }


def study(runs: Runs, schedules: Mapping[str, Sequence[float]], extra: float) -> dict[str, Any]:
    """Return a setting's figures; ``extra`` is what one look at a preview costs, in denoiser steps of one candidate."""
    every = np.arange(len(runs.totals))
    found: dict[str, Any] = {}
    for name, measure in (("all right", runs.right), ("total", runs.totals)):
        found[name] = {
            f"best of {n}": round(float(best_of(measure, runs.totals, n, SEEDS).mean()), 4)
            for n in (1, 4, 8, 9, 10, 16)
        }
    for label, schedule in schedules.items():
        looks, left = 0, SEEDS
        for _ in checkpoints(schedule, runs.steps):
            looks, left = looks + left, math.ceil(left / 2)
        share = rows(schedule, runs.steps, SEEDS)
        cost = share + (looks - (SEEDS - left)) * extra / (SEEDS * runs.steps)
        picks = halved(runs, schedule, seeds=SEEDS, cohort=COHORT)
        found[f"halving:{label}"] = {
            "after_steps": list(checkpoints(schedule, runs.steps)),
            "rows": round(share, 4),
            "cost": round(cost, 4),
            "n at equal cost": round(cost * SEEDS, 2),
            **{
                name: compare(runs, measure[every, picks], measure, cost * SEEDS, SEEDS)
                for name, measure in (("all right", runs.right), ("total", runs.totals))
            },
        }
    return found


def cohorts(runs: Runs) -> dict[str, Any]:
    """Return what 32 seeds are worth that are halved together, in cohorts of 16, and of 8."""
    every, found = np.arange(len(runs.totals)), {}
    n = 32 * rows(SCHEDULE, runs.steps, 32)
    for cohort in (32, 16, 8, 4):
        picks = halved(runs, SCHEDULE, seeds=32, cohort=cohort)
        found[f"cohorts of {cohort}"] = {
            name: compare(runs, measure[every, picks], measure, n, 32)["gain"]
            for name, measure in (("all right", runs.right), ("total", runs.totals))
        }
    return found


def check(bench: Bench, runs: Runs, prompts: int, steps: int, guidance: float) -> dict[str, Any]:
    """Run halving for real; return for how many prompts it picks the seed that the recorded numbers say."""
    foretold = halved(runs, SCHEDULE, seeds=SEEDS, cohort=COHORT)
    settings = GenerationSettings(num_inference_steps=steps, guidance_scale=guidance, batch_size=COHORT)
    same = 0
    for number, (_, text) in enumerate(held_out_prompts(prompts)):
        begin = number * SEEDS
        result = bench.session.generate(text, candidates=SEEDS, seed=begin, settings=settings, search="halving")
        same += result.best.seed - begin == foretold[number]
    return {"prompts": prompts, "same pick": same}


def costs(bench: Bench, rounds: int, steps: int) -> dict[str, Any]:
    """Return process CPU seconds of whole runs, scores included, in turns, and what one look costs."""
    text = "a red lighthouse, watercolour, golden hour, wide shot"
    settings = GenerationSettings(num_inference_steps=steps, batch_size=COHORT)
    ways = {
        "best of 16": (16, "best-of-n"),
        "halving": (16, "halving"),
        "best of 9": (9, "best-of-n"),
        "best of 10": (10, "best-of-n"),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (count, search) in ways.items():
            begin = time.process_time()
            bench.session.generate(text, candidates=count, settings=settings, search=search)
            times[name].append(time.process_time() - begin)
    medians = {name: statistics.median(values) for name, values in times.items()}
    share = medians["halving"] / medians["best of 16"]
    return {
        "seconds": {name: round(value, 3) for name, value in medians.items()},
        "halving / best of 16": round(share, 4),
        "rows": round(rows(SCHEDULE, steps, SEEDS), 4),
        "look in steps": round(_look(bench, rounds, steps), 2),
    }


def _look(bench: Bench, rounds: int, steps: int) -> float:
    """Return the cost of decoding and scoring one preview, in denoiser steps of one candidate."""
    request = bench.request("a red lighthouse, watercolour, golden hour", range(SEEDS), steps, 3.0, COHORT)
    looked, whole = [], []

    def look(event: StepEvent) -> None:
        if event.step == steps // 2:
            begin = time.process_time()
            images = event.previews(event.indices)
            bench.ranker.score(request.prompt, [Candidate(index=i, seed=0, image=im) for i, im in enumerate(images)])
            looked.append(time.process_time() - begin)

    marks: list[float] = []
    for _ in range(rounds):
        list(bench.backend.generate(request, on_step=look))
        marks.clear()
        list(bench.backend.generate(request, on_step=lambda _: marks.append(time.process_time())))
        whole.append((marks[-1] - marks[0]) / (steps - 1))
    return statistics.median(looked) / statistics.median(whole)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompts", type=int, default=300)
    parser.add_argument("--folder", type=Path, default=Path(".train"))
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    bench = Bench(chosen.folder)
    found: dict[str, Any] = {"prompts": chosen.prompts, "seeds": SEEDS, "costs": {}}
    for steps in (16, 8):
        found["costs"][f"{steps} steps"] = costs(bench, chosen.rounds, steps)
    for name, (steps, guidance, part) in SETTINGS.items():
        asked = sorted({step for schedule in SCHEDULES.values() for step in checkpoints(schedule, steps)})
        runs = bench.collect(chosen.prompts // part, SEEDS, steps, guidance, asked)
        found[name] = study(runs, SCHEDULES, found["costs"][f"{steps} steps"]["look in steps"])
        if name == "16 steps":
            found["check"] = check(bench, runs, min(20, chosen.prompts), steps, guidance)
        OUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    steps, guidance, _ = SETTINGS[HARD]
    runs = bench.collect(chosen.prompts // 5, 32, steps, guidance, checkpoints(SCHEDULE, steps))
    found[f"32 seeds, {HARD}"] = cohorts(runs)
    OUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
