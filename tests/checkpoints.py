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


def _vae():
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(8, 16), latent_channels=4, norm_num_groups=4, sample_size=16,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    )  # fmt: skip


def _text(width: int, tokenizer, *, projection: bool = False):
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=2 * width, num_hidden_layers=2, projection_dim=width,
        num_attention_heads=2, max_position_embeddings=77, bos_token_id=len(tokenizer) - 2,
        eos_token_id=len(tokenizer) - 1, pad_token_id=len(tokenizer) - 1,
    )  # fmt: skip
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config)


def _scheduler():
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, steps_offset=1
    )


def save_stable_diffusion(folder: Path) -> Path:
    """A Stable Diffusion 1 pipeline of 16×16 pictures."""
    from diffusers import StableDiffusionPipeline

    from promptkit.embedded.training import tokens

    torch.manual_seed(0)
    tokenizer = tokens.build()
    StableDiffusionPipeline(
        vae=_vae(), text_encoder=_text(16, tokenizer), tokenizer=tokenizer, unet=_unet(16), scheduler=_scheduler(),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_stable_diffusion_xl(folder: Path) -> Path:
    """An SDXL pipeline of 16×16 pictures, with both of its text encoders."""
    from diffusers import StableDiffusionXLPipeline

    from promptkit.embedded.training import tokens

    torch.manual_seed(0)
    tokenizer = tokens.build()
    unet = _unet(
        32, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=16 + 6 * 8, transformer_layers_per_block=1, use_linear_projection=True,
    )  # fmt: skip
    StableDiffusionXLPipeline(
        vae=_vae(), text_encoder=_text(16, tokenizer), text_encoder_2=_text(16, tokenizer, projection=True),
        tokenizer=tokenizer, tokenizer_2=tokens.build(), unet=unet, scheduler=_scheduler(), add_watermarker=False,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_clip(folder: Path) -> Path:
    """An open_clip folder with random weights, in the embedded model's own configuration."""
    from promptkit.embedded.training import clip, tokens

    torch.manual_seed(0)
    tokenizer = tokens.build()
    clip.save(clip.build(len(tokenizer)), tokenizer, folder)
    return folder
