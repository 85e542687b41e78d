"""Tiny checkpoints with random weights, saved in the real formats: what loading is proven on."""

from pathlib import Path

import torch


def _unet(cross: int, **more):
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, block_out_channels=(16, 32), layers_per_block=1, norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=cross, attention_head_dim=4, **more,
    )  # fmt: skip


def vae(levels=2, **more):
    """An autoencoder that shrinks by 2 a level but the first."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(8, *[16] * (levels - 1)), latent_channels=4, norm_num_groups=4, sample_size=16,
        down_block_types=("DownEncoderBlock2D",) * levels, up_block_types=("UpDecoderBlock2D",) * levels, **more,
    )  # fmt: skip


def clip_tokenizer():
    from promptkit.embedded.training import tokens

    return tokens.build()


def clip_text(width: int, tokenizer, *, projection: bool = False):
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=2 * width, num_hidden_layers=2, projection_dim=width,
        num_attention_heads=2, max_position_embeddings=77, bos_token_id=len(tokenizer) - 2,
        eos_token_id=len(tokenizer) - 1, pad_token_id=len(tokenizer) - 1,
    )  # fmt: skip
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config)


def _scheduler(**more):
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, steps_offset=1, **more
    )


def save_stable_diffusion(folder: Path) -> Path:
    """A Stable Diffusion 1 pipeline of 16×16 pictures."""
    from diffusers import StableDiffusionPipeline

    torch.manual_seed(0)
    tokenizer = clip_tokenizer()
    StableDiffusionPipeline(
        vae=vae(), text_encoder=clip_text(16, tokenizer), tokenizer=tokenizer, unet=_unet(16), scheduler=_scheduler(),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_stable_diffusion_xl(folder: Path, *, second: int = 16) -> Path:
    """An SDXL pipeline of 16×16 pictures, with both of its text encoders, ``second`` wide the second one."""
    from diffusers import StableDiffusionXLPipeline

    torch.manual_seed(0)
    tokenizer = clip_tokenizer()
    unet = _unet(
        16 + second, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=second + 6 * 8, transformer_layers_per_block=1, use_linear_projection=True,
    )  # fmt: skip
    StableDiffusionXLPipeline(
        vae=vae(), text_encoder=clip_text(16, tokenizer), text_encoder_2=clip_text(second, tokenizer, projection=True),
        tokenizer=tokenizer, tokenizer_2=clip_tokenizer(), unet=unet, scheduler=_scheduler(), add_watermarker=False,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_stable_diffusion_2(folder: Path) -> Path:
    """An SD 2 pipeline, which predicts v (Salimans and Ho, arXiv:2202.00512) and projects linearly."""
    from diffusers import StableDiffusionPipeline

    torch.manual_seed(0)
    tokenizer = clip_tokenizer()
    StableDiffusionPipeline(
        vae=vae(), text_encoder=clip_text(16, tokenizer), tokenizer=tokenizer,
        unet=_unet(16, use_linear_projection=True), scheduler=_scheduler(prediction_type="v_prediction"),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_turbo(folder: Path) -> Path:
    """SDXL distilled to a step without guidance, as SDXL Turbo and Lightning are saved: the timesteps are trailing."""
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    pipeline = StableDiffusionXLPipeline.from_pretrained(save_stable_diffusion_xl(folder))
    pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config, timestep_spacing="trailing")
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def save_consistency(folder: Path) -> Path:
    """A latent consistency model (arXiv:2310.04378): its denoiser is told the guidance, and no negative prompt."""
    from diffusers import LatentConsistencyModelPipeline, LCMScheduler

    torch.manual_seed(0)
    tokenizer = clip_tokenizer()
    LatentConsistencyModelPipeline(
        vae=vae(), text_encoder=clip_text(16, tokenizer), tokenizer=tokenizer, unet=_unet(16, time_cond_proj_dim=16),
        scheduler=LCMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_clip(folder: Path) -> Path:
    """An open_clip folder with random weights, in the embedded model's own configuration."""
    from promptkit.embedded.training import clip, tokens

    torch.manual_seed(0)
    tokenizer = tokens.build()
    clip.save(clip.build(len(tokenizer)), tokenizer, folder)
    return folder
