"""One ``.safetensors`` file as a model: what it holds is told by the names in its header, without loading a tensor."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from promptkit.errors import ModelError

WHOLE = (
    ("conditioner.embedders.1.", "StableDiffusionXLPipeline"),
    ("cond_stage_model.", "StableDiffusionPipeline"),
    ("text_encoders.clip_l.", "StableDiffusion3Pipeline"),
)
"""Checkpoints with their text encoders, by the beginning of some of their names, and the pipeline that they make."""
DENOISERS = ("model.diffusion_model.", "double_blocks.", "joint_blocks.", "transformer_blocks.", "input_blocks.")
"""What names begin with in a file that holds the denoiser alone."""
LORA = ("lora_unet_", "lora_te", "lora_A", "lora_B", "lora_down", "lora_up", "lora.down", "lora.up")
INVERSION = ("emb_params", "clip_l", "clip_g")
REFINER = "conditioner.embedders.0.model."


def check_suffix(path: Path) -> None:
    """Raise ModelError for a file that is not called like safetensors."""
    if path.suffix != ".safetensors":
        raise ModelError(
            f"'{path}' is no safetensors file.",
            hint="promptkit loads no pickled weights (.ckpt, .pt, .bin), which could run anything: convert them.",
        )


def read_names(path: Path) -> list[str]:
    """Return the names of the tensors in a file, from its header. Raises ModelError for what is no whole safetensors
    file."""
    check_suffix(path)
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return list(file.keys())
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"'{path}' cannot be read: {error}", hint="It may be cut short: download or copy it again."
        ) from error


def pipeline_class(path: Path, names: Collection[str]) -> str | None:
    """Return the pipeline that a file makes; ``None`` where it holds the denoiser alone. Raises ModelError for a file
    that is no model."""
    if found := _no_model(names):
        what, cure = found
        raise ModelError(f"'{path}' is no model but {what}.", hint=cure.format(path.stem))
    for sign, name in WHOLE:
        if any(each.startswith(sign) for each in names):
            return name
    if any(each.startswith(DENOISERS) for each in names):
        return None
    raise ModelError(
        f"'{path}' holds weights that promptkit does not know: {', '.join(sorted(names)[:2])} …",
        hint="Known are whole checkpoints of SD 1, SD 2, SDXL and SD 3, and denoisers beside a pipeline's folder.",
    )


def _no_model(names: Collection[str]) -> tuple[str, str] | None:
    """Say what a file of weights is that is no model, and what to do with it."""
    if any(sign in name for name in names for sign in LORA):
        return "a LoRA", "Lay it into a folder, give that as --loras, and name it in the prompt: <lora:{}:1>."
    if len(names) == 1 or set(names) <= set(INVERSION):
        return "a textual inversion", "Lay it into a folder, give that as --embeddings, and write in the prompt: {}."
    if any(name.startswith(REFINER) for name in names) and not any(name.startswith(WHOLE[0][0]) for name in names):
        return "an SDXL refiner", "It makes no picture from a text alone: give the base model."
    return None


def config_folder(path: Path, config: str | None) -> Path | None:
    """Return the folder that a file's configuration comes from: the one named, else the one beside the file that is
    called like it; ``None`` leaves it to the hub. Raises ModelError for a named one that is none."""
    if config is None:
        beside = path.with_suffix("")
        return beside if (beside / "model_index.json").is_file() else None
    folder = Path(config).expanduser()
    if not (folder / "model_index.json").is_file():
        raise ModelError(
            f"'{config}' is no pipeline's folder: it has no model_index.json.",
            hint="Give --model-config a pipeline's folder of the same family; its weights are not needed.",
        )
    return folder


def load_single_file(path: Path, config: str | None, dtype: Any, *, online: bool) -> Any:
    """Make a pipeline of one file. Raises ModelError for a file that is none, and what diffusers raises."""
    import diffusers

    names = read_names(path)
    kind = pipeline_class(path, names)
    folder = config_folder(path, config)
    if kind is None:
        return _around_denoiser(path, folder, dtype)
    if folder is None and not online:
        raise ModelError(
            f"'{path}' holds weights alone, and its configuration cannot be fetched: there is no network.",
            hint=f"Give --model-config the folder of a {kind.removesuffix('Pipeline')} pipeline, or lay one "
            f"beside the file as '{path.stem}'. Its weights are not needed.",
        )
    pipeline = getattr(diffusers, kind).from_single_file(
        str(path), config=None if folder is None else str(folder), torch_dtype=dtype, local_files_only=not online
    )
    _check_complete(path, pipeline)
    return pipeline


def _check_complete(path: Path, pipeline: Any) -> None:
    """Raise ModelError where weights that the configuration asks for are not in the file: diffusers says nothing."""
    parts = {name: part for name, part in pipeline.components.items() if hasattr(part, "named_parameters")}
    missing = [
        f"{name}.{key}" for name, part in parts.items() for key, value in part.named_parameters() if value.is_meta
    ]
    if missing:
        raise ModelError(
            f"'{path}' does not fit its configuration: it lacks {len(missing)} tensors, such as {missing[0]}.",
            hint="Give --model-config a pipeline's folder of the same family.",
        )


def _around_denoiser(path: Path, folder: Path | None, dtype: Any) -> Any:
    """Load a denoiser from a file, and everything round it from a folder."""
    import diffusers

    if folder is None:
        raise ModelError(
            f"'{path}' holds a denoiser alone: no text encoder, no VAE.",
            hint=f"Give --model-config the folder of a whole pipeline, or lay one beside it as '{path.stem}'.",
        )
    index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    part = next(name for name in ("transformer", "unet") if name in index)
    denoiser = getattr(diffusers, index[part][1]).from_single_file(
        str(path), config=str(folder), subfolder=part, torch_dtype=dtype
    )
    return diffusers.DiffusionPipeline.from_pretrained(
        str(folder), **{part: denoiser}, torch_dtype=dtype, use_safetensors=True, local_files_only=True
    )
