"""A denoising loop written by hand: what schedules and conjunctions are proven against.

It asks the denoiser for one prompt at a time, and knows nothing of callbacks, packing or the pipeline's own guidance.
"""

import torch

import promptkit
from promptkit.records import GenerationRequest, GenerationSettings

SIDE = 16


def encoded(pipeline, text):
    """Return (1, tokens, width) and, for SDXL, pooled (1, width), as the pipeline itself encodes."""
    found = pipeline.encode_prompt(text, device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=False)
    return found[0], (found[2] if len(found) == 4 else None)


def denoise(pipeline, said, seeds, *, steps, scale):
    """Return final latents; ``said(step)`` gives the negative prompt and [(weight, prompt)] of a step, encoded."""
    scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(steps)
    shape = (1, pipeline.unet.config.in_channels, *[pipeline.unet.config.sample_size] * 2)
    latents = torch.cat([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
    latents = latents * scheduler.init_noise_sigma
    for call, t in enumerate(scheduler.timesteps):
        step = max(1, steps - -(-(len(scheduler.timesteps) - 1 - call) // scheduler.order))
        negative, prompts = said(step)
        inputs = scheduler.scale_model_input(latents, t)
        without = _noise(pipeline, inputs, t, negative)
        noise = without + scale * sum(
            weight * (_noise(pipeline, inputs, t, prompt) - without) for weight, prompt in prompts
        )
        latents = scheduler.step(noise, t, latents).prev_sample
    return latents


@torch.no_grad()
def _noise(pipeline, latents, t, prompt):
    embeds, pooled = prompt
    rows = len(latents)
    added = None
    if pooled is not None:
        ids = torch.tensor([[SIDE, SIDE, 0, 0, SIDE, SIDE]], dtype=torch.float32)
        added = {"text_embeds": pooled.repeat(rows, 1), "time_ids": ids.repeat(rows, 1)}
    return pipeline.unet(latents, t, embeds.repeat(rows, 1, 1), added_cond_kwargs=added).sample


def run(backend, text, *, negative="", seeds=(3, 4), steps=4, scale=5.0, on_step=None, sampler=None, **settings):
    """Generate through the backend; return its candidates and the final latents of every batch."""
    wanted = GenerationSettings(num_inference_steps=steps, guidance_scale=scale, **settings)
    request = GenerationRequest(
        prompt=promptkit.parse(text, negative=negative),
        seeds=tuple(seeds),
        settings=backend.settle(wanted),
        sampler=sampler,
    )
    vae, found = backend.pipeline.vae, []
    honest = vae.decode

    def listening(latents, **options):
        if options.get("return_dict") is False:
            found.append(latents * vae.config.scaling_factor)
        return honest(latents, **options)

    vae.decode = listening
    try:
        candidates = list(backend.generate(request, on_step=on_step))
    finally:
        del vae.decode
    return candidates, torch.cat(found)


def apart(first, second):
    """Return the greatest difference, relative to the greatest value."""
    return float((first - second).abs().max() / second.abs().max())
