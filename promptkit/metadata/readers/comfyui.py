"""ComfyUI's graph: walked back from the picture to the sampler that made it, and from there to what it was given.

The chunk ``prompt`` holds the graph as it was run (``class_type`` and ``inputs`` of each node), ``workflow`` as it lay
on the canvas; WebP has both in EXIF, each behind its name. The nodes that save pictures are ends of the graph. Behind
them the first sampler counts that added noise to latents: one that only goes on where another stopped (a refiner), or
that works on a picture (a detailer, a tiled upscaler), is passed over. What samplers are is told by their inputs and
not by a list of names, so that nodes of third parties are read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from promptkit.metadata.carried import COMMENT, DESCRIPTION, Carried
from promptkit.metadata.graph import Graph, Node, target
from promptkit.metadata.provenance import Provenance
from promptkit.metadata.readers.comfyui_workflow import as_prompt
from promptkit.metadata.values import json_object, mapping, number, plain, said, seed, whole

TOOL = "ComfyUI"
MODELS = ("ckpt_name", "unet_name", "base_ckpt_name", "model_name", "model", "gguf_name")
TEXTS = ("text", "text_g", "text_l", "clip_l", "clip_g", "t5xxl", "prompt", "positive_prompt", "string")
NOT_TEXT = ("clip", "model", "vae", "image", "images", "control_net", "clip_vision", "clip_vision_output", "pixels")
FILES = {"vae_name": "vae", "control_net_name": "controlnet", "style_model_name": "style model"}
CONDITIONING = {
    "positive": ("positive", "conditioning", "cond1", "text_embeds"),
    "negative": ("negative", "text_embeds"),
}
"""Side → the inputs of a sampler or a guider that it comes in by."""
OFF = ("disable", False, "false")


def read(carried: Carried) -> Provenance | None:
    """Read a graph out of a PNG's chunks, out of EXIF as WebP has it, or out of a user comment."""
    graph = Graph(_nodes(carried))
    if not graph.nodes:
        return None
    ends = _ends(graph)
    found = [(end, sampler) for end in ends if (sampler := _sampler(graph, end)) is not None]
    if not found:
        kinds = ", ".join(sorted({node.kind for node in graph.nodes.values()}))
        why = " It runs in a circle." if graph.has_circle else ""
        return Provenance(
            tool=TOOL, dialect="comfyui", other={"nodes": kinds}, notes=(f"No sampler was found in its graph.{why}",)
        )
    end, sampler = _chosen(graph, found, carried.size)
    notes = [f"Its graph saves {len(found)} pictures; this is read as that of node {end.id}."] if len(found) > 1 else []
    if graph.has_circle:
        notes.append("Its graph runs in a circle; what would lie behind that is not known.")
    return _told(graph, end, sampler, notes)


def _nodes(carried: Carried) -> Mapping[str, Any]:
    """Return the graph's nodes by id, from wherever they stand."""
    comment = json_object(carried.texts.get(COMMENT)) or {}
    for name in ("prompt", "Model", "Make", DESCRIPTION):
        graph = json_object(re.sub(r"^prompt:", "", carried.texts.get(name, ""), flags=re.I))
        if graph and Graph(graph).nodes:
            return graph
    if Graph(mapping(comment.get("prompt"))).nodes:
        return mapping(comment["prompt"])
    for name in ("workflow", "Make", "Model", DESCRIPTION):
        canvas = json_object(re.sub(r"^workflow:", "", carried.texts.get(name, ""), flags=re.I))
        if canvas and (nodes := as_prompt(canvas)):
            return nodes
    return as_prompt(mapping(comment.get("workflow")))


def _ends(graph: Graph) -> list[Node]:
    """Return the nodes that save or show pictures; where none is known as one, all that feed no other."""
    ends = graph.ends()
    saving = [node for node in graph.nodes.values() if re.search(r"(?i)save|preview", node.kind)]
    return [node for node in saving if node.link("images", "image")] or ends


def _is_sampler(node: Node) -> bool:
    inputs = node.inputs
    noise = any(name in inputs for name in ("seed", "noise_seed", "noise"))
    given = any(name in inputs for name in ("positive", "guider", "text_embeds", "conditioning"))
    return noise and given and any(name in inputs for name in ("steps", "sigmas", "sampler_name", "scheduler"))


def _passes(graph: Graph, end: Node) -> list[Node]:
    """Return the samplers behind an end, the last one first, going by pictures and latents alone."""

    def back(node: Node) -> Iterator[str]:
        names = ("images", "image", "samples", "latent_image", "latent", "pixels", "upscaled_image")
        along = [linked for name in names if (linked := node.link(name)) is not None]
        sampling = _is_sampler(node) or node.kind.startswith("VAE")
        yield from along or (() if sampling else node.links())

    return [node for node in graph.upstream(end.id, back) if _is_sampler(node)]


def _sampler(graph: Graph, end: Node) -> Node | None:
    """Return the sampler that made what an end is given."""
    passes = _passes(graph, end)
    whole_ones = [node for node in passes if node.inputs.get("add_noise") not in OFF and node.link("image") is None]
    return next(iter(whole_ones or passes), None)


def _chosen(graph: Graph, found: list[tuple[Node, Node]], size: tuple[int, int] | None) -> tuple[Node, Node]:
    """Return the end that the picture is from: the one with latents of its size, else the one with the most passes."""
    for end, sampler in found:
        if size is not None and _size(graph, sampler) == size:
            return end, sampler
    return max(found, key=lambda pair: len(_passes(graph, pair[0])))


def _told(graph: Graph, end: Node, sampler: Node, notes: list[str]) -> Provenance:
    guider = graph.node(sampler.link("guider")) or sampler
    positive, negative = _prompts(graph, guider, "positive"), _prompts(graph, guider, "negative")
    if len(positive) > 1:
        notes.append(
            f"Its prompt is {len(positive)} texts that the graph combines; they are shown one below the other."
        )
    others = [node for node in _passes(graph, end) if node is not sampler]
    if others:
        notes.append(f"It was made in {len(others) + 1} passes; the settings are those of node {sampler.id}.")
    width, height = _size(graph, sampler) or (None, None)
    model, loras = _model(graph, guider if guider.link("model") else sampler)
    return Provenance(
        tool=TOOL,
        prompt="\n".join(positive),
        negative="\n".join(negative),
        dialect="comfyui",
        settings=said(**_settings(graph, sampler, guider), width=width, height=height),
        seed=_seed(graph, sampler),
        model=model,
        resources=(*loras, *_files(graph, end)),
        other={f"pass of node {node.id}": plain(_pass(graph, node)) for node in others},
        notes=tuple(notes),
    )


def _pass(graph: Graph, sampler: Node) -> dict[str, Any]:
    """Return what another pass over the picture was given."""
    guider = graph.node(sampler.link("guider")) or sampler
    said_there = {side: "\n".join(_prompts(graph, guider, side)) for side in CONDITIONING}
    model, _ = _model(graph, guider if guider.link("model") else sampler)
    return {**said_there, **said(seed=_seed(graph, sampler)), **_settings(graph, sampler, guider), "model": model}


def _prompts(graph: Graph, node: Node, side: str) -> list[str]:
    """Return the texts behind one side's conditioning of a sampler or guider, in the order of the links."""
    start = node.link(*CONDITIONING[side])

    def back(at: Node) -> Iterator[str]:
        if at.kind == "ConditioningZeroOut" or _own_texts(graph, at):
            return
        sided = at.link(side)
        if sided is not None and at.link("positive") and at.link("negative"):
            yield sided
            return
        yield from (
            linked
            for name, value in at.inputs.items()
            if name not in NOT_TEXT and (linked := target(value)) is not None
        )

    found = [text for at in graph.upstream(start, back) for text in _own_texts(graph, at, side)]
    return list(dict.fromkeys(found))


def _own_texts(graph: Graph, node: Node, side: str = "positive") -> list[str]:
    """Return the texts that a node encodes: those of two encoders only where they differ."""
    names: tuple[str, ...] = TEXTS if "clip" in node.inputs or "text" in node.inputs or node.link("t5") else ()
    if f"{side}_prompt" in node.inputs:
        names = (f"{side}_prompt",)
    texts = [text.strip() for name in names if (text := graph.text(node.inputs.get(name)))]
    return list(dict.fromkeys(texts))


def _settings(graph: Graph, sampler: Node, guider: Node) -> dict[str, Any]:
    sigmas = next(
        (node for node in graph.upstream(sampler.link("sigmas")) if "steps" in node.inputs), sampler
    )  # a splitter of sigmas has no steps of its own
    chosen = graph.node(sampler.link("sampler"))
    name = graph.text(sampler.inputs.get("sampler_name")) or (
        chosen and (graph.text(chosen.inputs.get("sampler_name")) or chosen.kind)
    )
    scheduler = graph.text(sigmas.inputs.get("scheduler"))
    return said(
        num_inference_steps=whole(graph.number(sigmas.inputs.get("steps"))),
        guidance_scale=_guidance(graph, guider),
        sampler=name or scheduler,
        scheduler=scheduler if name else None,
        denoising_strength=_denoise(graph, sigmas),
        clip_skip=_clip_skip(graph, guider),
    )


def _guidance(graph: Graph, guider: Node) -> int | float | None:
    """Return the guidance; of models whose guidance is distilled (FLUX) what they are told, where no other is used."""
    scale = graph.number(guider.inputs.get("cfg", guider.inputs.get("cfg_conds")))
    told = (
        graph.number(node.inputs["guidance"])
        for node in graph.upstream(guider.link("positive", "conditioning"))
        if "guidance" in node.inputs
    )
    distilled = next((found for found in told if found is not None), None)
    return distilled if distilled is not None and scale in (None, 1) else scale


def _denoise(graph: Graph, node: Node) -> int | float | None:
    strength = graph.number(node.inputs.get("denoise", node.inputs.get("denoise_strength")))
    return None if strength == 1 else strength


def _clip_skip(graph: Graph, guider: Node) -> int | None:
    for node in graph.upstream(guider.link("positive", "conditioning")):
        layer = whole(graph.number(node.inputs.get("stop_at_clip_layer")))
        if layer is not None:
            return -layer
    return None


def _seed(graph: Graph, sampler: Node) -> int | None:
    noise = graph.node(sampler.link("noise")) or sampler
    return seed(graph.value(noise.inputs.get("noise_seed", noise.inputs.get("seed"))))


def _size(graph: Graph, sampler: Node) -> tuple[int, int] | None:
    """Return width and height of the latents that a sampler was given, in pixels."""
    for node in graph.upstream(sampler.link("latent_image", "latent", "samples")):
        width, height = (whole(graph.number(node.inputs.get(name))) for name in ("width", "height"))
        if width and height:
            return width, height
    return None


def _model(graph: Graph, start: Node) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the model that a sampler runs, and the LoRAs on the way to it, the one put on first in front."""
    loras: list[dict[str, Any]] = []

    def back(node: Node) -> Iterator[str]:
        yield from filter(None, (node.link("model", "unet", "MODEL", "value", "any"),) if node.inputs else ())

    for node in graph.upstream(start.link("model"), back):
        loras[:0] = list(_loras(graph, node))
        name = next((found for key in MODELS if (found := graph.text(node.inputs.get(key)))), None)
        if name is not None and not any(key.startswith("lora") for key in node.inputs):
            return {"name": name}, loras
    return {}, loras


def _loras(graph: Graph, node: Node) -> Iterator[dict[str, Any]]:
    """Yield the LoRAs that a node puts on a model: one by name, or a list of those that are switched on."""
    if name := graph.text(node.inputs.get("lora_name")):
        weight = number(graph.value(node.inputs.get("strength_model", node.inputs.get("strength"))))
        yield {"kind": "lora", **said(name=name, weight=weight)}
    for value in node.inputs.values():
        one = mapping(value)
        if isinstance(one.get("lora"), str) and one.get("on", True):
            yield {"kind": "lora", **said(name=one["lora"], weight=number(one.get("strength")))}


def _files(graph: Graph, end: Node) -> list[dict[str, Any]]:
    """Return the other files that a picture was made with: VAE, ControlNets."""
    found = [
        {"kind": kind, "name": name}
        for node in graph.upstream(end.id)
        for key, kind in FILES.items()
        if (name := graph.text(node.inputs.get(key)))
    ]
    return [one for i, one in enumerate(found) if one not in found[:i]]
