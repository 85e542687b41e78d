"""A1111's infotext, which Forge, SD.Next, Civitai and many others write too.

::

    infotext = prompt lines, [ "Negative prompt: " lines ], parameters
    parameters = key ":" value { "," key ":" value }
    value = JSON text | JSON object | JSON list | anything up to the next comma

The last line holds the parameters where it has at least three of them, or where it begins with ``Steps:``; else it
belongs to the prompt (A1111 ``modules/infotext_utils.py``). Values in quotation marks are JSON. A1111 itself cuts an
object at its first comma; here it is read whole, as Civitai means it. Time is linear in the length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from promptkit.metadata.carried import COMMENT, DESCRIPTION, Carried
from promptkit.metadata.provenance import Provenance
from promptkit.metadata.values import json_object, json_value, mapping, number, said, seed, sequence, text, whole

KEYWORD = "parameters"
"""The PNG text chunk that it stands in."""
NEGATIVE = "Negative prompt:"
LEAST = 3
"""Parameters that make a line one of parameters."""
_KEY = re.compile(r"[ \t]*([A-Za-z0-9_][\w \-/]{0,80}):[ \t]*")
MAX_BROKEN = 20
_DECODER = json.JSONDecoder()
SETTINGS = {
    "num_inference_steps": ("Steps", whole),
    "guidance_scale": ("CFG scale", number),
    "sampler": ("Sampler", text),
    "scheduler": ("Schedule type", text),
    "clip_skip": ("Clip skip", whole),
    "denoising_strength": ("Denoising strength", number),
    "batch_size": ("Batch size", whole),
    "distilled_guidance_scale": ("Distilled CFG Scale", number),
}
READ = {key for key, _ in SETTINGS.values()} | {
    "Seed", "Size", "Model", "Model hash", "VAE", "VAE hash", "Version", "Hashes", "Lora hashes", "Lora weights",
    "TI hashes", "Civitai resources",
}  # fmt: skip


def read(carried: Carried) -> Provenance | None:
    """Read an infotext out of a PNG chunk, a user comment, or a description."""
    found = infotext_in(carried)
    return None if found is None else read_infotext(found)


def infotext_in(carried: Carried) -> str | None:
    """Return the infotext that a file carries; ``None`` where there is none."""
    for name in (KEYWORD, COMMENT, DESCRIPTION, "comment"):
        found = carried.texts.get(name, "")
        if read_infotext(found, sure=name == KEYWORD) is not None:
            return found
    return None


def read_infotext(infotext: str, *, sure: bool = True) -> Provenance | None:
    """Read an infotext. A text without parameters is a prompt alone where it is ``sure`` to be an infotext, and else
    none."""
    prompt, negative, pairs = split(infotext)
    if not infotext.strip() or json_object(infotext) is not None or not (pairs or sure):
        return None
    values = dict(pairs)
    tool, version = _tool(values)
    size = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", values.get("Size", ""))
    return Provenance(
        tool=tool,
        version=version,
        prompt=prompt,
        negative=negative,
        settings=said(
            **{name: read(values.get(key)) for name, (key, read) in SETTINGS.items()},
            width=int(size[1]) if size else None,
            height=int(size[2]) if size else None,
        ),
        seed=seed(values.get("Seed")),
        model=said(name=text(values.get("Model")), hash=text(values.get("Model hash"))) or _civitai_model(values),
        resources=tuple(_resources(values)),
        other={key: value for key, value in pairs if key not in READ},
        notes=() if pairs else ("It says its prompt alone: no settings.",),
    )


def split(infotext: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Return prompt, negative prompt and the parameters in their order, values as texts without quotation marks."""
    lines = infotext.strip().split("\n")
    pairs = tuple(_pairs(lines[-1]))
    if len(pairs) >= LEAST or (pairs and pairs[0][0] == "Steps"):
        lines.pop()
    else:
        pairs = ()
    start = next((i for i, line in enumerate(lines) if line.strip().startswith(NEGATIVE)), len(lines))
    negative = "\n".join(lines[start:]).strip().removeprefix(NEGATIVE)
    return "\n".join(lines[:start]).strip(), negative.strip(), pairs


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a line; words that belong to none are passed over."""
    at, broken = 0, list[int]()
    while at < len(line):
        if key := _KEY.match(line, at):
            value, at = _value(line, key.end(), broken)
            yield key[1].strip(), value
        else:
            at = line.find(",", at) + 1 or len(line)


def _value(line: str, at: int, broken: list[int]) -> tuple[str, int]:
    """Return the value that begins at a place, and where the next key may begin. ``broken`` collects the places where a
    value began like JSON and was none: each costs a look at the whole line."""
    if line[at : at + 1] in ('"', "{", "[") and len(broken) < MAX_BROKEN:
        try:
            value, end = _DECODER.raw_decode(line, at)
        except (ValueError, RecursionError):
            broken.append(at)
        else:
            comma = line.find(",", end)
            if not line[end : comma if comma >= 0 else len(line)].strip():
                return value if isinstance(value, str) else line[at:end], comma + 1 or len(line)
    comma = line.find(",", at)
    return line[at : comma if comma >= 0 else len(line)].strip(), comma + 1 or len(line)


def _tool(values: Mapping[str, str]) -> tuple[str, str | None]:
    """Return which program wrote it, and its version: f2.… is Forge, v1.… A1111, others write their names."""
    version = text(values.get("Version"))
    if version is None:
        return values.get("App") or "A1111", None
    if re.match(r"f[0-9]", version):
        return "Forge", version
    if re.match(r"v?[0-9]", version):
        return values.get("App") or "A1111", version
    name, _, number_of = version.partition(" ")
    return name, number_of or None


def _resources(values: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield what was used beside the model: by A1111's hashes, Civitai's list, and the VAE."""
    weights = dict(_listed(values.get("Lora weights", "")))
    for key, kind in (("Lora hashes", "lora"), ("TI hashes", "inversion")):
        for name, digest in _listed(values.get(key, "")):
            yield {"kind": kind, **said(name=name, hash=digest or None, weight=number(weights.get(name)))}
    if values.get("VAE") or values.get("VAE hash"):
        yield {"kind": "vae", **said(name=text(values.get("VAE")), hash=text(values.get("VAE hash")))}
    yield from _hashed(values)
    for one in sequence(json_value(values.get("Civitai resources"))):
        if isinstance(one, dict) and one.get("type") not in ("checkpoint", "model"):
            yield _civitai(one)


def _hashed(values: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield what ``Hashes`` names and nothing else does: ``lora:name``, ``embed:name``, ``vae``."""
    told = {name for key in ("Lora hashes", "TI hashes") for name, _ in _listed(values.get(key, ""))}
    kinds = {"lora": "lora", "embed": "inversion", "vae": "vae"}
    for key, digest in mapping(json_value(values.get("Hashes"))).items():
        kind, _, name = key.partition(":")
        if kind in kinds and name not in told and not (kind == "vae" and "VAE hash" in values):
            yield {"kind": kinds[kind], **said(name=name or None, hash=text(digest))}


def _civitai(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": text(one.get("type")) or "resource",
        **said(
            name=text(one.get("modelName")),
            version=text(one.get("modelVersionName")),
            weight=number(one.get("weight")),
            civitai=whole(one.get("modelVersionId")),
        ),
    }


def _civitai_model(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the checkpoint that Civitai names, where nothing else names a model."""
    found = sequence(json_value(values.get("Civitai resources")))
    models = [one for one in found if isinstance(one, dict) and one.get("type") in ("checkpoint", "model")]
    digest = text(mapping(json_value(values.get("Hashes"))).get("model"))
    named = {key: value for key, value in _civitai(models[0]).items() if key != "kind"} if models else {}
    return {**named, **said(hash=digest)}


def _listed(value: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of ``name: hash, name: hash``."""
    for part in value.split(","):
        name, colon, digest = part.rpartition(":")
        if colon and name.strip():
            yield name.strip(), digest.strip()
