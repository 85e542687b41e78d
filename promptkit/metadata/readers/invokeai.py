"""InvokeAI: ``invokeai_metadata`` since version 3, ``sd-metadata`` before it, ``Dream``, a command line, at first.

Before version 3 the negative prompt stood in square brackets inside the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from promptkit.metadata.carried import Carried
from promptkit.metadata.provenance import Provenance
from promptkit.metadata.values import json_object, mapping, number, plain, said, seed, sequence, text, whole

TOOL = "InvokeAI"
DIALECT = "compel"
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_OPTION = re.compile(r"\s-([A-Za-z]{1,3})\s+([^\s\"-][^\s\"]*)")
READ = {
    "positive_prompt", "negative_prompt", "steps", "cfg_scale", "width", "height", "scheduler", "clip_skip", "seed",
    "model", "loras", "vae", "app_version",
}  # fmt: skip


def read(carried: Carried) -> Provenance | None:
    """Read the newest of the three forms that is there."""
    if (now := json_object(carried.texts.get("invokeai_metadata"))) is not None:
        return _now(now)
    if (before := json_object(carried.texts.get("sd-metadata"))) is not None:
        return _before(before)
    return _dream(carried.texts.get("Dream") or carried.texts.get("dream") or "")


def _now(data: Mapping[str, Any]) -> Provenance:
    return Provenance(
        tool=TOOL,
        version=text(data.get("app_version")),
        prompt=text(data.get("positive_prompt")) or "",
        negative=text(data.get("negative_prompt")) or "",
        dialect=DIALECT,
        settings=said(
            num_inference_steps=whole(data.get("steps")),
            guidance_scale=number(data.get("cfg_scale")),
            width=whole(data.get("width")),
            height=whole(data.get("height")),
            sampler=text(data.get("scheduler")),
            clip_skip=whole(data.get("clip_skip")) or None,
        ),
        seed=seed(data.get("seed")),
        model=_model(data.get("model")),
        resources=tuple(_resources(data)),
        other={key: plain(value) for key, value in data.items() if key not in READ and value not in (None, [], "")},
    )


def _model(value: Any) -> dict[str, Any]:
    """Return a model's name and hash; versions before 4 call the name ``model_name``."""
    found = mapping(value)
    return said(name=text(found.get("name") or found.get("model_name") or value), hash=text(found.get("hash")))


def _resources(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    loras = [mapping(one) for one in sequence(data.get("loras"))]
    found = [
        {"kind": "lora", **_model(one.get("model") or one.get("lora")), **said(weight=number(one.get("weight")))}
        for one in loras
    ]
    vae = _model(data.get("vae"))
    return [*found, *([{"kind": "vae", **vae}] if vae else [])]


def _before(data: Mapping[str, Any]) -> Provenance:
    image = mapping(data.get("image"))
    prompts = image.get("prompt")
    parts = [prompts] if isinstance(prompts, str) else [mapping(one).get("prompt") for one in sequence(prompts)]
    positive, negative = _parted("\n".join(part for part in parts if isinstance(part, str)))
    used = {"prompt", "steps", "cfg_scale", "width", "height", "seed", "sampler"}
    return Provenance(
        tool=TOOL,
        version=text(data.get("app_version")),
        prompt=positive,
        negative=negative,
        dialect=DIALECT,
        settings=said(
            num_inference_steps=whole(image.get("steps")),
            guidance_scale=number(image.get("cfg_scale")),
            width=whole(image.get("width")),
            height=whole(image.get("height")),
            sampler=text(image.get("sampler")),
        ),
        seed=seed(image.get("seed")),
        model=said(name=text(data.get("model_weights")), hash=text(data.get("model_hash"))),
        other={key: plain(value) for key, value in image.items() if key not in used and value not in (None, [], "")},
    )


def _dream(line: str) -> Provenance | None:
    """Read a command line: the prompt in quotation marks, then options of one letter or two."""
    end = line.rfind('"')
    if not line.startswith('"') or end < 1:
        return None
    positive, negative = _parted(line[1:end].replace('\\"', '"'))
    options = dict(_OPTION.findall(line[end + 1 :]))
    return Provenance(
        tool=TOOL,
        prompt=positive,
        negative=negative,
        dialect=DIALECT,
        settings=said(
            num_inference_steps=whole(options.pop("s", None)),
            guidance_scale=number(options.pop("C", None)),
            width=whole(options.pop("W", None)),
            height=whole(options.pop("H", None)),
            sampler=options.pop("A", None),
        ),
        seed=seed(options.pop("S", None)),
        other={f"-{name}": value for name, value in options.items()},
    )


def _parted(prompt: str) -> tuple[str, str]:
    """Return a prompt without what stands in square brackets, and that, which is its negative."""
    return _BRACKETS.sub("", prompt).strip(), ", ".join(part.strip() for part in _BRACKETS.findall(prompt))
