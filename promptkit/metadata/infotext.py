"""The text that A1111 and its kin keep in a picture: prompt, negative prompt, settings."""

from __future__ import annotations

import json

from promptkit.finish import spoken
from promptkit.records import Candidate, Recipe

KEYWORD = "parameters"
"""The PNG text chunk that it stands in."""


def infotext(recipe: Recipe, candidate: Candidate) -> str:
    """Return the text of a candidate."""
    settings, variation = recipe.settings, recipe.variation or {}
    pairs = {
        "Steps": settings.get("num_inference_steps"),
        "Sampler": settings.get("sampler"),
        "CFG scale": settings.get("guidance_scale"),
        "Seed": candidate.seed,
        "Size": f"{settings.get('width')}x{settings.get('height')}",
        "Model hash": (recipe.model.get("hash") or "")[:10] or None,
        "Model": recipe.model.get("name"),
        "Variation seed": candidate.variation_seed,
        "Variation seed strength": variation.get("strength"),
        "Template": recipe.drawn_from,
        "Finish": spoken(recipe.finish) or None,
        "Version": f"promptkit {recipe.environment.get('promptkit')}",
    }
    line = ", ".join(f"{key}: {quoted(str(value))}" for key, value in pairs.items() if value is not None)
    negative = [f"Negative prompt: {recipe.negative}"] if recipe.negative else []
    return "\n".join((recipe.resolved, *negative, line))


def quoted(value: str) -> str:
    """Return a value as A1111 writes it: as JSON where it holds a sign that parts values."""
    return json.dumps(value, ensure_ascii=False) if any(sign in value for sign in ",:\n") else value
