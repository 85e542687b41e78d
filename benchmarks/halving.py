"""What halving is worth: the pictures it picks and what it costs, beside best of n, on the embedded model.

python -m promptkit.embedded.train judge      # once, 18 minutes: the judge is not shipped
python benchmarks/halving.py [--prompts 300] [--folder .train]

Every prompt's 16 seeds are run to the end once, and what they are predicted to become is kept and scored after every
step that a schedule names. Since dropping others changes no survivor, what any schedule keeps is known from that;
``check`` runs the real thing beside it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.vae import DecoderOutput
from halving_figures import COHORT, SEEDS, Runs, cohorts, halved, rows, study

from promptkit.backends.pixels import previews
from promptkit.backends.preview_vae import PREVIEW_VAE, preview_vae
from promptkit.embedded.training import judge as judges
from promptkit.embedded.training.data import SIDE, labels, looked_at, to_float
from promptkit.embedded.training.evaluate import held_out_prompts
from promptkit.interfaces import StepEvent
from promptkit.prompt import Prompt
from promptkit.records import Candidate, GenerationRequest, GenerationSettings
from promptkit.searches.halving import SCHEDULE, checkpoints
from promptkit.session import Session

SCHEDULES = {"40,60": SCHEDULE, "20": (20.0,)}
SETTINGS = {"8 steps, guidance 1": (8, 1.0, 1), "16 steps": (16, 3.0, 3)}
"""Steps, guidance, and of how many prompts one is run. Without guidance more goes wrong: there is more to pick from."""
HARD, DEFAULT = "8 steps, guidance 1", "16 steps"
VAE, SMALL = "the VAE", "the small decoder"
PROMPTS_BY_VAE = 50
"""The VAE takes seven times as long as the small decoder, and is there to be compared with."""
OUT = Path(__file__).with_suffix(".json")


class Bench:
    """The loaded model, ranker and judge."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.session = Session()
        self.backend = self.session.backend()
        self.ranker = self.session.ranker()

    @cached_property
    def judge(self) -> judges.Judge:
        return judges.train(self.folder)

    def request(self, text: str, seeds: Sequence[int], steps: int, guidance: float) -> GenerationRequest:
        user = GenerationSettings(num_inference_steps=steps, guidance_scale=guidance, batch_size=COHORT)
        prompt = self.session.parse(text)
        wanted, sampler = self.session._settings(prompt, user)
        return GenerationRequest(
            prompt=prompt, seeds=tuple(seeds), settings=self.backend.settle(wanted), sampler=sampler
        )

    def collect(self, prompts: int, seeds: int, steps: int, guidance: float) -> Path:
        """Run every seed of ``prompts`` held-out prompts to the end; return the file of pictures, their totals, and the
        latents of what they were predicted to become after each step that a schedule names.

        What was run lies in the folder, and is not run again.
        """
        path = self.folder / f"halving-{prompts}-{seeds}-{steps}-{guidance:g}.npz"
        if path.exists():
            return path
        asked = sorted({step for schedule in SCHEDULES.values() for step in checkpoints(schedule, steps)})
        latents: dict[int, list[np.ndarray]] = {step: [] for step in asked}
        totals, pictures = [], []
        for number, (_, text) in enumerate(held_out_prompts(prompts)):
            request = self.request(text, range(number * seeds, (number + 1) * seeds), steps, guidance)
            with recorded(self.backend.pipeline) as recorder:
                finished = list(self.backend.generate(request, on_step=partial(recorder.look, asked)))
            for step in asked:
                latents[step].append(np.concatenate(recorder.seen[step]))
            totals.append(self._totals(request.prompt, [candidate.image for candidate in finished]))
            pictures.append(np.stack([np.asarray(candidate.image) for candidate in finished]))
            if number % 25 == 24:
                sys.stderr.write(f"{steps} steps, guidance {guidance:g}: {number + 1} of {prompts} prompts\n")
        self.folder.mkdir(parents=True, exist_ok=True)
        arrays = {str(step): np.stack(values) for step, values in latents.items()}
        np.savez(path, totals=np.array(totals), pictures=np.stack(pictures), **arrays)
        return path

    def judged(self, path: Path, steps: int, decoder: str) -> Runs:
        """Read what was run; let a decoder show the predictions, the ranker score them, the judge see the pictures."""
        with np.load(path) as found:
            prompts = held_out_prompts(len(found["pictures"]))[: PROMPTS_BY_VAE if decoder == VAE else None]
            arrays = {name: values[: len(prompts)] for name, values in found.items()}
        right = []
        for (scene, _), shown in zip(prompts, arrays["pictures"], strict=True):
            pixels = looked_at(to_float(torch.from_numpy(shown).permute(0, 3, 1, 2)))
            right.append(self.judge.right(pixels, labels([scene]).expand(len(shown), -1)).all(1).numpy())
        seen = {int(name): self._shown(prompts, values, decoder) for name, values in arrays.items() if name.isdigit()}
        return Runs(steps, seen, arrays["totals"], np.array(right, dtype=float))

    def _shown(self, prompts: Sequence[tuple[Any, str]], latents: np.ndarray, decoder: str) -> np.ndarray:
        """Return the totals of previews, (prompts, seeds), of latents (prompts, seeds, channels, 16, 16)."""
        totals = []
        with shown_by(self.backend.pipeline, decoder):
            for (_, text), some in zip(prompts, latents, strict=True):
                images = previews(self.backend.pipeline, torch.from_numpy(some).float(), SIDE, SIDE)
                totals.append(self._totals(self.session.parse(text), images))
        return np.array(totals)

    def _totals(self, prompt: Prompt, images: Sequence[Any]) -> list[float]:
        shown = [Candidate(index=i, seed=0, image=image) for i, image in enumerate(images)]
        return [score["total"] for score in self.ranker.score(prompt, shown)]


class Recorder:
    """Stands where a small decoder would, and keeps the latents that it is asked to show."""

    dtype = torch.float32

    def __init__(self) -> None:
        self.seen: dict[int, list[np.ndarray]] = {}
        self._step = 0

    def look(self, asked: Sequence[int], event: StepEvent) -> None:
        if event.step in asked:
            self._step = event.step
            event.previews(event.indices)

    def decode(self, latents: torch.Tensor) -> Any:
        self.seen.setdefault(self._step, []).append(latents.half().numpy())
        return DecoderOutput(sample=torch.zeros(len(latents), 3, 8, 8))


@contextmanager
def recorded(pipeline: Any) -> Iterator[Recorder]:
    with put(pipeline, recorder := Recorder()):
        yield recorder


def shown_by(pipeline: Any, decoder: str) -> AbstractContextManager[None]:
    """Show previews by the model's own VAE, or by the small decoder beside it."""
    return put(pipeline, None) if decoder == VAE else nullcontext()


@contextmanager
def put(pipeline: Any, decoder: Any) -> Iterator[None]:
    own = getattr(pipeline, PREVIEW_VAE, None)
    setattr(pipeline, PREVIEW_VAE, decoder)
    try:
        yield
    finally:
        setattr(pipeline, PREVIEW_VAE, own)


def check(bench: Bench, runs: Runs, prompts: int, steps: int, guidance: float) -> dict[str, Any]:
    """Run halving for real; return for how many prompts it picks the seed that the recorded numbers say."""
    foretold = halved(runs, SCHEDULE, seeds=SEEDS, cohort=COHORT)
    settings = GenerationSettings(num_inference_steps=steps, guidance_scale=guidance, batch_size=COHORT)
    same = 0
    for number, (_, text) in enumerate(held_out_prompts(len(runs.totals))[:prompts]):
        begin = number * SEEDS
        result = bench.session.generate(text, candidates=SEEDS, seed=begin, settings=settings, search="halving")
        same += result.best.seed - begin == foretold[number]
    return {"prompts": prompts, "same pick": same}


def costs(bench: Bench, rounds: int, steps: int, decoders: Sequence[str]) -> dict[str, Any]:
    """Return process CPU seconds of whole runs, scores included, in turns, and what one look costs."""
    text = "a red lighthouse, watercolour, golden hour, wide shot"
    settings = GenerationSettings(num_inference_steps=steps, batch_size=COHORT)
    ways = dict.fromkeys(decoders, (SEEDS, "halving")) | {f"best of {n}": (n, "best-of-n") for n in (9, 10, SEEDS)}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (count, search) in ways.items():
            with shown_by(bench.backend.pipeline, name):
                begin = time.process_time()
                bench.session.generate(text, candidates=count, settings=settings, search=search)
                times[name].append(time.process_time() - begin)
    medians = {name: statistics.median(values) for name, values in times.items()}
    whole = medians[f"best of {SEEDS}"]
    return {
        "rows": round(rows(SCHEDULE, steps, SEEDS), 4),
        **{
            name: {
                "seconds": round(value, 3),
                "of best of 16": round(value / whole, 4),
                **({"look in steps": round(_look(bench, rounds, steps, name), 2)} if name in decoders else {}),
            }
            for name, value in medians.items()
        },
    }


def _look(bench: Bench, rounds: int, steps: int, decoder: str) -> float:
    """Return the cost of decoding and scoring one preview, in denoiser steps of one candidate."""
    request = bench.request("a red lighthouse, watercolour, golden hour", range(SEEDS), steps, 3.0)
    looked, marks, whole = [], [], []

    def look(event: StepEvent) -> None:
        if event.step == steps // 2:
            begin = time.process_time()
            bench._totals(request.prompt, event.previews(event.indices))
            looked.append(time.process_time() - begin)

    for _ in range(rounds):
        with shown_by(bench.backend.pipeline, decoder):
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
    decoders = (VAE, SMALL) if preview_vae(bench.backend.pipeline) is not None else (VAE,)
    found: dict[str, Any] = {"prompts": chosen.prompts, "seeds": SEEDS}
    for name, (steps, guidance, part) in SETTINGS.items():
        path = bench.collect(chosen.prompts // part, SEEDS, steps, guidance)
        found[f"costs, {name}"] = spent = costs(bench, chosen.rounds, steps, decoders)
        for decoder in decoders:
            runs = bench.judged(path, steps, decoder)
            sys.stderr.write(f"{name}: judged by {decoder}\n")
            found[f"{name}, previews by {decoder}"] = study(runs, SCHEDULES, spent[decoder]["look in steps"])
        if name == DEFAULT:
            found["check"] = check(bench, runs, min(10, len(runs.totals)), steps, guidance)
    steps, guidance, _ = SETTINGS[HARD]
    path = bench.collect(chosen.prompts // 10, 32, steps, guidance)
    found[f"32 seeds, {HARD}"] = cohorts(bench.judged(path, steps, decoders[-1]))
    OUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
