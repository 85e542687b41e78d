"""One picture and sixteen on the embedded model, beside plain diffusers called once a picture, interleaved in one run.

python benchmarks/embedded_speed.py
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import statistics
import time

import torch
from diffusers import DiffusionPipeline

import promptkit
from promptkit.embedded import pipeline_path

ROUNDS = 5
TEXT = "a red lighthouse, watercolour, golden hour, wide shot"


def main() -> None:
    torch.set_num_threads(1)
    pipeline = DiffusionPipeline.from_pretrained(pipeline_path(), use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    session = promptkit.Session()
    session.generate(TEXT, candidates=1)

    def plain(count: int) -> None:
        for seed in range(count):
            generator = torch.Generator("cpu").manual_seed(seed)
            pipeline(TEXT, num_inference_steps=16, guidance_scale=3.0, generator=generator)

    runs = {
        "promptkit, 1 with its score": lambda: session.generate(TEXT, candidates=1),
        "promptkit, 16 with their scores": lambda: session.generate(TEXT, candidates=16),
        "diffusers, 1": lambda: plain(1),
        "diffusers, 16 calls": lambda: plain(16),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            begin = time.process_time()
            run()
            times[name].append(time.process_time() - begin)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"{name:34} {value:6.3f} s of one core")
    ratio = medians["promptkit, 16 with their scores"] / medians["diffusers, 16 calls"]
    print(f"16 with promptkit, scored, against 16 calls of diffusers: {ratio:.2f}")


if __name__ == "__main__":
    main()
