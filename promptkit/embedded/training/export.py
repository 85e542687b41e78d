"""From trained parts to the folders in ``weights/``: diffusers and open_clip formats, fp16 on disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, DPMSolverMultistepScheduler, StableDiffusionPipeline
from torch import nn
from transformers import CLIPTokenizer

from promptkit.embedded.training import clip
from promptkit.embedded.training.unet import SCHEDULE, Denoiser


def assembled(denoiser: Denoiser, vae: AutoencoderKL, tokenizer: CLIPTokenizer) -> StableDiffusionPipeline:
    """Put the parts together, with the sampler they are used with."""
    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=denoiser.text_encoder,
        tokenizer=tokenizer,
        unet=denoiser.unet,
        scheduler=DPMSolverMultistepScheduler(
            **{k: v for k, v in SCHEDULE.items() if k != "clip_sample"}, timestep_spacing="trailing"
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def export_pipeline(denoiser: Denoiser, vae: AutoencoderKL, tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Write a StableDiffusionPipeline that ``DiffusionPipeline.from_pretrained`` loads."""
    pipeline = assembled(denoiser.to(torch.float16), vae.to(torch.float16), tokenizer)
    _replace(folder, lambda target: pipeline.save_pretrained(target, safe_serialization=True))
    config = folder / "text_encoder" / "config.json"
    settings = json.loads(config.read_text())
    settings["dtype"] = "float32"
    config.write_text(json.dumps(settings, indent=2) + "\n")
    for part in (vae, denoiser):
        part.to(torch.float32)


def export_clip(model: nn.Module, tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Write an open_clip ``local-dir:`` folder."""
    _replace(folder, lambda target: clip.save(model, tokenizer, target))


def export_preview(tiny: AutoencoderTiny, folder: Path) -> None:
    """Write the decoder of previews into a pipeline's folder."""
    _replace(
        folder / "preview_vae", lambda target: tiny.to(torch.float16).save_pretrained(target, safe_serialization=True)
    )


def _replace(folder: Path, write: Callable[[Path], object]) -> None:
    """Write beside the folder, then move it into place."""
    temporary = folder.with_name(folder.name + ".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    write(temporary)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
