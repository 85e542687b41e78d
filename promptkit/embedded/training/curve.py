"""The learning curve: how many of a few pictures the judge finds right in all facets as the denoiser learns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from transformers import CLIPTokenizer

from promptkit.embedded.training import tokens
from promptkit.embedded.training.data import labels, looked_at
from promptkit.embedded.training.evaluate import held_out_prompts
from promptkit.embedded.training.export import assembled
from promptkit.embedded.training.judge import Judge
from promptkit.embedded.training.unet import Denoiser
from promptkit.records import GenerationSettings

PROMPTS = 128
PART = 32

Look = Callable[[int, Denoiser], None]
"""Take note of a denoiser that has seen so many samples."""


def looker(folder: Path, vae: AutoencoderKL, judge: Judge, settings: GenerationSettings) -> Look:
    """Return what appends a line to ``curve.jsonl`` at each look: samples seen, and the share that was right."""

    def look(samples: int, denoiser: Denoiser) -> None:
        tokenizer = tokens.of(folder, "unet")
        found = {"samples": samples, **right(denoiser, vae, tokenizer, judge, settings)}
        with (folder / "curve.jsonl").open("a") as file:
            file.write(json.dumps(found) + "\n")

    return look


@torch.no_grad()
def right(
    denoiser: Denoiser, vae: AutoencoderKL, tokenizer: CLIPTokenizer, judge: Judge, settings: GenerationSettings
) -> dict[str, float]:
    """Return the share of pictures, one seed a prompt, that the judge finds right in all facets: of all, and of those
    in low poly, the style that is learnt last."""
    scenes, texts = zip(*held_out_prompts(PROMPTS), strict=True)
    pipeline = assembled(denoiser, vae, tokenizer)
    pipeline.set_progress_bar_config(disable=True)
    found = []
    for start in range(0, PROMPTS, PART):
        part = slice(start, start + PART)
        seeds = [torch.Generator().manual_seed(start + i) for i in range(len(texts[part]))]
        shown = pipeline(
            list(texts[part]),
            num_inference_steps=settings.num_inference_steps,
            guidance_scale=settings.guidance_scale,
            generator=seeds,
            output_type="pt",
        ).images
        found.append(judge.right(looked_at(shown * 2 - 1), labels(scenes[part])).all(1))
    every = torch.cat(found).float()
    low = torch.tensor([scene.style == "low-poly" for scene in scenes])
    return {"right": round(float(every.mean()), 4), "low-poly": round(float(every[low].mean()), 4)}
