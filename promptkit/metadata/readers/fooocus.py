"""Fooocus: JSON in ``parameters`` or a user comment, where ``fooocus_scheme`` is not ``a1111``.

Up to version 2.1 the keys are titles ("Guidance Scale"). Styles, sizes and guidance of ADM are texts of Python
literals; LoRAs are ``name : weight``, since 2.3 also triples with a hash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from promptkit.metadata.carried import COMMENT, Carried
from promptkit.metadata.provenance import Provenance
from promptkit.metadata.values import json_object, number, plain, said, seed, sequence, text, whole

TOOL = "Fooocus"
LEAST = ("prompt", "base_model", "sampler")
"""Keys that tell Fooocus' JSON from others'."""
READ = {
    "prompt", "negative_prompt", "steps", "guidance_scale", "resolution", "sampler", "scheduler", "clip_skip", "seed",
    "base_model", "base_model_hash", "refiner_model", "loras", "vae", "version", "metadata_scheme", "created_by",
}  # fmt: skip
_LORA = re.compile(r"lora(?:_combined)?_[0-9]+")


def read(carried: Carried) -> Provenance | None:
    """Read Fooocus' JSON, under the names of any of its versions."""
    for name in ("parameters", COMMENT, "comment"):
        found = json_object(carried.texts.get(name))
        data = {key.lower().replace(" ", "_"): value for key, value in (found or {}).items()}
        if all(key in data for key in LEAST):
            return _told(data)
    return None


def _told(data: Mapping[str, Any]) -> Provenance:
    size = re.findall(r"[0-9]{1,6}", str(data.get("resolution", "")))
    return Provenance(
        tool=TOOL,
        version=(text(data.get("version")) or "").removeprefix(TOOL).strip() or None,
        prompt=text(data.get("prompt")) or "",
        negative=text(data.get("negative_prompt")) or "",
        dialect="comfyui",
        settings=said(
            num_inference_steps=whole(data.get("steps")),
            guidance_scale=number(data.get("guidance_scale")),
            width=int(size[0]) if len(size) == 2 else None,
            height=int(size[1]) if len(size) == 2 else None,
            sampler=text(data.get("sampler")),
            scheduler=text(data.get("scheduler")),
            clip_skip=whole(data.get("clip_skip")),
        ),
        seed=seed(data.get("seed")),
        model=said(name=text(data.get("base_model")), hash=text(data.get("base_model_hash"))),
        resources=tuple(_resources(data)),
        other={key: plain(value) for key, value in data.items() if key not in READ and not _LORA.fullmatch(key)},
        notes=("Fooocus added the words of its styles to the prompt; they are not among the typed ones.",)
        if data.get("styles") not in (None, "[]", [])
        else (),
    )


def _resources(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    triples = [one for one in sequence(data.get("loras")) if isinstance(one, list) and one and text(one[0])]
    found = [
        {"kind": "lora", "name": name, **said(weight=number(weight), hash=text(digest))}
        for name, weight, digest in ((*one, None, None)[:3] for one in triples)
    ]
    for key, value in {} if found else data.items():
        name, colon, weight = str(value).rpartition(" : ")
        if _LORA.fullmatch(key) and colon:
            found.append({"kind": "lora", "name": name, **said(weight=number(weight))})
    for key, kind in (("refiner_model", "refiner"), ("vae", "vae")):
        if text(data.get(key)) and data[key] not in ("None", "Default (model)"):
            found.append({"kind": kind, "name": data[key]})
    return found
