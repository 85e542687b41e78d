"""Tiny checkpoints of the families that denoise with a transformer, saved in the real formats."""

from pathlib import Path

import torch

from tests import tiny_tokenizers
from tests.checkpoints import clip_text, clip_tokenizer, vae


def _flow(**more):
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(**more)


def _t5(tokenizer, width=16):
    from transformers import T5Config, T5EncoderModel

    return T5EncoderModel(
        T5Config(vocab_size=len(tokenizer), d_model=width, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    ).eval()


def _qwen3(tokenizer, layers, width=16):
    from transformers import Qwen3Config, Qwen3ForCausalLM

    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokenizer), hidden_size=width, intermediate_size=16, num_hidden_layers=layers,
            num_attention_heads=2, num_key_value_heads=1, head_dim=8, max_position_embeddings=1024,
            bos_token_id=None, eos_token_id=None, pad_token_id=None,
        )
    ).eval()  # fmt: skip


def _gemma2(tokenizer, width=16):
    from transformers import Gemma2Config, Gemma2Model

    return Gemma2Model(
        Gemma2Config(
            vocab_size=len(tokenizer), hidden_size=width, intermediate_size=16, num_hidden_layers=1,
            num_attention_heads=2, num_key_value_heads=1, head_dim=8, max_position_embeddings=1024,
        )
    ).eval()  # fmt: skip


def save_stable_diffusion_3(folder: Path, *, t5: bool = True) -> Path:
    """SD 3 with its two CLIPs and T5, which people leave out to save memory."""
    from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline

    torch.manual_seed(0)
    tokenizer, third = clip_tokenizer(), tiny_tokenizers.t5()
    transformer = SD3Transformer2DModel(
        sample_size=8, patch_size=2, in_channels=4, out_channels=4, num_layers=2, attention_head_dim=8,
        num_attention_heads=2, joint_attention_dim=32, caption_projection_dim=16, pooled_projection_dim=32,
        pos_embed_max_size=8,
    )  # fmt: skip
    StableDiffusion3Pipeline(
        transformer=transformer, scheduler=_flow(shift=3.0), vae=vae(shift_factor=0.1),
        text_encoder=clip_text(16, tokenizer, projection=True), tokenizer=tokenizer,
        text_encoder_2=clip_text(16, tokenizer, projection=True), tokenizer_2=clip_tokenizer(),
        text_encoder_3=_t5(third, 32) if t5 else None, tokenizer_3=third if t5 else None,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_stable_diffusion_3_without_t5(folder: Path) -> Path:
    return save_stable_diffusion_3(folder, t5=False)


def save_flux(folder: Path, *, guidance_embeds: bool = True) -> Path:
    """FLUX.1 dev, which was distilled with its guidance as an input, or schnell, which has none."""
    from diffusers import FluxPipeline, FluxTransformer2DModel

    torch.manual_seed(0)
    tokenizer, second = clip_tokenizer(), tiny_tokenizers.t5()
    transformer = FluxTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=8, num_attention_heads=2,
        joint_attention_dim=16, pooled_projection_dim=16, guidance_embeds=guidance_embeds, axes_dims_rope=(2, 2, 4),
    )  # fmt: skip
    FluxPipeline(
        transformer=transformer, scheduler=_flow(shift=3.0, use_dynamic_shifting=guidance_embeds),
        vae=vae(shift_factor=0.1), text_encoder=clip_text(16, tokenizer), tokenizer=tokenizer,
        text_encoder_2=_t5(second), tokenizer_2=second,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_flux_schnell(folder: Path) -> Path:
    return save_flux(folder, guidance_embeds=False)


def save_sana(folder: Path) -> Path:
    """Sana with Gemma 2 and a deep-compression autoencoder, which shrinks 4-fold here and 32-fold in earnest."""
    from diffusers import AutoencoderDC, DPMSolverMultistepScheduler, SanaPipeline, SanaTransformer2DModel

    torch.manual_seed(0)
    tokenizer = tiny_tokenizers.gemma()
    blocks = {
        f"{side}_{name}": value
        for side in ("encoder", "decoder")
        for name, value in {
            "block_types": ("ResBlock", "ResBlock", "EfficientViTBlock"), "block_out_channels": (8, 8, 16),
            "layers_per_block": (1, 1, 1), "qkv_multiscales": ((), (), (3,)),
        }.items()
    }  # fmt: skip
    decoder = AutoencoderDC(latent_channels=4, attention_head_dim=4, scaling_factor=0.4, **blocks)
    transformer = SanaTransformer2DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=8, num_layers=1,
        num_cross_attention_heads=2, cross_attention_head_dim=8, cross_attention_dim=16, caption_channels=16,
        sample_size=8, patch_size=1,
    )  # fmt: skip
    scheduler = DPMSolverMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0, algorithm_type="dpmsolver++"
    )
    SanaPipeline(
        tokenizer=tokenizer, text_encoder=_gemma2(tokenizer), vae=decoder, transformer=transformer, scheduler=scheduler
    ).save_pretrained(folder, safe_serialization=True)
    return folder


def save_z_image(folder: Path) -> Path:
    """Z-Image, whose denoiser is given lists of pictures, and whose text encoder is Qwen 3."""
    from diffusers import ZImagePipeline, ZImageTransformer2DModel

    torch.manual_seed(0)
    tokenizer = tiny_tokenizers.qwen()
    transformer = ZImageTransformer2DModel(
        in_channels=4, dim=16, n_layers=1, n_refiner_layers=1, n_heads=2, n_kv_heads=2, cap_feat_dim=16,
        axes_dims=[2, 2, 4], axes_lens=[1024, 32, 32],
    )  # fmt: skip
    for name, value in transformer.named_parameters():
        if name.endswith("_pad_token"):
            torch.nn.init.normal_(value, std=0.02)
    ZImagePipeline(
        transformer=transformer, scheduler=_flow(shift=3.0), vae=vae(shift_factor=0.1),
        text_encoder=_qwen3(tokenizer, 2), tokenizer=tokenizer,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_qwen_image(folder: Path) -> Path:
    """Qwen-Image, with Qwen 2.5-VL as its text encoder and an autoencoder of videos, of one frame here."""
    from diffusers import AutoencoderKLQwenImage, QwenImagePipeline, QwenImageTransformer2DModel
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    torch.manual_seed(0)
    tokenizer = tiny_tokenizers.qwen()
    config = Qwen2_5_VLConfig(
        text_config={
            "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
            "num_key_value_heads": 1, "vocab_size": len(tokenizer), "max_position_embeddings": 1024,
            "rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 2]}, "bos_token_id": None, "eos_token_id": None,
        },
        vision_config={
            "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16,
            "fullatt_block_indexes": [0],
        },
    )  # fmt: skip
    transformer = QwenImageTransformer2DModel(
        patch_size=2, in_channels=16, out_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=2,
        joint_attention_dim=16, axes_dims_rope=(2, 2, 4),
    )  # fmt: skip
    decoder = AutoencoderKLQwenImage(
        base_dim=8, z_dim=4, dim_mult=[1, 1], num_res_blocks=1, temperal_downsample=[False], latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )  # fmt: skip
    QwenImagePipeline(
        scheduler=_flow(shift=1.0, use_dynamic_shifting=True), vae=decoder, tokenizer=tokenizer,
        text_encoder=Qwen2_5_VLForConditionalGeneration(config).eval(), transformer=transformer,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_flux_2_klein(folder: Path, *, is_distilled: bool = False) -> Path:
    """FLUX.2 klein, which reads three layers of Qwen 3, the deepest the 27th."""
    from diffusers import AutoencoderKLFlux2, Flux2KleinPipeline, Flux2Transformer2DModel

    torch.manual_seed(0)
    tokenizer = tiny_tokenizers.qwen()
    transformer = Flux2Transformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=8, num_attention_heads=2,
        joint_attention_dim=48, timestep_guidance_channels=16, axes_dims_rope=(2, 2, 2, 2), guidance_embeds=False,
    )  # fmt: skip
    decoder = AutoencoderKLFlux2(
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(8, 16), layers_per_block=1, latent_channels=4, norm_num_groups=4, sample_size=16,
    )  # fmt: skip
    decoder.bn.running_mean.normal_(std=0.5)
    decoder.bn.running_var.uniform_(0.5, 2.0)
    Flux2KleinPipeline(
        scheduler=_flow(shift=3.0, use_dynamic_shifting=True), vae=decoder, text_encoder=_qwen3(tokenizer, 28),
        tokenizer=tokenizer, transformer=transformer, is_distilled=is_distilled,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_pixart(folder: Path) -> Path:
    """PixArt-Σ, whose pipeline has no callback at the end of a step."""
    from diffusers import DPMSolverMultistepScheduler, PixArtSigmaPipeline, PixArtTransformer2DModel

    torch.manual_seed(0)
    tokenizer = tiny_tokenizers.t5()
    transformer = PixArtTransformer2DModel(
        num_attention_heads=2, attention_head_dim=8, in_channels=4, out_channels=8, num_layers=1,
        cross_attention_dim=16, sample_size=8, patch_size=2, caption_channels=16, norm_num_groups=4,
    )  # fmt: skip
    PixArtSigmaPipeline(
        tokenizer=tokenizer, text_encoder=_t5(tokenizer), vae=vae(), transformer=transformer,
        scheduler=DPMSolverMultistepScheduler(),
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder


def save_lumina_2(folder: Path) -> Path:
    """Lumina-Image 2, which no table here knows: the generic path."""
    from diffusers import Lumina2Pipeline, Lumina2Transformer2DModel

    torch.manual_seed(0)
    tokenizer = tiny_tokenizers.gemma()
    transformer = Lumina2Transformer2DModel(
        sample_size=4, patch_size=2, in_channels=4, hidden_size=16, num_layers=1, num_refiner_layers=1,
        num_attention_heads=2, num_kv_heads=1, multiple_of=16, axes_dim_rope=(2, 2, 4), axes_lens=(512, 32, 32),
        cap_feat_dim=16,
    )  # fmt: skip
    Lumina2Pipeline(
        transformer=transformer, scheduler=_flow(shift=3.0), vae=vae(levels=4, shift_factor=0.1),
        text_encoder=_gemma2(tokenizer), tokenizer=tokenizer,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return folder
