"""What a picture says about how it was made, whichever tool made it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

OURS = "promptkit"


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Who made a picture, of what, and how, as far as its file says so."""

    tool: str
    """The program that made it: ``promptkit``, ``A1111``, ``Forge``, ``ComfyUI``, ``InvokeAI``, ``Fooocus``, …"""
    version: str | None = None
    """Of the program, as written."""
    prompt: str = ""
    """As the user typed it, where the file tells that from what the model was given."""
    negative: str = ""
    dialect: str = "a1111"
    """How weights are written in both: one of ``promptkit.dialects``."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """``num_inference_steps``, ``guidance_scale``, ``width``, ``height`` (pixels), ``sampler`` (as the tool calls it),
    ``scheduler`` (its schedule, where that stands apart), ``clip_skip``, ``denoising_strength``, ``batch_size``: those
    that the file names, finite numbers and texts."""
    seed: int | None = None
    """From 0."""
    model: Mapping[str, Any] = field(default_factory=dict)
    """``name``, ``hash``; of ours also ``source``, ``revision``, ``licence``."""
    resources: tuple[Mapping[str, Any], ...] = ()
    """LoRAs, textual inversions, VAEs, …: ``kind``, ``name``, and ``weight``, ``hash``, ``version`` where told."""
    recipe: Mapping[str, Any] | None = None
    """The whole recipe as JSON, where promptkit generated the picture."""
    candidate: Mapping[str, Any] | None = None
    """Which of the recipe's candidates it is: index, seed, batch size, scores."""
    finish: tuple[Mapping[str, Any], ...] = ()
    """The steps that promptkit did on the picture since, whoever generated it."""
    other: Mapping[str, str] = field(default_factory=dict)
    """What the tool wrote besides, by its own names."""
    notes: tuple[str, ...] = ()
    """What could not be read or is not sure, in words for the user."""

    @property
    def sampler(self) -> str | None:
        """The sampler with its schedule as one name, ``DPM++ 2M Karras``: what ``Session.sampler`` is asked for."""
        name, schedule = self.settings.get("sampler"), self.settings.get("scheduler")
        if not isinstance(name, str):
            return None
        name, karras = K_DIFFUSION.sub("", name), name.endswith("_k")
        if karras:
            return f"{name.removesuffix('_k')} karras"
        if not isinstance(schedule, str) or schedule.lower() in UNSAID or name.lower().endswith(schedule.lower()):
            return name
        return f"{name} {schedule}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


UNSAID = ("automatic", "normal", "native")
"""Schedules that are what a sampler runs on anyway."""
K_DIFFUSION = re.compile("^k_")
"""How NovelAI and the first InvokeAI mark samplers of k-diffusion; later ones mark its schedule behind the name."""
