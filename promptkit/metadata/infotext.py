"""The text that A1111 and its kin keep in a picture: prompt, negative prompt, settings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from promptkit.dialects.convert import convert
from promptkit.errors import PromptkitError
from promptkit.finish import spoken
from promptkit.metadata.provenance import Provenance
from promptkit.metadata.readers.a1111 import NEGATIVE
from promptkit.records import Candidate, Recipe

FINISH = "Finish"
"""The key of a chain of post-processors."""
HASH = 10
"""Digits of a model's hash that A1111 writes."""


def infotext(recipe: Recipe, candidate: Candidate) -> str:
    """Return the text of a candidate."""
    settings, variation = recipe.settings, recipe.variation or {}
    pairs = {
        "Steps": settings.get("num_inference_steps"),
        "Sampler": settings.get("sampler"),
        "CFG scale": settings.get("guidance_scale"),
        "Seed": candidate.seed,
        "Size": f"{settings.get('width')}x{settings.get('height')}",
        "Model hash": (recipe.model.get("hash") or "")[:HASH] or None,
        "Model": recipe.model.get("name"),
        "Variation seed": candidate.variation_seed,
        "Variation seed strength": variation.get("strength"),
        "Template": recipe.drawn_from,
        FINISH: spoken(recipe.finish) or None,
        "Version": f"promptkit {recipe.environment.get('promptkit')}",
    }
    line = ", ".join(f"{key}: {quoted(str(value))}" for key, value in pairs.items() if value is not None)
    negative = [f"{NEGATIVE} {recipe.negative}"] if recipe.negative else []
    return "\n".join((recipe.resolved, *negative, line))


def quoted(value: str) -> str:
    """Return a value as A1111 writes it: as JSON where it holds a sign that parts values."""
    return json.dumps(value, ensure_ascii=False) if any(sign in value for sign in ",:\n") else value


def infotext_of(provenance: Provenance) -> str:
    """Return what any tool's picture says as A1111 would write it: the prompt as the model was given it, where that is
    known, with weights in A1111's syntax where they can be said in it, LoRAs as tags behind it, and the tool as
    version."""
    settings = provenance.settings
    size = [settings[name] for name in ("width", "height") if name in settings]
    pairs = {
        "Steps": settings.get("num_inference_steps"),
        "Sampler": settings.get("sampler"),
        "Schedule type": settings.get("scheduler"),
        "CFG scale": settings.get("guidance_scale"),
        "Seed": provenance.seed,
        "Size": f"{size[0]}x{size[1]}" if len(size) == 2 else None,
        "Model hash": str(provenance.model.get("hash") or "")[:HASH] or None,
        "Model": provenance.model.get("name"),
        "Denoising strength": settings.get("denoising_strength"),
        "Clip skip": settings.get("clip_skip"),
        FINISH: spoken(provenance.finish) or None,
        "Version": _version(provenance),
    }
    line = ", ".join(f"{key}: {quoted(str(value))}" for key, value in pairs.items() if value is not None)
    given = (provenance.recipe or {}).get("resolved")
    typed = given if isinstance(given, str) else provenance.prompt
    prompt, negative = (_as_a1111(text, provenance.dialect) for text in (typed, provenance.negative))
    tags = [tag for one in provenance.resources if (tag := _tag(one)) and tag.rpartition(":")[0] not in prompt]
    unwanted = [f"{NEGATIVE} {negative}"] if negative else []
    return "\n".join((" ".join((prompt, *tags)), *unwanted, line))


def _version(provenance: Provenance) -> str | None:
    """Return the tool and its version, as A1111 and Forge write theirs: without a name."""
    own = provenance.tool in ("A1111", "Forge") and provenance.version
    return own or " ".join(filter(None, (provenance.tool, provenance.version))) or None


def _as_a1111(text: str, dialect: str) -> str:
    """Return a prompt in A1111's syntax; as it is where its own dialect does not read it."""
    try:
        return convert(text, source=dialect, target="a1111").text
    except PromptkitError:
        return text


def _tag(resource: Mapping[str, Any]) -> str | None:
    """Return the tag that loads a LoRA; its name is that of its file, without the ending."""
    if resource.get("kind") != "lora" or not resource.get("name"):
        return None
    name = re.split(r"[\\/]", str(resource["name"]))[-1].removesuffix(".safetensors")
    return f"<lora:{name}:{resource.get('weight', 1)}>"
