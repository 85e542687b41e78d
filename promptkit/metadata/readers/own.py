"""Our own recipe: JSON in a chunk of a PNG, in XMP of a JPEG or a WebP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promptkit.metadata.carried import Carried
from promptkit.metadata.provenance import OURS, Provenance
from promptkit.metadata.values import json_object, mapping, number, said, seed, sequence, text, whole
from promptkit.metadata.xmp import recipe_in

CHUNK = "promptkit"
"""The PNG text chunk that the recipe stands in."""


def record_of(carried: Carried) -> Mapping[str, Any]:
    """Return what we wrote into the file: ``recipe`` and ``candidate``; nothing where that is no object."""
    return json_object(carried.get(CHUNK) or recipe_in(carried.get("xmp") or "")) or {}


def steps_of(record: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return the steps of finishing that a record tells of; what has no name is none, and what has the wrong shape is
    left out."""
    steps = map(mapping, sequence(mapping(record.get("recipe")).get("finish")))
    return tuple(_step(step) for step in steps if text(step.get("name")))


def _step(step: Mapping[str, Any]) -> Mapping[str, Any]:
    shapes = {"scores": _are_scores, "facts": _is_mapping, "note": _is_text}
    kept = {name: value for name, value in step.items() if name not in shapes or shapes[name](value)}
    return {**kept, "settings": mapping(step.get("settings"))}


def _are_scores(value: Any) -> bool:
    """Whether it is scores before and after, each a number a slot."""
    found = [mapping(value).get(when) for when in ("before", "after")]
    return all(isinstance(one, dict) and all(number(score) is not None for score in one.values()) for one in found)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def read(carried: Carried) -> Provenance | None:
    """Read our own record; a picture of another tool that we only finished is none of ours."""
    record = record_of(carried)
    recipe = mapping(record.get("recipe"))
    if not isinstance(recipe.get("prompt"), str):
        return None
    candidate = mapping(record.get("candidate"))
    settings, model = mapping(recipe.get("settings")), mapping(recipe.get("model"))
    return Provenance(
        tool=OURS,
        version=text(mapping(recipe.get("environment")).get("promptkit")),
        prompt=recipe["prompt"],
        negative=text(recipe.get("negative")) or "",
        dialect=text(recipe.get("dialect")) or "a1111",
        settings=_settings(settings),
        seed=seed(candidate.get("seed", recipe.get("seed"))),
        model={name: value for name, value in model.items() if isinstance(value, str)},
        resources=tuple(one for one in sequence(model.get("adapters")) if isinstance(one, dict)),
        recipe=recipe,
        candidate=candidate or None,
        finish=steps_of(record),
    )


def _settings(found: Mapping[str, Any]) -> dict[str, Any]:
    whole_ones = ("num_inference_steps", "width", "height", "batch_size")
    return said(
        **{name: whole(found.get(name)) for name in whole_ones},
        guidance_scale=number(found.get("guidance_scale")),
        sampler=text(found.get("sampler")),
        weighting=text(found.get("weighting")),
    )
