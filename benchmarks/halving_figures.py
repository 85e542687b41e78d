"""The figures of ``halving.py``: what a schedule would have picked from whole runs, and what that is worth.

Gain = (picked − random) / (best of 16 − random): 0 is a random seed, 1 what sixteen whole runs give.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from promptkit.searches.halving import SCHEDULE, checkpoints

SEEDS = 16
COHORT = 16
RESAMPLES = 2000


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
    """Return what the picked are worth beside best of n at equal cost, seed for seed, and both as gains.

    A gain is left out where best of all is not ahead of a random seed by more than chance: it would divide by nothing.
    """
    random, whole, equal = (best_of(values, runs.totals, k, seeds) for k in (1, seeds, n))
    count = len(picked)

    def gain(of: np.ndarray) -> Callable[[np.ndarray], float]:
        return lambda some: float((of - random)[some].mean() / (whole - random)[some].mean())

    ahead = interval(lambda some: float((whole - random)[some].mean()), count)["low"]
    gains = {"gain": gain(picked), "gain of best of n": gain(equal)} if ahead > 0 else {}
    return {
        "prompts": count,
        "picked": interval(lambda some: float(picked[some].mean()), count),
        "best of n at equal cost": interval(lambda some: float(equal[some].mean()), count),
        "difference": interval(lambda some: float((picked - equal)[some].mean()), count),
        **{name: interval(figure, count) for name, figure in gains.items()},
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
            name: compare(runs, measure[every, picks], measure, n, 32)
            for name, measure in (("all right", runs.right), ("total", runs.totals))
        }
    return found
