"""The denoiser and its text encoder: v-prediction (Salimans and Ho, arXiv:2202.00512) on the cosine schedule
(arXiv:2102.09672)."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTextConfig, CLIPTextModel

from promptkit.embedded.scenes.captions import caption
from promptkit.embedded.training import clip, tokens
from promptkit.embedded.training.inheriting import inherit
from promptkit.embedded.training.latents import Pool
from promptkit.embedded.training.loop import Average, HalfTwin, Run
from promptkit.embedded.training.muon import Muon
from promptkit.embedded.training.vae import LATENT_CHANNELS

SEED = 4_000_001
EMPTY_SHARE = 0.1
LOOK_STEPS = 500
SCHEDULE = {
    "num_train_timesteps": 1000,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "steps_offset": 1,
    "clip_sample": False,
}


def build_unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=(48, 96, 160),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=clip.WIDTH,
        attention_head_dim=(3, 3, 5),
        norm_num_groups=8,
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
    )


def build_text_encoder(clip_model: Any, vocabulary: int) -> CLIPTextModel:
    """Convert the text tower of the tiny CLIP; the hidden states are the same numbers."""
    config = CLIPTextConfig(
        vocab_size=vocabulary,
        hidden_size=clip.WIDTH,
        intermediate_size=clip.WIDTH * 4,
        projection_dim=clip.WIDTH,
        num_hidden_layers=clip.LAYERS,
        num_attention_heads=clip.HEADS,
        max_position_embeddings=tokens.CONTEXT,
        hidden_act="quick_gelu",
        bos_token_id=vocabulary - 2,
        eos_token_id=vocabulary - 1,
        pad_token_id=vocabulary - 1,
    )
    encoder = CLIPTextModel(config)
    encoder.load_state_dict(_converted(clip_model.state_dict(), set(encoder.state_dict())), strict=False)
    return encoder


def _converted(source: Mapping[str, Tensor], wanted: set[str]) -> dict[str, Tensor]:
    prefix = "text_model." if any(name.startswith("text_model.") for name in wanted) else ""
    found = {
        "embeddings.token_embedding.weight": source["token_embedding.weight"],
        "embeddings.position_embedding.weight": source["positional_embedding"],
        "final_layer_norm.weight": source["ln_final.weight"],
        "final_layer_norm.bias": source["ln_final.bias"],
    }
    for i in range(clip.LAYERS):
        old, new = f"transformer.resblocks.{i}.", f"encoder.layers.{i}."
        for kind in ("weight", "bias"):
            for part, name in zip(source[f"{old}attn.in_proj_{kind}"].chunk(3), "qkv", strict=True):
                found[f"{new}self_attn.{name}_proj.{kind}"] = part
            found[f"{new}self_attn.out_proj.{kind}"] = source[f"{old}attn.out_proj.{kind}"]
            found[f"{new}layer_norm1.{kind}"] = source[f"{old}ln_1.{kind}"]
            found[f"{new}layer_norm2.{kind}"] = source[f"{old}ln_2.{kind}"]
            found[f"{new}mlp.fc1.{kind}"] = source[f"{old}mlp.c_fc.{kind}"]
            found[f"{new}mlp.fc2.{kind}"] = source[f"{old}mlp.c_proj.{kind}"]
    return {prefix + name: value for name, value in found.items()}


class Denoiser(nn.Module):
    """UNet and text encoder as one module, so that they are averaged and saved together."""

    def __init__(self, unet: UNet2DConditionModel, text_encoder: CLIPTextModel) -> None:
        super().__init__()
        self.unet, self.text_encoder = unet, text_encoder

    def forward(self, noisy: Tensor, timesteps: Tensor, ids: Tensor) -> Tensor:
        states = self.text_encoder(ids).last_hidden_state
        predicted: Tensor = self.unet(noisy, timesteps, states).sample
        return predicted


def _begin(clip_model: Any, vocabulary: int, warm: Path | None) -> Denoiser:
    if warm is None:
        return Denoiser(build_unet(), build_text_encoder(clip_model, vocabulary))
    unet, old = build_unet(), UNet2DConditionModel.from_pretrained(warm / "unet", torch_dtype=torch.float32)
    inherit(unet, old.state_dict())
    return Denoiser(unet, CLIPTextModel.from_pretrained(warm / "text_encoder", dtype=torch.float32))


def _optimizers(denoiser: Denoiser) -> tuple[Muon, torch.optim.AdamW]:
    """Muon for the inner matrices; AdamW for vectors, embeddings, the first and last layers, and the text encoder."""
    inner: list[nn.Parameter] = []
    outer: list[nn.Parameter] = []
    for name, weight in denoiser.unet.named_parameters():
        edge = name.startswith(("conv_in", "conv_out", "time_embedding", "add_embedding"))
        (outer if weight.ndim < 2 or edge else inner).append(weight)
    groups = [{"params": outer, "share": 1.0}, {"params": list(denoiser.text_encoder.parameters()), "share": 0.3}]
    return Muon(inner, lr=2e-3), torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.0)


def train(
    folder: Path,
    clip_model: Any,
    pool: Pool,
    steps: int = 9000,
    batch: int = 64,
    stop_after: int | None = None,
    warm: Path | None = None,
    look: Callable[[int, Denoiser], None] | None = None,
) -> Denoiser:
    """Train or resume, a new run from the pipeline in ``warm`` if given, else from the text tower of ``clip_model``.

    Every 500 steps ``look`` is given the number of samples seen and the averaged denoiser. Returns that one in
    evaluation mode.
    """
    torch.manual_seed(SEED)
    tokenizer = tokens.of(folder, "unet", None if warm is None else warm / "tokenizer")
    denoiser = _begin(clip_model, len(tokenizer), warm)
    twin, average = HalfTwin(denoiser), Average(denoiser, 0.999)
    muon, adam = _optimizers(denoiser)
    run = Run("unet", folder, {"denoiser": denoiser, "average": average, "muon": muon, "adam": adam}, seed=SEED)
    run.restore()
    schedule = DDPMScheduler(**SCHEDULE)

    def step(rng: random.Random, share: float) -> Mapping[str, float]:
        """Attention runs as plain matrix products: on a CPU the fused kernel's backward pass takes half of the step."""
        pace = min(1.0, 60 * share + 0.02) * max(0.02, 1.0 - share)
        muon.param_groups[0]["lr"] = 2e-3 * pace
        for group in adam.param_groups:
            group["lr"] = 1e-3 * pace * group["share"]
        latents, scenes = pool.draw(rng, batch, 8 + run.done // 24)
        texts = ["" if rng.random() < EMPTY_SHARE else caption(scene, rng) for scene in scenes]
        noise = torch.randn_like(latents)
        timesteps = (torch.rand(batch) + torch.arange(batch)).div(batch).mul(1000).long()[torch.randperm(batch)]
        noisy = schedule.add_noise(latents, noise, timesteps)
        target = schedule.get_velocity(latents, noise, timesteps)
        twin.refresh()
        with sdpa_kernel(SDPBackend.MATH):
            predicted = twin.module(noisy.bfloat16(), timesteps, clip.encode(tokenizer, texts))
            loss = functional.mse_loss(predicted.float(), target)
            loss.backward()
        twin.hand_back()
        nn.utils.clip_grad_norm_(denoiser.parameters(), 1.0)
        muon.step()
        adam.step()
        average.update(denoiser)
        if look is not None and (run.done + 1) % LOOK_STEPS == 0:
            seen = copy.deepcopy(denoiser).eval()
            seen.load_state_dict(average.weights())
            look((run.done + 1) * batch, seen)
        return {"loss": loss.item()}

    run.train(steps, step, stop_after=stop_after)
    denoiser.load_state_dict(average.weights())
    return denoiser.eval()
