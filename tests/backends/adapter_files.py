"""LoRAs and textual inversions with random weights, written as people share them."""

import torch
from safetensors.torch import save_file


def _generator(seed):
    return torch.Generator().manual_seed(seed)


def linears(module, ends):
    """Return the linear layers of a module whose names end so, by name."""
    return {name: layer for name, layer in module.named_modules() if name.endswith(ends) and hasattr(layer, "weight")}


def save_peft_lora(pipeline, path, *, seed=0, rank=2, part="unet", ends=("to_q", "to_v"), prefix=None):
    """Write a LoRA as diffusers and peft name it: ``unet.….lora_A.weight``."""
    random, found = _generator(seed), {}
    for name, layer in linears(getattr(pipeline, part), ends).items():
        out, into = layer.weight.shape
        found[f"{prefix or part}.{name}.lora_A.weight"] = torch.randn(rank, into, generator=random)
        found[f"{prefix or part}.{name}.lora_B.weight"] = torch.randn(out, rank, generator=random)
    save_file(found, path)
    return path


def save_kohya_lora(pipeline, path, *, seed=0, rank=2, te=True):
    """Write a LoRA as kohya's scripts do, which is what is shared most: ``lora_unet_….lora_down.weight`` and alphas."""
    random, found = _generator(seed), {}
    parts = {"lora_unet": linears(pipeline.unet, ("to_q", "to_k", "to_v", "to_out.0"))}
    if te:
        ends = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
        sdxl = getattr(pipeline, "text_encoder_2", None) is not None
        parts["lora_te1" if sdxl else "lora_te"] = _named(linears(pipeline.text_encoder, ends))
        if sdxl:
            parts["lora_te2"] = _named(linears(pipeline.text_encoder_2, ends))
    for prefix, layers in parts.items():
        for name, layer in layers.items():
            out, into = layer.weight.shape
            key = f"{prefix}_{name.replace('.', '_')}"
            found[f"{key}.lora_down.weight"] = torch.randn(rank, into, generator=random)
            found[f"{key}.lora_up.weight"] = torch.randn(out, rank, generator=random)
            found[f"{key}.alpha"] = torch.tensor(float(rank))
    save_file(found, path)
    return path


def _named(layers):
    """Name a text encoder's layers as they were when it stood inside another module."""
    return {name if name.startswith("text_model") else f"text_model.{name}": layer for name, layer in layers.items()}


def save_inversion(path, width, *, vectors=2, seed=0, name="emb_params"):
    """Write vectors (``vectors``, ``width``) as A1111 does, or under their token as diffusers does."""
    save_file({name: torch.randn(vectors, width, generator=_generator(seed))}, path)
    return path


def save_sdxl_inversion(path, widths, *, vectors=2, seed=0):
    """Write vectors for both of SDXL's text encoders."""
    random = _generator(seed)
    towers = zip(("clip_l", "clip_g"), widths, strict=True)
    save_file({name: torch.randn(vectors, width, generator=random) for name, width in towers}, path)
    return path
