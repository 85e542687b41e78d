"""NovelAI: ``Software`` names it, ``Source`` the model, and ``Comment`` holds the settings as JSON.

Since version 4 of its models a prompt has a base and one caption a character, under ``v4_prompt``.
"""

from __future__ import annotations

import re
from typing import Any

from promptkit.metadata.carried import Carried
from promptkit.metadata.provenance import Provenance
from promptkit.metadata.values import json_object, mapping, number, plain, said, seed, sequence, text, whole

TOOL = "NovelAI"
READ = {
    "prompt", "uc", "steps", "scale", "width", "height", "sampler", "noise_schedule", "seed", "strength",
    "v4_prompt", "v4_negative_prompt", "signed_hash", "reference_image_multiple",
}  # fmt: skip
"""Also what is no setting: a signature, and other pictures."""


def read(carried: Carried) -> Provenance | None:
    """Read NovelAI's chunks."""
    if carried.texts.get("Software") != TOOL:
        return None
    data = json_object(carried.texts.get("Comment")) or {}
    base, characters = _captions(data.get("v4_prompt"))
    unwanted, _ = _captions(data.get("v4_negative_prompt"))
    prompt = base or text(data.get("prompt")) or text(carried.texts.get("Description")) or ""
    name, digest = re.fullmatch(r"(.*?)(?:\s+([0-9A-F]{8}))?", carried.texts.get("Source", "")[:200], re.S).groups()  # type: ignore[union-attr]
    return Provenance(
        tool=TOOL,
        prompt="\n".join((prompt, *characters)),
        negative=unwanted or text(data.get("uc")) or "",
        dialect="plain",
        settings=said(
            num_inference_steps=whole(data.get("steps")),
            guidance_scale=number(data.get("scale")),
            width=whole(data.get("width")),
            height=whole(data.get("height")),
            sampler=text(data.get("sampler")),
            scheduler=text(data.get("noise_schedule")),
            denoising_strength=number(data.get("strength")),
        ),
        seed=seed(data.get("seed")),
        model=said(name=text(name), hash=digest),
        other={key: plain(value) for key, value in data.items() if key not in READ and value is not None},
        notes=_notes(prompt, characters),
    )


def _captions(value: Any) -> tuple[str, list[str]]:
    """Return the base of a prompt of version 4, and what it says of each character."""
    caption = mapping(mapping(value).get("caption"))
    captions = [mapping(one).get("char_caption") for one in sequence(caption.get("char_captions"))]
    return text(caption.get("base_caption")) or "", [said_there for one in captions if (said_there := text(one))]


def _notes(prompt: str, characters: list[str]) -> tuple[str, ...]:
    weights = "NovelAI's signs for weights are left as text." if re.search(r"[{}\[\]]|::", prompt) else ""
    several = f"It has {len(characters)} characters, each shown on a line of its own." if characters else ""
    return tuple(filter(None, (weights, several)))
