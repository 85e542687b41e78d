"""What a pipeline of diffusers likes to be given, read from itself: its signature, its parts, its scheduler.

No family is a case of its own elsewhere. Where a pipeline's own defaults are not what suits, a table here says so.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping
from typing import Any

from promptkit.records import GenerationRequest, GenerationSettings

PLAIN_MULTIPLE = 8
"""Pixels that the pipelines of Stable Diffusion ask sides to be multiples of, whatever the VAE."""
FALLBACK_SIDE = 1024
FALLBACK_STEPS = 30
FALLBACK_GUIDANCE = 4.0
FEW_STEPS = 4
UNGUIDED = 1.0
"""The guidance scale from which on there is guidance, in nearly every pipeline."""

STEPS = {"StableDiffusionPipeline": 30, "StableDiffusionXLPipeline": 30}
"""Steps where the 50 of diffusers, made for DDIM and PLMS, are more than today's samplers need."""
MULTIPLES = {"SanaPipeline": 32, "SanaPAGPipeline": 32, "SanaSprintPipeline": 32, "StableCascadeCombinedPipeline": 128}
"""Sizes, in pixels, that a pipeline insists on whatever its parts say."""
GUIDED_FROM = {"ZImagePipeline": 0.0, "ZImageOmniPipeline": 0.0}
"""Z-Image's pipelines write the difference to the unguided prediction on top: their 0 is the others' 1."""
SIZED_BY_DENOISER = ("SanaPipeline", "SanaPAGPipeline", "SanaSprintPipeline")
"""Pipelines that were published for several sizes, of which the signature names one."""
DISTILLED_SCHEDULERS = ("LCMScheduler", "TCDScheduler")
SCHNELL_TOKENS = 256
"""What FLUX.1 schnell was trained to read; the pipeline would take 512."""
FIXED = {"use_resolution_binning": False, "clean_caption": False}
"""Habits of some pipelines that change what was asked for: a picture of another size cut to this one, a prompt in small
letters and without signs."""


def parameters(pipeline: Any) -> Mapping[str, inspect.Parameter]:
    """Return the arguments of a pipeline's call."""
    return inspect.signature(pipeline.__call__).parameters


def makes_pictures_from_text(pipeline: Any) -> bool:
    """Whether a text is all that a pipeline needs, and pictures are what it gives."""
    known = parameters(pipeline)
    others = ("strength", "mask_image", "control_image", "controlnet_conditioning_scale", "ip_image")
    return "prompt" in known and "num_images_per_prompt" in known and not any(name in known for name in others)


def native(pipeline: Any) -> GenerationSettings:
    """Return size, steps and guidance scale that suit a pipeline: its own defaults, or those of what was distilled."""
    width, height = _size(pipeline)
    steps = STEPS.get(type(pipeline).__name__, _default(pipeline, "num_inference_steps", FALLBACK_STEPS))
    guidance = _default(pipeline, guidance_argument(pipeline), FALLBACK_GUIDANCE)
    if _distilled(pipeline):
        steps = FEW_STEPS
        guidance = guidance if _told_guidance(pipeline) else UNGUIDED
    return GenerationSettings(
        width=width, height=height, num_inference_steps=int(steps), guidance_scale=float(guidance)
    )


def multiple(pipeline: Any) -> int:
    """Return the pixels that width and height must be multiples of: what the VAE shrinks by, times the patch."""
    factor = _factor(pipeline)
    processor = getattr(getattr(pipeline, "image_processor", None), "config", {})
    patch = getattr(denoiser(pipeline).config, "patch_size", 1) if denoiser(pipeline) is not None else 1
    patch = patch if isinstance(patch, int) else 1
    insisted = MULTIPLES.get(type(pipeline).__name__, 1)
    return math.lcm(PLAIN_MULTIPLE, factor * patch, int(processor.get("vae_scale_factor", 1)), insisted)


def least(pipeline: Any) -> int:
    """Return the smallest width and height, in pixels, that make sense: four latents."""
    step = multiple(pipeline)
    return -(-4 * _factor(pipeline) // step) * step


def guidance_argument(pipeline: Any) -> str:
    """Return which argument is classifier-free guidance: ``true_cfg_scale`` where there is one, and no guidance was
    distilled into the model, as it was into FLUX.1 dev."""
    told = bool(getattr(getattr(denoiser(pipeline), "config", None), "guidance_embeds", False))
    return "true_cfg_scale" if "true_cfg_scale" in parameters(pipeline) and not told else "guidance_scale"


def follows_negative(pipeline: Any) -> bool:
    """Whether a negative prompt can count: the pipeline takes one, and no guidance stands in its place."""
    known = parameters(pipeline)
    if "negative_prompt" not in known or _told_guidance(pipeline):
        return False
    return "true_cfg_scale" not in known or guidance_argument(pipeline) == "true_cfg_scale"


def is_guided(pipeline: Any, guidance_scale: float) -> bool:
    """Whether a scale turns guidance on. Without guidance a negative prompt says nothing."""
    return guidance_scale > GUIDED_FROM.get(type(pipeline).__name__, UNGUIDED)


def unheard(pipeline: Any, request: GenerationRequest) -> Iterator[str]:
    """Yield that the negative prompt says nothing, where guidance is off."""
    negative, scale = request.prompt.negative_resolved.strip(), request.settings.guidance_scale
    if negative and scale is not None and follows_negative(pipeline) and not is_guided(pipeline, scale):
        yield f"'{negative}' says nothing at a guidance scale of {scale:g}: a negative prompt needs guidance."


def call_arguments(pipeline: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of ``arguments`` that the pipeline knows, by its own names, with ``FIXED`` beside them.

    The guidance scale is handed over as ``guidance_scale``. Where guidance needs a negative prompt to push away from,
    and none was typed, a blank stands for it.
    """
    known = parameters(pipeline)
    given = {**FIXED, **arguments}
    name = guidance_argument(pipeline)
    scale = given.pop("guidance_scale", None)
    if scale is not None:
        given[name] = scale
    unsaid = "negative_prompt" not in given and "negative_prompt_embeds" not in given
    if name == "true_cfg_scale" and unsaid and scale is not None and is_guided(pipeline, scale):
        given["negative_prompt"] = " "
    if _is_schnell(pipeline):
        given["max_sequence_length"] = SCHNELL_TOKENS
    return {key: value for key, value in given.items() if key in known}


def denoiser(pipeline: Any) -> Any:
    """Return the network that is called at each step, or ``None``."""
    return getattr(pipeline, "transformer", None) or getattr(pipeline, "unet", None)


def _factor(pipeline: Any) -> int:
    return int(getattr(pipeline, "vae_scale_factor", 8))


def _default(pipeline: Any, name: str, otherwise: float) -> float:
    """Return the number that a pipeline's signature gives an argument."""
    given = parameters(pipeline).get(name)
    return given.default if given is not None and isinstance(given.default, int | float) else otherwise


def _size(pipeline: Any) -> tuple[int, int]:
    """Return width and height in pixels."""
    factor = _factor(pipeline)
    own = getattr(pipeline, "default_sample_size", None)
    said = int(_default(pipeline, "height", 0))
    latents = getattr(getattr(denoiser(pipeline), "config", None), "sample_size", None)
    if own is None and said and type(pipeline).__name__ not in SIZED_BY_DENOISER:
        return int(_default(pipeline, "width", said)), said
    chosen = own or latents or FALLBACK_SIDE // factor
    height, width = (chosen, chosen) if isinstance(chosen, int) else chosen
    return int(width) * factor, int(height) * factor


def _told_guidance(pipeline: Any) -> bool:
    """Whether the U-Net takes the guidance scale as an input, as consistency models do (arXiv:2310.04378)."""
    return bool(getattr(getattr(denoiser(pipeline), "config", None), "time_cond_proj_dim", None))


def _is_schnell(pipeline: Any) -> bool:
    return type(pipeline).__name__ == "FluxPipeline" and guidance_argument(pipeline) == "true_cfg_scale"


def _distilled(pipeline: Any) -> bool:
    """Whether a model was made for a few steps without guidance.

    Schnell has no guidance built in; klein says it; of Stable Diffusion the scheduler tells: LCM's, TCD's, or Euler's
    from the last timestep on ("trailing"), as SDXL Turbo and Lightning are published.
    """
    if _is_schnell(pipeline):
        return True
    if getattr(pipeline, "config", {}).get("is_distilled"):
        return True
    scheduler = type(pipeline.scheduler).__name__
    if scheduler in DISTILLED_SCHEDULERS:
        return True
    config = pipeline.scheduler.config
    trailing = config.get("timestep_spacing") == "trailing" and not config.get("rescale_betas_zero_snr")
    return trailing and scheduler.startswith("Euler") and config.get("prediction_type") == "epsilon"
