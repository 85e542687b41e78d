"""Sixteen scored candidates: promptkit beside what a user would write with diffusers and open_clip, in one run.

python benchmarks/generation.py [--rounds 7] [--json FILE]

One thread, process CPU time, medians of interleaved rounds on the embedded model (128×128, 16 steps):

single    plain diffusers, sixteen calls, not scored
batched   plain diffusers with num_images_per_prompt=16, PIL pictures, then a loop over open_clip, a picture at a time
loop      the bare minimum by hand: UNet and scheduler, one decode, one batch through open_clip
best      promptkit, best of sixteen, scored slot by slot
halving   promptkit, 16 → 8 → 4 at 40 % and 60 % of the steps
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import open_clip
import torch
from diffusers import DiffusionPipeline, DPMSolverMultistepScheduler
from PIL import Image

import promptkit
from promptkit.embedded import clip_path, pipeline_path

TEXT = "a red lighthouse, watercolour, golden hour, wide shot"
OTHER = "a blue teapot, pixel art, moonlight, close-up"
COUNT, STEPS, SCALE = 16, 16, 3.0
GOALS = {
    "best / single": 0.65,
    "best / batched": 1.00,
    "halving / batched": 0.63,
    "best / loop": 1.03,
}


class ByHand:
    """What a user would write."""

    def __init__(self) -> None:
        self.pipeline = DiffusionPipeline.from_pretrained(pipeline_path(), use_safetensors=True)
        self.pipeline.scheduler = DPMSolverMultistepScheduler.from_config(self.pipeline.scheduler.config)
        self.pipeline.set_progress_bar_config(disable=True)
        target = f"local-dir:{clip_path()}"
        self.clip, self.preprocess = open_clip.create_model_from_pretrained(target)
        self.tokenizer = open_clip.get_tokenizer(target)

    def single(self) -> list[Image.Image]:
        return [self._call(1, torch.Generator("cpu").manual_seed(seed))[0] for seed in range(COUNT)]

    def batched(self) -> int:
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in range(COUNT)]
        pictures = self._call(COUNT, generators)
        with torch.inference_mode():
            text = self.clip.encode_text(self.tokenizer([TEXT]), normalize=True)
            scores = [
                float(self.clip.encode_image(self.preprocess(picture)[None], normalize=True) @ text.T)
                for picture in pictures
            ]
        return scores.index(max(scores))

    def _call(self, count: int, generator: Any) -> list[Image.Image]:
        return self.pipeline(
            TEXT,
            num_images_per_prompt=count,
            num_inference_steps=STEPS,
            guidance_scale=SCALE,
            generator=generator,
        ).images

    @torch.inference_mode()
    def loop(self) -> int:
        pipe = self.pipeline
        said, unsaid = pipe.encode_prompt(TEXT, "cpu", 1, True)
        rows = torch.cat([unsaid.repeat(COUNT, 1, 1), said.repeat(COUNT, 1, 1)])
        scheduler = pipe.scheduler
        scheduler.set_timesteps(STEPS)
        shape = (1, pipe.unet.config.in_channels, *[pipe.unet.config.sample_size] * 2)
        latents = torch.cat([torch.randn(shape, generator=torch.Generator().manual_seed(s)) for s in range(COUNT)])
        for moment in scheduler.timesteps:
            without, noise = pipe.unet(torch.cat([latents] * 2), moment, rows, return_dict=False)[0].chunk(2)
            latents = scheduler.step(without + SCALE * (noise - without), moment, latents).prev_sample
        pixels = pipe.vae.decode(latents / pipe.vae.config.scaling_factor, return_dict=False)[0]
        levels = ((pixels / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
        inputs = torch.stack([self.preprocess(Image.fromarray(picture)) for picture in levels])
        text = self.clip.encode_text(self.tokenizer([TEXT]), normalize=True)
        return int((self.clip.encode_image(inputs, normalize=True) @ text.T).argmax())


def measure(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return medians of process seconds; the order is turned from round to round."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            begin = time.process_time()
            runs[name]()
            times[name].append(time.process_time() - begin)
    return {name: statistics.median(values) for name, values in times.items()}


def second_prompt() -> tuple[float, float]:
    """Return seconds of the first prompt on a session, loading and all, and of another one after it."""
    with promptkit.Session() as session:
        found = []
        for text in (TEXT, OTHER):
            begin = time.process_time()
            session.generate(text, candidates=1)
            found.append(time.process_time() - begin)
    return found[0], found[1]


def denoiser_rows(session: promptkit.Session, search: str) -> int:
    """Count the rows that pass the UNet in one run."""
    rows = []
    unet = session.backend().pipeline.unet
    handle = unet.register_forward_pre_hook(lambda _, given: rows.append(len(given[0])))
    try:
        session.generate(TEXT, candidates=COUNT, search=search)
    finally:
        handle.remove()
    return sum(rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    first, second = second_prompt()
    hand, session = ByHand(), promptkit.Session()
    runs: dict[str, Callable[[], object]] = {
        "single": hand.single,
        "batched": hand.batched,
        "loop": hand.loop,
        "best": lambda: session.generate(TEXT, candidates=COUNT),
        "halving": lambda: session.generate(TEXT, candidates=COUNT, search="halving"),
    }
    for run in runs.values():
        run()
    seconds = measure(runs, options.rounds)
    seconds["one"] = measure({"one": lambda: session.generate(OTHER, candidates=1)}, options.rounds)["one"]
    share = denoiser_rows(session, "halving") / denoiser_rows(session, "best-of-n")
    ratios = {name: seconds[name.split(" / ")[0]] / seconds[name.split(" / ")[1]] for name in GOALS}
    for name, value in seconds.items():
        print(f"{name:10} {value:6.3f} s")
    for name, value in ratios.items():
        print(f"{name:18} {value:5.2f}   goal {GOALS[name]:.2f}   {'met' if value <= GOALS[name] else 'missed'}")
    print(f"halving / best     {seconds['halving'] / seconds['best']:5.2f}   its share of UNet rows {share:.2f}")
    print(f"first prompt, with loading {first:.2f} s; a second one {second:.2f} s; again {seconds['one']:.2f} s")
    if options.json:
        options.json.write_text(json.dumps({"seconds": seconds, "ratios": ratios, "halving_share": share}, indent=2))


if __name__ == "__main__":
    main()
