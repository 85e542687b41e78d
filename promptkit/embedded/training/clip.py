"""The tiny CLIP: a ModifiedResNet and a three-layer text tower in open_clip's format (Radford et al.,
arXiv:2103.00020).

Two losses. Captions against pictures: InfoNCE in which every picture that agrees with all that a caption says is a
positive (supervised contrastive learning, Khosla et al., arXiv:2004.11362), with hard negatives that differ in one
facet.
Phrases against pictures: for each facet, the phrase of the right value against those of all others. That is how the
ranker uses the model, so the probabilities it gives are the ones that were trained.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTokenizer

from promptkit.embedded.scenes.captions import caption
from promptkit.embedded.scenes.scene import Scene
from promptkit.embedded.training import tokens
from promptkit.embedded.training.data import CLASSES, LOOKED_AT, draw_small, labels, looked_at, to_device
from promptkit.embedded.training.judge import disturb
from promptkit.embedded.training.latents import Pool
from promptkit.embedded.training.loop import Average, Run
from promptkit.embedded.words import FACETS

SEED = 2_000_001
WIDTH, LAYERS, HEADS = 128, 3, 4
VISION_WIDTH = 18
DECODED_SHARE = 0.5
"""How many batches come out of the autoencoder, some of them from noisy latents: the pictures it will have to judge
do."""
LATENT_NOISE = 0.35
MEAN = STD = (0.5, 0.5, 0.5)


def configuration(vocabulary: int) -> dict[str, object]:
    """Return the contents of ``open_clip_config.json``."""
    model = {
        "embed_dim": WIDTH,
        "vision_cfg": {
            "image_size": LOOKED_AT,
            "layers": [1, 1, 1, 1],
            "width": VISION_WIDTH,
            "head_width": 64,
            "patch_size": None,
        },
        "text_cfg": {
            "context_length": tokens.CONTEXT,
            "vocab_size": vocabulary,
            "width": WIDTH,
            "heads": HEADS,
            "layers": LAYERS,
            "hf_tokenizer_name": "promptkit-embedded",
            "tokenizer_kwargs": {"strip_sep_token": False},
        },
        "quick_gelu": True,
    }
    return {"model_cfg": model, "preprocess_cfg": {"mean": list(MEAN), "std": list(STD), "interpolation": "bicubic"}}


def build(vocabulary: int) -> Any:
    model_cfg = configuration(vocabulary)["model_cfg"]
    assert isinstance(model_cfg, dict)
    text = {
        key: value
        for key, value in model_cfg["text_cfg"].items()
        if key not in ("hf_tokenizer_name", "tokenizer_kwargs")
    }
    return open_clip.CLIP(
        embed_dim=WIDTH,
        vision_cfg=open_clip.CLIPVisionCfg(**model_cfg["vision_cfg"]),
        text_cfg=open_clip.CLIPTextCfg(**text),
        quick_gelu=True,
    )


def encode(tokenizer: CLIPTokenizer, texts: Sequence[str]) -> Tensor:
    """Return token ids: int64, (texts, 77)."""
    ids = tokenizer(
        list(texts), padding="max_length", max_length=tokens.CONTEXT, truncation=True, return_tensors="pt"
    ).input_ids
    return to_device(ids)


def text_features(model: Any, ids: Tensor) -> Tensor:
    """Return normalised features (texts, width). Attention is causal, so what stands after the last END is not
    computed."""
    length = int((ids == ids.max()).int().argmax(1).max()) + 1
    ids = ids[:, :length]
    hidden = model.token_embedding(ids) + model.positional_embedding[:length]
    hidden = model.ln_final(model.transformer(hidden, attn_mask=model.attn_mask[:length, :length]))
    pooled = hidden[torch.arange(len(ids)), ids.argmax(-1)] @ model.text_projection
    return functional.normalize(pooled, dim=-1)


def agreement(said: Sequence[frozenset[tuple[str, str]]], scenes: Sequence[Scene]) -> Tensor:
    """Return which pictures agree with all that each caption says: bool, (captions, pictures)."""
    truth = [frozenset((facet, getattr(scene, facet)) for facet in FACETS) for scene in scenes]
    return torch.tensor([[one <= other for other in truth] for one in said])


def _speak(scene: Scene, rng: random.Random) -> tuple[str, frozenset[tuple[str, str]]]:
    """Return a caption and the facets it says."""
    keep = {facet for facet in FACETS if rng.random() < 0.75} or {"subject"}
    text = caption(scene, rng, drop={facet: 0.0 if facet in keep else 1.1 for facet in FACETS})
    return text, frozenset((facet, getattr(scene, facet)) for facet in keep)


def _other(scene: Scene, rng: random.Random) -> Scene:
    """Return the scene with one facet changed."""
    facet = rng.choice(tuple(FACETS))
    values = [value for value in FACETS[facet] if value != getattr(scene, facet)]
    return replace(scene, **{facet: rng.choice(values)})


def contrastive(images: Tensor, texts: Tensor, positive: Tensor, scale: Tensor) -> Tensor:
    """InfoNCE both ways with several positives a row; ``positive`` is bool, (texts, images); a text may have none."""
    logits = scale * texts @ images.T

    def one_way(scores: Tensor, right: Tensor) -> Tensor:
        some = right.any(1)
        log_share = scores[some].log_softmax(1)
        return -(log_share * right[some]).sum(1).div(right[some].sum(1)).mean()

    return (one_way(logits, positive) + one_way(logits.T, positive.T)) / 2


def by_facet(model: Any, tokenizer: CLIPTokenizer, images: Tensor, truth: Tensor, rng: random.Random) -> Tensor:
    """Cross entropy of each facet's values, one random phrase a value, at the model's own scale."""
    phrases = [rng.choice(texts) for table in FACETS.values() for texts in table.values()]
    features = text_features(model, encode(tokenizer, phrases))
    logits = (model.logit_scale.exp() * images @ features.T).split([len(table) for table in FACETS.values()], 1)
    return torch.stack([functional.cross_entropy(part, truth[:, i]) for i, part in enumerate(logits)]).sum()


def decoded_batch(vae: Any, pool: Pool, rng: random.Random, batch: int) -> tuple[list[Scene], Tensor]:
    """Return scenes and what the decoder makes of their latents, more or less disturbed: (batch, 3, 64, 64) in −1 …
    1."""
    latents, scenes = pool.draw(rng, batch, pool.count)
    latents = latents + torch.randn_like(latents) * rng.uniform(0, LATENT_NOISE)
    with torch.no_grad():
        pictures = vae.decode((latents / vae.config.scaling_factor).to(vae.dtype)).sample
    return scenes, looked_at(pictures.float().clamp(-1, 1))


def train(
    folder: Path,
    vae: Any,
    pool: Pool,
    steps: int = 2600,
    batch: int = 64,
    stop_after: int | None = None,
    warm: Path | None = None,
) -> Any:
    """Train or resume on renders and on what ``vae`` decodes, a new run from the folder ``warm`` if given.

    Returns the averaged model in evaluation mode.
    """
    torch.manual_seed(SEED)
    tokenizer = tokens.of(folder, "clip", warm)
    model = build(len(tokenizer))
    if warm is not None:
        model.load_state_dict(load_file(warm / "open_clip_model.safetensors"))
    heads = nn.ModuleDict({facet: nn.Linear(WIDTH, len(values)) for facet, values in CLASSES.items()})
    average = Average(model, 0.998)
    peak = 1e-3 if warm is None else 3e-4
    optimizer = torch.optim.AdamW([*model.parameters(), *heads.parameters()], lr=peak, weight_decay=0.05)
    run = Run("clip", folder, {"model": model, "heads": heads, "average": average, "optimizer": optimizer}, seed=SEED)
    run.restore()

    def step(rng: random.Random, share: float) -> Mapping[str, float]:
        optimizer.param_groups[0]["lr"] = peak * min(1.0, 50 * share + 0.02, 1.1 * (1.01 - share))
        if rng.random() < DECODED_SHARE:
            scenes, pictures = decoded_batch(vae, pool, rng, batch)
        else:
            scenes, drawn = draw_small(rng, batch, share)
            pictures = disturb(drawn, rng)
        images = functional.normalize(model.encode_image(pictures), dim=-1)
        spoken = [_speak(scene, rng) for scene in scenes] + [_speak(_other(scene, rng), rng) for scene in scenes[::2]]
        texts = text_features(model, encode(tokenizer, [text for text, _ in spoken]))
        positive = agreement([said for _, said in spoken], scenes)
        truth = labels(scenes)
        pairs = contrastive(images, texts, positive, model.logit_scale.exp())
        facets = by_facet(model, tokenizer, images, truth, rng)
        extra = torch.stack(
            [functional.cross_entropy(head(images * 8), truth[:, i]) for i, head in enumerate(heads.values())]
        ).sum()
        loss = pairs + facets + 0.3 * extra
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, 4.6052)
        average.update(model)
        return {"pairs": pairs.item(), "facets": facets.item(), "extra": extra.item()}

    run.train(steps, step, stop_after=stop_after)
    model.load_state_dict(average.weights())
    return model.eval()


def save(model: Any, tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Write an open_clip ``local-dir:`` folder: configuration, tokenizer, fp16 weights."""
    tokenizer.save_pretrained(folder)
    (folder / "open_clip_config.json").write_text(json.dumps(configuration(len(tokenizer)), indent=2) + "\n")
    state = {
        name: value.detach().cpu().half().contiguous() if value.is_floating_point() else value.detach().cpu().clone()
        for name, value in model.state_dict().items()
    }
    save_file(state, folder / "open_clip_model.safetensors", metadata={"format": "pt"})
