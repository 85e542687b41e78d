"""The ``promptkit generate`` that comes to the same picture, as a line to copy."""

from __future__ import annotations

from typing import Any

from promptkit import commanding
from promptkit.records import GenerationSettings, Variation
from promptkit.terminal import visible

OPTIONS = {
    "num_inference_steps": "--steps",
    "guidance_scale": "--guidance",
    "sampler": "--sampler",
    "width": "--width",
    "height": "--height",
    "weighting": "--weighting",
}


def command_line(
    text: str,
    *,
    negative: str,
    dialect: str,
    seed: int,
    model: str,
    settings: GenerationSettings,
    variation: Variation | None = None,
) -> str:
    """Return the command for one candidate, quoted for a POSIX shell; what no shell can be given is written out in
    it."""
    options: dict[str, Any] = {
        "--candidates": 1,
        "--seed": seed,
        "--model": model,
        "--dialect": dialect,
        **{option: getattr(settings, name) for name, option in OPTIONS.items()},
        "--variation-seed": None if variation is None else variation.seeds[0],
        "--variation-strength": None if variation is None else variation.strength,
        "--negative": negative or None,
    }
    line = commanding.command_line("generate", options, [text])
    if line is None:
        shown = {name: visible(value) if isinstance(value, str) else value for name, value in options.items()}
        line = commanding.command_line("generate", shown, [visible(text)])
    assert line is not None
    return line
