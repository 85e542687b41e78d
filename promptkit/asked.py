"""What was asked for, checked before any work: seeds, variations, settings, pictures, how many of them to keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from promptkit.dialects.weights import WEIGHTINGS
from promptkit.errors import SettingsError
from promptkit.records import GenerationSettings, SamplerSpec, Variation
from promptkit.seeds import candidate_seed

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_CANDIDATES = 10_000
MAX_SIDE = 16_384
MAX_STEPS = 1000
MAX_GUIDANCE = 50.0


def seeds_of(seed: int, candidates: int) -> tuple[int, ...]:
    """Return the seed of each candidate. Raises SettingsError for numbers that are none or out of range."""
    for name, value in (("seed", seed), ("candidates", candidates)):
        _check_whole(name, value)
    if not 1 <= candidates <= MAX_CANDIDATES:
        raise SettingsError(f"{candidates} candidates cannot be made.", hint=f"Choose 1 to {MAX_CANDIDATES:,}.")
    candidate_seed(seed, candidates - 1)
    return tuple(candidate_seed(seed, index) for index in range(candidates))


def variation_of(seed: int | None, strength: float | None, candidates: int) -> Variation | None:
    """Return the second seeds, or ``None`` where none are asked for.

    Raises SettingsError where one of the two is missing, or the strength is no number from 0 to 1.
    """
    if seed is None and strength is None:
        return None
    if seed is None or strength is None:
        raise SettingsError(
            "A variation needs a second seed and a strength.",
            hint="Give both: --variation-seed 7 --variation-strength 0.2.",
        )
    if isinstance(strength, bool) or not isinstance(strength, (int, float)) or not 0 <= strength <= 1:
        raise SettingsError(
            f"A variation strength of {strength!r} is out of range.",
            hint="Choose 0 (the seed alone) to 1 (the variation seed alone); 0.05 to 0.4 are usual.",
        )
    return Variation(seeds=seeds_of(seed, candidates), strength=float(strength))


def check_keep(keep: int | None, *, written: bool, ranked: bool) -> None:
    """Refuse a number of pictures to keep that is none, or does nothing. Raises SettingsError."""
    if keep is None:
        return
    if isinstance(keep, bool) or not isinstance(keep, int) or keep < 1:
        raise SettingsError(f"{keep!r} pictures cannot be kept.", hint="Choose --keep 1 or more.")
    if not written:
        raise SettingsError("Without a folder no picture is written.", hint="Give out, or leave keep out.")
    if not ranked:
        raise SettingsError(
            "There is no ranker to say which pictures are the best.",
            hint="Name a ranker: --ranker clip:embedded; or leave --keep out.",
        )


def check_settings(settings: GenerationSettings, sampler: SamplerSpec | None = None) -> None:
    """Raise SettingsError for the first setting that no model and no sampler could follow."""
    for name in ("width", "height", "num_inference_steps", "batch_size"):
        if getattr(settings, name) is not None:
            _check_whole(name, getattr(settings, name))
    for name in ("width", "height"):
        side = getattr(settings, name)
        if side is not None and not 1 <= side <= MAX_SIDE:
            raise SettingsError(
                f"A {name} of {side:,} pixels cannot be made.", hint=f"Choose 1 to {MAX_SIDE:,}; 512 to 1536 is usual."
            )
    steps, batch = settings.num_inference_steps, settings.batch_size
    if steps is not None and not 1 <= steps <= MAX_STEPS:
        raise SettingsError(f"{steps:,} steps cannot be run.", hint=f"Choose 1 to {MAX_STEPS}; 16 to 40 are usual.")
    if sampler is not None and sampler.max_steps is not None and (steps or 1) > sampler.max_steps:
        hint = f"Choose --steps {sampler.max_steps} or fewer, or another --sampler; 2 to 8 are usual with this one."
        raise SettingsError(f"The sampler '{sampler.name}' cannot run {steps} steps.", hint=hint)
    _check_guidance(settings.guidance_scale)
    if batch is not None and batch < 1:
        raise SettingsError(f"A batch of {batch} holds nothing.", hint="Choose --batch-size 1 or more.")
    if settings.weighting is not None and settings.weighting not in WEIGHTINGS:
        raise SettingsError(
            f"There is no weighting '{settings.weighting}'.", hint=f"Use one of: {', '.join(WEIGHTINGS)}."
        )


def _check_guidance(scale: float | None) -> None:
    if scale is None:
        return
    if isinstance(scale, bool) or not isinstance(scale, int | float):
        raise SettingsError(f"guidance_scale={scale!r} is no number.", hint="Give guidance_scale as a float.")
    if not 0 <= scale <= MAX_GUIDANCE:
        raise SettingsError(
            f"A guidance scale of {scale} is out of range.", hint=f"Choose 0 to {MAX_GUIDANCE:g}; 3 to 8 are usual."
        )


def _check_whole(name: str, value: object) -> None:
    """Raise SettingsError for what is no whole number; ``True`` is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingsError(f"{name}={value!r} is no whole number.", hint=f"Give {name} as an int.")


def check_images(images: Sequence[Image]) -> None:
    """Refuse what is no picture, a file's name above all. Raises SettingsError."""
    for image in [images] if isinstance(images, str) else images:
        if not hasattr(image, "convert"):
            raise SettingsError(
                f"{image!r} is no picture.",
                hint="Open a file with PIL first: PIL.Image.open(path); give a list of them.",
            )
