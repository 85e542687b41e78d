"""Well-known models of the hub under short names: what each is, what it may be used for, what it needs and likes.

Sizes are the published ones, in billions of parameters over all parts that are in memory at once: text encoders,
denoiser, VAE. Settings are those of the model's own page. None of these models was run where promptkit is built.
"""

from __future__ import annotations

from promptkit.records import HUB_RANKER, GenerationSettings, ModelSpec

HEADROOM_GIB = 2.0
"""For what is computed while one picture is made, beside the weights."""
STABILITY = "Stability AI Community"
NON_COMMERCIAL = "FLUX non-commercial"


def memory_gib(billions: float) -> float:
    """Return what a model of so many parameters needs at two bytes each, to half a GiB."""
    return round((billions * 1e9 * 2 / 2**30 + HEADROOM_GIB) * 2) / 2


def _model(
    name: str,
    source: str,
    licence: str,
    billions: float,
    settings: tuple[int, int, float],
    summary: str,
    *,
    gated: bool = False,
) -> ModelSpec:
    side, steps, guidance = settings
    return ModelSpec(
        name=name,
        source=source,
        licence=licence,
        gated=gated,
        memory_gib=memory_gib(billions),
        settings=GenerationSettings(width=side, height=side, num_inference_steps=steps, guidance_scale=guidance),
        ranker=HUB_RANKER,
        summary=summary,
    )


CATALOGUE = (
    _model(
        "sd15", "stable-diffusion-v1-5/stable-diffusion-v1-5", "CreativeML OpenRAIL-M", 1.4, (512, 30, 7.5),
        "Stable Diffusion 1.5: small, quick, the most LoRAs",
    ),
    _model(
        "sd21", "stabilityai/stable-diffusion-2-1", "CreativeML OpenRAIL++-M", 1.3, (768, 30, 7.5),
        "Stable Diffusion 2.1, which predicts v",
    ),
    _model(
        "sdxl", "stabilityai/stable-diffusion-xl-base-1.0", "CreativeML OpenRAIL++-M", 3.5, (1024, 30, 5.0),
        "Stable Diffusion XL, the base",
    ),
    _model(
        "sdxl-turbo", "stabilityai/sdxl-turbo", STABILITY, 3.5, (512, 1, 0.0),
        "SDXL distilled to one step; hears no negative prompt",
    ),
    _model(
        "sd35-medium", "stabilityai/stable-diffusion-3.5-medium", STABILITY, 8.2, (1024, 40, 4.5),
        "Stable Diffusion 3.5, 2.5 billion in the denoiser", gated=True,
    ),
    _model(
        "sd35-large", "stabilityai/stable-diffusion-3.5-large", STABILITY, 13.8, (1024, 28, 3.5),
        "Stable Diffusion 3.5, 8 billion in the denoiser", gated=True,
    ),
    _model(
        "sd35-large-turbo", "stabilityai/stable-diffusion-3.5-large-turbo", STABILITY, 13.8, (1024, 4, 0.0),
        "the same distilled to four steps; hears no negative prompt", gated=True,
    ),
    _model(
        "flux-dev", "black-forest-labs/FLUX.1-dev", NON_COMMERCIAL, 16.9, (1024, 28, 3.5),
        "FLUX.1, its guidance built in; takes no negative prompt", gated=True,
    ),
    _model(
        "flux-schnell", "black-forest-labs/FLUX.1-schnell", "Apache-2.0", 16.9, (1024, 4, 1.0),
        "FLUX.1 distilled to four steps", gated=True,
    ),
    _model(
        "flux2-dev", "black-forest-labs/FLUX.2-dev", NON_COMMERCIAL, 56.4, (1024, 50, 4.0),
        "FLUX.2, its guidance built in; takes no negative prompt", gated=True,
    ),
    _model(
        "flux2-klein", "black-forest-labs/FLUX.2-klein-4B", "Apache-2.0", 8.1, (1024, 4, 1.0),
        "FLUX.2 of 4 billion, distilled to four steps; takes no negative prompt",
    ),
    _model(
        "sana", "Efficient-Large-Model/Sana_1600M_1024px_BF16_diffusers", "NSCL v2-custom, Gemma's terms", 4.5,
        (1024, 20, 4.5), "Sana 1.6B: latents of a 32nd of the size, quick",
    ),
    _model(
        "z-image-turbo", "Tongyi-MAI/Z-Image-Turbo", "Apache-2.0", 10.3, (1024, 9, 0.0),
        "Z-Image distilled to nine steps; hears no negative prompt",
    ),
    _model(
        "qwen-image", "Qwen/Qwen-Image", "Apache-2.0", 28.9, (1328, 50, 4.0),
        "Qwen-Image: follows long prompts, writes text",
    ),
)  # fmt: skip
