"""What a picture says about how it was made, as a person sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from promptkit.finish import spoken
from promptkit.metadata import Provenance
from promptkit.metadata.values import json_value, mapping, number
from promptkit.prompt import Prompt
from promptkit.terminal import safe_text
from promptkit.views import MUTED, prompt_view
from promptkit.views_candidates import score_text
from promptkit.views_finish import steps_view

PICTURE = "the picture"
"""Who said the prompt that a file holds: whoever typed it is not known."""
LONGEST = 400
"""Characters of a value that are shown; ``--json`` has all of them."""
NAMES = {
    "num_inference_steps": "steps",
    "guidance_scale": "guidance",
    "clip_skip": "CLIP skip",
    "denoising_strength": "denoising strength",
    "batch_size": "batch size",
}
ESSENTIAL = ("num_inference_steps", "guidance_scale", "sampler", "width", "height")
"""Settings that a picture cannot be made again without."""


def provenance_view(found: Provenance, prompt: Prompt | None) -> RenderableType:
    """Who made it, the prompt with its slots, settings, what else was used, the finishing, and what is not known."""
    parts: list[RenderableType] = [_maker(found)]
    if prompt is not None:
        parts.append(prompt_view(prompt, said_by=PICTURE))
    elif found.prompt:
        parts.append(safe_text(found.prompt))
    parts.append(facts_view(found))
    if unknown := missing(found):
        parts.append(safe_text(f"not known: {', '.join(unknown)}", "yellow"))
    return Group(*parts)


def facts_view(found: Provenance) -> RenderableType:
    """Settings, what else was used, the finishing, and what else is written there."""
    parts: list[RenderableType] = [_table(_facts(found))]
    if found.resources:
        parts.append(_resources(found))
    if found.finish:
        parts.append(_finish(found))
    if found.other:
        parts += [Text("also written there", MUTED), _table(found.other)]
    return Group(*parts)


def missing(found: Provenance) -> list[str]:
    """Return what a picture does not say and could not be made again without."""
    absent = [NAMES.get(name, name) for name in ESSENTIAL if name not in found.settings]
    heads = {"prompt": found.prompt, "seed": found.seed is not None, "model": found.model.get("name")}
    absent = [*(name for name, there in heads.items() if not there), *absent]
    if found.model.get("name") and not found.model.get("hash"):
        absent.append("the model's hash")
    return absent


def _maker(found: Provenance) -> Text:
    name = found.tool or "an unknown tool"
    version = f" {found.version}" if found.version else ""
    return Text("made by ", MUTED) + safe_text(f"{name}{version}", "bold")


def _facts(found: Provenance) -> dict[str, Any]:
    """Return settings, seed, model and scores under the names that a person knows."""
    settings = dict(found.settings)
    size = [settings.pop(name, None) for name in ("width", "height")]
    facts: dict[str, Any] = {"seed": found.seed, "model": _model(found.model), "size": _size(size)}
    facts |= {NAMES.get(name, name): value for name, value in settings.items()}
    together = number((found.candidate or {}).get("batch_size"))
    facts |= {} if together is None else {"batch size": together}
    facts["licence of the model"] = found.model.get("licence")
    recipe = found.recipe or {}
    for name in ("template", "styles", "ranker", "search", "environment"):
        value = recipe.get("drawn_from" if name == "template" else name)
        facts[name] = _short(value) if value else None
    for slot, score in mapping((found.candidate or {}).get("scores")).items():
        facts[f"score: {slot}"] = score_text(score).plain if number(score) is not None else None
    return {name: value for name, value in facts.items() if value is not None}


def _model(model: Mapping[str, Any]) -> str | None:
    digest = model.get("hash")
    parts = [model.get("name"), model.get("version"), model.get("revision"), digest and f"hash {digest}"]
    return ", ".join(str(part) for part in parts if part) or None


def _size(size: list[Any]) -> str | None:
    return f"{size[0]}x{size[1]}" if None not in size else None


def _short(value: Any) -> str:
    """Return a value out of a recipe in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(one)}" for name, one in value.items())
    return ", ".join(map(_short, value)) if isinstance(value, list) else str(value)


def _table(facts: Mapping[str, Any]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style=MUTED)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        said = _short(inner) if isinstance(inner := json_value(str(value)), dict) else str(value)
        table.add_row(safe_text(name), safe_text(said if len(said) <= LONGEST else f"{said[:LONGEST]} …"))
    return table


def _resources(found: Provenance) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("used", "name", "weight", "hash"):
        table.add_column(title, overflow="fold")
    for one in found.resources:
        named = " ".join(str(one[key]) for key in ("name", "version") if one.get(key))
        digest = one.get("hash") or one.get("sha256") or ""
        table.add_row(*(safe_text(str(cell)) for cell in (one.get("kind", ""), named, one.get("weight", ""), digest)))
    return table


def _finish(found: Provenance) -> RenderableType:
    """Return the chain, and what its steps measured where they did."""
    chain = Text("finished by ", MUTED) + safe_text(spoken(found.finish))
    return Group(chain, *filter(None, (steps_view(found.finish),)))
