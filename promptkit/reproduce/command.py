"""The ``promptkit generate`` that comes to the same picture, as a line to copy."""

from __future__ import annotations

import shlex

from promptkit.records import GenerationSettings, Variation

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
    """Return the command for one candidate, quoted for a POSIX shell."""
    words = ["promptkit", "generate", "--candidates", "1", "--seed", str(seed), "--model", model, "--dialect", dialect]
    for name, option in OPTIONS.items():
        value = getattr(settings, name)
        words += [] if value is None else [option, f"{value:g}" if isinstance(value, float) else str(value)]
    if variation is not None:
        words += ["--variation-seed", str(variation.seeds[0]), "--variation-strength", str(variation.strength)]
    words += ["--negative", negative] if negative else []
    return shlex.join([*words, *(["--"] if text.startswith("-") else []), text])
