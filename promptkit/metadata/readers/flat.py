"""Tools that write one flat object, told apart by their names for things: SwarmUI, Easy Diffusion, Draw Things.

SwarmUI: JSON with ``sui_image_params`` in ``parameters`` or a user comment. Easy Diffusion: a chunk for each setting,
or JSON of the same in a user comment. Draw Things: JSON in XMP's ``exif:UserComment``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promptkit.metadata.carried import COMMENT, XMP, Carried
from promptkit.metadata.provenance import Provenance
from promptkit.metadata.values import json_object, json_value, mapping, number, plain, said, seed, sequence, text, whole
from promptkit.metadata.xmp import properties

EXIF_IN_XMP = "http://ns.adobe.com/exif/1.0/UserComment"


@dataclass(frozen=True, kw_only=True)
class Names:
    """What a tool calls things; a size may be one text, ``512x768``."""

    tool: str
    dialect: str
    prompt: str
    negative: str
    steps: str
    guidance: str
    sampler: str
    model: str
    width: str = "width"
    height: str = "height"
    seed: str = "seed"
    scheduler: str = "scheduler"
    size: str = "size"
    loras: str = "loras"
    weights: str = "loraweights"


SWARM = Names(
    tool="SwarmUI", dialect="comfyui", prompt="prompt", negative="negativeprompt", steps="steps", guidance="cfgscale",
    sampler="sampler", model="model",
)  # fmt: skip
EASY = Names(
    tool="Easy Diffusion", dialect="compel", prompt="prompt", negative="negative_prompt", steps="num_inference_steps",
    guidance="guidance_scale", sampler="sampler_name", model="use_stable_diffusion_model", loras="use_lora_model",
    weights="lora_alpha", scheduler="scheduler_name",
)  # fmt: skip
DRAW = Names(
    tool="Draw Things", dialect="a1111", prompt="c", negative="uc", steps="steps", guidance="scale",
    sampler="sampler", model="model", loras="lora",
)  # fmt: skip


def read_swarm(carried: Carried) -> Provenance | None:
    """Read SwarmUI's object."""
    for name in ("parameters", COMMENT):
        whole_object = json_object(carried.texts.get(name)) or {}
        data = mapping(whole_object.get("sui_image_params"))
        if data:
            extra = mapping(whole_object.get("sui_extra_data"))
            typed = text(extra.get("original_prompt")) or text(data.get("original_prompt"))
            return _told(SWARM, data, version=text(data.get("swarm_version")), typed=typed)
    return None


def read_easy(carried: Carried) -> Provenance | None:
    """Read Easy Diffusion's chunks, or its object."""
    for data in (carried.texts, json_object(carried.texts.get(COMMENT)) or {}):
        if EASY.model in data and EASY.prompt in data:
            return _told(EASY, {key: value for key, value in data.items() if key != COMMENT})
    return None


def read_draw(carried: Carried) -> Provenance | None:
    """Read the object that Draw Things keeps in XMP."""
    packet = carried.texts.get(XMP, "")
    data = json_object((properties(packet) or {}).get(EXIF_IN_XMP)) if EXIF_IN_XMP[:28] in packet else None
    return _told(DRAW, data) if data and DRAW.prompt in data else None


def _told(names: Names, data: Mapping[str, Any], *, version: str | None = None, typed: str | None = None) -> Provenance:
    size = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", str(data.get(names.size, "")))
    used = {value for key, value in vars(names).items() if key not in ("tool", "dialect")}
    return Provenance(
        tool=names.tool,
        version=version,
        prompt=text(data.get(names.prompt)) or "",
        negative=text(data.get(names.negative)) or "",
        dialect=names.dialect,
        settings=said(
            num_inference_steps=whole(data.get(names.steps)),
            guidance_scale=number(data.get(names.guidance)),
            width=int(size[1]) if size else whole(data.get(names.width)),
            height=int(size[2]) if size else whole(data.get(names.height)),
            sampler=text(data.get(names.sampler)),
            scheduler=text(data.get(names.scheduler)),
        ),
        seed=seed(data.get(names.seed)),
        model=said(name=text(data.get(names.model))),
        resources=tuple(_loras(data.get(names.loras), data.get(names.weights))),
        other={
            **{key: plain(value) for key, value in data.items() if key not in used and value not in (None, "", [])},
            **said(template=typed),
        },
    )


def _loras(names: Any, weights: Any) -> list[dict[str, Any]]:
    """Return LoRAs out of a list of names beside one of weights, or a list of objects; either may be one text."""
    listed, weighed = _as_list(names), _as_list(weights)
    found = []
    for i, one in enumerate(listed):
        own = mapping(one)
        name = text(own.get("model") or own.get("file") or own.get("name") or one)
        weight = number(own.get("weight") if own else weighed[i] if i < len(weighed) else None)
        if name and name != "None":
            found.append({"kind": "lora", "name": name, **said(weight=weight)})
    return found


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, str):
        listed = json_value(value)
        return sequence(listed) if isinstance(listed, list) else [value]
    return sequence(value) if isinstance(value, list) else [] if value is None else [value]
