"""Writing a diffusers pipeline as one file in the layout that Stable Diffusion was first published in, and most
checkpoints are shared in: the inverse of what loading does."""

import re
from pathlib import Path

from safetensors.torch import load_file, save_file

RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection",
}  # fmt: skip
UNET = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0", "conv_out": "out.2", "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
}  # fmt: skip
VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
OPEN_CLIP = {
    "text_model.final_layer_norm": "ln_final", "text_model.encoder.layers.": "transformer.resblocks.",
    "layer_norm": "ln_", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj", "self_attn": "attn",
    "text_model.embeddings.token_embedding": "token_embedding",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
}  # fmt: skip


def save_original(folder: Path, path: Path) -> Path:
    """Write the pipeline in ``folder`` to one file. SDXL's encoders must differ in width: that tells them apart."""
    names = {"unet": "model.diffusion_model.", "vae": "first_stage_model."}
    tensors = {}
    for part, convert in (("unet", _unet_name), ("vae", _vae_name)):
        for name, value in _weights(folder / part).items():
            new = convert(name)
            linear = part == "vae" and re.search(r"attn_1\.(q|k|v|proj_out)\.weight", new)
            tensors[names[part] + new] = value[:, :, None, None] if linear else value
    if (folder / "text_encoder_2").is_dir():
        tensors |= _text(folder / "text_encoder", "conditioner.embedders.0.transformer.")
        tensors |= _open_clip(folder / "text_encoder_2", "conditioner.embedders.1.model.")
    else:
        tensors |= _text(folder / "text_encoder", "cond_stage_model.transformer.")
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)
    return path


def _weights(folder: Path):
    return load_file(next(folder.glob("*.safetensors")))


def _replaced(name: str, table: dict[str, str]) -> str:
    for old, new in table.items():
        name = name.replace(old, new)
    return name


def _unet_name(name: str) -> str:
    """One resnet a block here, and one more on the way up."""
    match = re.match(
        r"(down|up|mid)_blocks?\.(?:(\d+)\.)?(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", name
    )
    if match is None:
        return _replaced(name, UNET)
    way, block, kind, layer, rest = match.groups()
    if way == "mid":
        place = 2 * int(layer) if kind == "resnets" else 1
        return f"middle_block.{place}.{_replaced(rest, RESNET) if kind == 'resnets' else rest}"
    number, layer = 2 * int(block), int(layer)
    if kind == "downsamplers":
        return f"input_blocks.{number + 2}.0.op.{rest.removeprefix('conv.')}"
    if kind == "upsamplers":
        return f"output_blocks.{number + 1}.2.{rest}"
    first = f"input_blocks.{number + 1 + layer}" if way == "down" else f"output_blocks.{number + layer}"
    return f"{first}.0.{_replaced(rest, RESNET)}" if kind == "resnets" else f"{first}.1.{rest}"


def _vae_name(name: str, blocks: int = 2) -> str:
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda found: f"mid.block_{int(found[1]) + 1}", name)
    if "mid_block.attentions.0" in name:
        return _replaced(name.replace("mid_block.attentions.0", "mid.attn_1"), VAE_ATTENTION)
    name = re.sub(r"down_blocks\.(\d)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets", lambda found: f"up.{blocks - 1 - int(found[1])}.block", name)
    return re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda found: f"up.{blocks - 1 - int(found[1])}.upsample", name)


def _text(folder: Path, prefix: str):
    return {prefix + _wrapped(name): value for name, value in _weights(folder).items()}


def _wrapped(name: str) -> str:
    """Name a tensor as it was when the text model stood inside another one."""
    return name if name.startswith(("text_model.", "text_projection")) else f"text_model.{name}"


def _open_clip(folder: Path, prefix: str):
    """OpenCLIP keeps queries, keys and values in one matrix, and its projection the other way round."""
    import torch

    found, packed = {}, {}
    for name, value in _weights(folder).items():
        if name == "text_projection.weight":
            found[f"{prefix}text_projection"] = value.T
            continue
        new = _replaced(_wrapped(name), OPEN_CLIP)
        if match := re.search(r"(.*attn)\.(q|k|v)_proj\.(weight|bias)", new):
            packed.setdefault((match[1], match[3]), {})[match[2]] = value
        else:
            found[prefix + new] = value
    for (name, kind), parts in packed.items():
        found[f"{prefix}{name}.in_proj_{kind}"] = torch.cat([parts[each] for each in "qkv"])
    return found
