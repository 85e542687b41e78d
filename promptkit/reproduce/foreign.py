"""What can be made again of another tool's picture, and what cannot: every such thing is a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from promptkit.adapters import find_adapters
from promptkit.asked import check_settings
from promptkit.errors import PromptkitError
from promptkit.metadata import Provenance
from promptkit.names import shortened
from promptkit.prompt import Prompt
from promptkit.records import INVERSION, LORA, Adapter, GenerationSettings, LoadOptions, SamplerSpec, Variation
from promptkit.seeds import MAX_SEED

GPU_NOISE = ("A1111", "Forge", "SD.Next")
"""Programs that draw noise on the graphics card unless told otherwise (``RNG: CPU``)."""
CPU_NOISE = ("ComfyUI", "Fooocus", "InvokeAI", "SwarmUI", "StableSwarm")
"""Programs that draw noise by PyTorch on the CPU, as promptkit does."""
SECOND, STRENGTH = "Variation seed", "Variation seed strength"
LEFT_OUT = {
    "Hires": "The second pass at a larger size (hires fix) is not run: promptkit finish --chain upscale:2 enlarges.",
    "ADetailer": "ADetailer's repainting of faces is not run: promptkit finish --chain face works on them otherwise.",
    "Face restoration": "Face restoration is not run: promptkit finish --chain face.",
    "Refiner": "The refiner is not run.",
    "ControlNet": "ControlNet is not run: its picture is not in the file.",
    "Mask": "The mask of inpainting is not in the file.",
    "ENSD": "The seed of the steps' noise was moved (ENSD), which promptkit does not do.",
    "Eta": "Another eta was set for the sampler, which promptkit does not do.",
    "Tiling": "Pictures that tile are not made.",
    "Token merging": "Tokens were merged, which promptkit does not do.",
    "Seed resize": "The noise was cut from that of another size, which promptkit does not do.",
}
"""What a setting's name begins with, and what is said of it."""
OF_THEIRS = ("Lora", "TI", "Hashes", "Version", "Model", "VAE", "RNG", "Schedule", SECOND, "App", "User", "Emphasis")
"""Settings that are followed, or change nothing."""
SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """A picture of another tool as a request of ours."""

    text: str
    negative: str
    dialect: str
    seed: int
    settings: GenerationSettings
    variation: Variation | None = None
    cannot: tuple[str, ...] = ()
    """What cannot be made again, a line each, in words for the user."""
    blocked: PromptkitError | None = None
    """What has to be decided before it can be run: a sampler that is not here."""


def plan_foreign(
    said: Provenance,
    size: tuple[int, int],
    asked: GenerationSettings,
    sampler: Callable[[str | None], SamplerSpec | None],
) -> Foreign:
    """Return what another tool's picture of ``size`` pixels comes to here; what is ``asked`` counts before what it
    says. Raises SettingsError for numbers that no model could follow."""
    told, cannot = said.settings, []
    seed = said.seed
    if seed is None or seed > MAX_SEED:
        cannot.append(f"The picture names no seed from 0 to {MAX_SEED}: 0 is taken.")
        seed = 0
    spec, blocked = None, None
    try:
        spec = sampler(asked.sampler or said.sampler)
    except PromptkitError as error:
        if asked.sampler:
            raise
        blocked = error
        cannot.append(f"{error.message} {error.hint or ''} Choose one: --sampler.")
    if not (asked.sampler or said.sampler):
        cannot.append("The picture names no sampler: the model's own is used.")
    width, height = told.get("width"), told.get("height")
    if not isinstance(width, int) or not isinstance(height, int):
        width, height = size
        cannot.append(f"The picture names no size: its own is taken, {width}x{height}.")
    settings = asked.over(
        GenerationSettings(
            width=width,
            height=height,
            num_inference_steps=told.get("num_inference_steps"),
            guidance_scale=told.get("guidance_scale"),
            sampler=None if spec is None else spec.name,
        )
    )
    check_settings(settings, spec)
    return Foreign(
        text=said.prompt,
        negative=said.negative,
        dialect=said.dialect,
        seed=seed,
        settings=settings,
        variation=_variation(said.other),
        cannot=(*cannot, *_left_out(said)),
        blocked=blocked,
    )


def _variation(other: Mapping[str, str]) -> Variation | None:
    """Return A1111's second seed, where both of its settings are numbers in range."""
    try:
        seed, strength = int(other[SECOND][:20]), float(other[STRENGTH])
    except (KeyError, ValueError):
        return None
    return Variation(seeds=(seed,), strength=strength) if 0 <= seed <= MAX_SEED and 0 < strength <= 1 else None


def _left_out(said: Provenance) -> Iterator[str]:
    """Yield what cannot be done as it was, the most telling first."""
    yield _noise(said)
    strength = said.settings.get("denoising_strength", 1)
    if strength < 1 and not any(name.startswith("Hires") for name in said.other):
        yield "It was made from another picture (a denoising strength is named), which is not in the file."
    skip = said.settings.get("clip_skip")
    if skip not in (None, 1):
        yield f"Clip skip {skip} is not followed: the text encoder's usual layer is used."
    for name in said.settings:
        if name == "distilled_guidance_scale":
            yield "A guidance scale of its own for distilled models is named: set it by --guidance."
    for resource in said.resources:
        yield from _resource(resource)
    for start, line in LEFT_OUT.items():
        if any(name.startswith(start) for name in said.other):
            yield line
    rest = [name for name in said.other if not name.startswith((*LEFT_OUT, *OF_THEIRS))]
    if rest:
        more = f" and {len(rest) - SHOWN} more" if len(rest) > SHOWN else ""
        yield f"Not used: {', '.join(shortened(name) for name in rest[:SHOWN])}{more}."


def _noise(said: Provenance) -> str:
    tool = shortened(said.tool)
    if said.tool in CPU_NOISE or said.other.get("RNG") == "CPU":
        return f"{tool} draws its noise as promptkit does, and computes otherwise: look for the same picture, not bits."
    if said.tool in GPU_NOISE:
        return f"{tool} draws its noise on the graphics card: the same seed is another picture here."
    return f"It is not known how {tool} draws its noise: the same seed may be another picture here."


def _resource(resource: Mapping[str, object]) -> Iterator[str]:
    kind, name = shortened(str(resource.get("kind"))), shortened(str(resource.get("name") or resource.get("hash")))
    if kind == INVERSION:
        yield f"The textual inversion '{name}' counts if its file lies in a folder that --embeddings names."
    elif kind != LORA:
        yield f"The {kind} '{name}' is not loaded."


def loras_beside(said: Provenance, load: LoadOptions) -> tuple[tuple[Adapter, ...], tuple[str, ...]]:
    """Return the LoRAs that a picture lists beside its prompt, found by their names, and what is to be said of those
    that are not here."""
    found: list[Adapter] = []
    missing: list[str] = []
    for resource in said.resources:
        name, weight = str(resource.get("name") or ""), resource.get("weight")
        if resource.get("kind") != LORA or f"<lora:{name.removesuffix('.safetensors')}" in said.prompt:
            continue
        tag = Prompt(text=f"<lora:{name}:{1 if weight is None else weight}>", phrases=())
        try:
            found += find_adapters(tag, load)
        except PromptkitError:
            missing.append(
                f"The LoRA '{shortened(name or str(resource.get('hash')))}' is not here, and left out: --loras FOLDER "
                "says where it lies."
            )
    return tuple(found), tuple(missing)
