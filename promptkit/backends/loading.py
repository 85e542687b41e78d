"""Loading a pipeline, and saying what to do when that fails."""

from __future__ import annotations

import inspect
import os
import warnings
from pathlib import Path
from typing import Any

from promptkit.errors import ModelError, SettingsError
from promptkit.hub import prepare_hub

DTYPES = ("bfloat16", "float16", "float32")


def load_pipeline(
    source: str, *, revision: str | None = None, device: str | None = None, dtype: str | None = None
) -> Any:
    """Load a text-to-image pipeline onto a device. Raises ModelError with a cure, and SettingsError for a bad device
    or dtype."""
    chosen = choose_device(device)
    precision = choose_dtype(dtype, chosen)
    if Path(source).is_dir():
        _check_folder(Path(source))
    online = prepare_hub()
    _quiet()
    import torch
    from diffusers import DiffusionPipeline

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pipeline = DiffusionPipeline.from_pretrained(
                source, revision=revision, torch_dtype=getattr(torch, precision), use_safetensors=True
            )
        except Exception as error:
            raise explain(source, error, online=online) from error
    if "prompt" not in inspect.signature(pipeline.__call__).parameters:
        raise ModelError(
            f"'{source}' is a {type(pipeline).__name__}, which makes no picture from a text.",
            hint="Choose a text-to-image model.",
        )
    pipeline.set_progress_bar_config(disable=True)
    try:
        return pipeline.to(chosen)
    except RuntimeError as error:
        raise ModelError(f"'{source}' could not be put on {chosen}: {error}", hint="Try --device cpu.") from error


def choose_device(device: str | None) -> str:
    """Return ``device``, or the best there is: CUDA, then MPS, then the CPU. Raises SettingsError for one that is not
    there."""
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device is None:
        return next(name for name, there in present.items() if there)
    if not present.get(device.partition(":")[0], False):
        there = ", ".join(name for name, yes in present.items() if yes)
        raise SettingsError(f"There is no device '{device}' here.", hint=f"Use one of: {there}.")
    return device


def choose_dtype(dtype: str | None, device: str) -> str:
    """Return ``dtype``, or bfloat16 / float16 on a GPU and float32 on the CPU. Raises SettingsError for any other."""
    import torch

    if dtype is not None and dtype not in DTYPES:
        raise SettingsError(f"'{dtype}' is no dtype for pictures.", hint=f"Use one of: {', '.join(DTYPES)}.")
    if dtype is not None:
        return dtype
    if device.startswith("cuda"):
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    return "float16" if device == "mps" else "float32"


def _quiet() -> None:
    """Keep progress bars and advice of the libraries off the user's terminal; failures come as exceptions."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import diffusers
    import transformers

    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def check_index(folder: Path) -> Path:
    """Return the file that says what a pipeline is made of. Raises ModelError where there is none."""
    path = folder / "model_index.json"
    if not path.is_file():
        raise ModelError(
            f"'{folder}' is not a model folder: it has no model_index.json.",
            hint="Give the folder that diffusers' save_pretrained wrote.",
        )
    return path


def _check_folder(folder: Path) -> None:
    check_index(folder)
    if not any(folder.rglob("*.safetensors")):
        raise ModelError(
            f"'{folder}' holds no safetensors weights.",
            hint="promptkit does not load pickled weights (.bin, .ckpt, .pt): convert them to safetensors.",
        )


def explain(source: str, error: Exception, *, online: bool) -> ModelError:
    """Turn what the libraries raise into what happened and what to do."""
    text = f"{type(error).__name__}: {error}"
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if Path(source).is_dir():
        return ModelError(
            f"The model in '{source}' cannot be loaded: {first}",
            hint="A part may be missing or cut short: copy the folder again.",
        )
    if any(sign in text for sign in ("GatedRepo", "401", "403")):
        return ModelError(
            f"The model '{source}' needs an account or a licence that was accepted.",
            hint="Accept the licence on its page and set HF_TOKEN.",
        )
    if any(sign in text for sign in ("RepositoryNotFound", "404")):
        return ModelError(f"There is no model '{source}' on the hub.", hint="Check the spelling: owner/name.")
    why = f"cannot be fetched: {first}" if online else "there is no network to fetch it over."
    return ModelError(
        f"The model '{source}' is not in the cache, and {why}",
        hint="Connect once to download it, give a local folder, or use --model embedded, which needs no network.",
    )
