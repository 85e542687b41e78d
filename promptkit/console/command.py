"""From the desk to the ``promptkit generate`` that makes the same pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from promptkit.commanding import command_line
from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.prompt import SLOTS
from promptkit.records import BEST_OF_N, LoadOptions


def generate_command(bench: Bench, **changes: Any) -> str:
    """Return the command for the desk, with some of its fields changed; empty where a shell cannot be given it."""
    desk = replace(bench.desk, **changes)
    options = {
        **_words(desk),
        **_numbers(desk),
        **session_options(bench, desk),
        "--finish": desk.finish,
        "--out": None if bench.library is None else str(bench.library),
    }
    return command_line("generate", options, [desk.text]) or ""


def session_options(bench: Bench, desk: Desk | None = None) -> dict[str, Any]:
    """Return the options that say which model and ranker work, and how they are loaded."""
    desk = desk or bench.desk
    return {
        "--model": None if desk.model == "embedded" else desk.model,
        "--ranker": desk.ranker,
        "--pack": _paths(bench.packs),
        **_loading(bench.load),
    }


def _words(desk: Desk) -> dict[str, Any]:
    return {
        "--style": desk.styles,
        "--override": desk.override if desk.styles else (),
        "--lock": [slot for slot in desk.locked if slot in SLOTS and desk.styles],
        "--negative": desk.negative or None,
        "--dialect": None if desk.dialect == "a1111" else desk.dialect,
        "--text-seed": desk.text_seed or None,
        "--template": desk.template,
    }


def _numbers(desk: Desk) -> dict[str, Any]:
    settings = desk.settings
    return {
        "--candidates": desk.candidates,
        "--seed": desk.seed,
        "--variation-seed": desk.variation_seed,
        "--variation-strength": desk.variation_strength,
        "--search": None if desk.search == BEST_OF_N else desk.search,
        "--sampler": settings.sampler,
        "--steps": settings.num_inference_steps,
        "--guidance": settings.guidance_scale,
        "--width": settings.width,
        "--height": settings.height,
        "--batch-size": settings.batch_size,
        "--weighting": settings.weighting,
    }


def _loading(load: LoadOptions) -> dict[str, Any]:
    return {
        "--device": load.device,
        "--dtype": load.dtype,
        "--offload": load.offload,
        "--compile": load.compile,
        "--preview-vae": load.preview_vae,
        "--vae-tiling": load.vae_tiling,
        "--model-config": load.config,
        "--loras": load.loras,
        "--embeddings": load.embeddings,
    }


def _paths(paths: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(map(str, paths))
