"""ComfyUI's canvas, where a file has that alone: turned into the graph as its API writes it.

On the canvas the values of a node stand in a list without names. Newer canvases name them beside the inputs; for older
ones the order is known for the nodes of ComfyUI itself, and values of other nodes are left out. A seed is followed by
what becomes of it after the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promptkit.metadata.values import mapping, sequence, text

AFTER = ("fixed", "increment", "decrement", "randomize")
"""What becomes of a seed; in old canvases ``true`` for anew."""
MUTED = (2, 4)
"""Modes of a node: never run, and passed by."""
_KSAMPLER = ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise")
WIDGETS: Mapping[str, tuple[str, ...]] = {
    "KSampler": _KSAMPLER,
    "KSamplerAdvanced": ("add_noise", "noise_seed", "steps", "cfg", "sampler_name", "scheduler", "start_at_step"),
    "SamplerCustom": ("add_noise", "noise_seed", "cfg"),
    "RandomNoise": ("noise_seed",),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CLIPTextEncode": ("text",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "VAELoader": ("vae_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "CLIPSetLastLayer": ("stop_at_clip_layer",),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "LatentUpscale": ("upscale_method", "width", "height", "crop"),
    "PrimitiveNode": ("value",),
}


def as_prompt(canvas: Mapping[str, Any]) -> dict[str, Any]:
    """Return the nodes of a canvas by id, as the API writes them; nothing where it is no canvas."""
    sources = {}
    for link in sequence(canvas.get("links")):
        if isinstance(link, list) and len(link) >= 3 and isinstance(link[0], str | int):
            sources[link[0]] = [str(link[1]), link[2]]
        elif isinstance(link, dict) and isinstance(link.get("id"), str | int):
            sources[link["id"]] = [str(link.get("origin_id")), link.get("origin_slot")]
    nodes = [node for node in sequence(canvas.get("nodes")) if isinstance(node, dict)]
    return {
        str(node.get("id")): {"class_type": node["type"], "inputs": _inputs(node, sources)}
        for node in nodes
        if text(node.get("type")) and node.get("mode") not in MUTED
    }


def _inputs(node: Mapping[str, Any], sources: Mapping[Any, Any]) -> dict[str, Any]:
    entries = [entry for entry in sequence(node.get("inputs")) if isinstance(entry, dict) and text(entry.get("name"))]
    values = node.get("widgets_values")
    if isinstance(values, dict):
        found = dict(values)
    else:
        names = [entry["name"] for entry in entries if mapping(entry.get("widget"))]
        found = _named(WIDGETS.get(str(node.get("type"))) or tuple(names), sequence(values))
    linked = {
        entry["name"]: sources[link]
        for entry in entries
        if isinstance(link := entry.get("link"), str | int) and link in sources
    }
    return {**found, **linked}


def _named(names: tuple[str, ...], values: list[Any]) -> dict[str, Any]:
    """Return values by name; what becomes of a seed after the run is passed over."""
    found: dict[str, Any] = {}
    at = 0
    for name in names:
        if at < len(values):
            found[name] = values[at]
        at += 1
        if "seed" in name and at < len(values) and (values[at] in AFTER or isinstance(values[at], bool)):
            at += 1
    return found
