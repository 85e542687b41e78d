"""Loading a pipeline, and saying what to do when that fails."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

from promptkit.backends.devices import check_offload, choose_device, choose_dtype, quietly, settle_pipeline
from promptkit.backends.families import makes_pictures_from_text
from promptkit.backends.folders import check_folder, check_index, read_json
from promptkit.backends.single_file import load_single_file
from promptkit.errors import ModelError
from promptkit.hub import prepare_hub
from promptkit.records import LoadOptions

HALF = "fp16"
"""What diffusers calls the variant of a repository whose files are half as large."""


def load_pipeline(source: str, *, revision: str | None = None, options: LoadOptions | None = None) -> Any:
    """Load a text-to-image pipeline from a folder, a file or the hub, onto a device. Raises ModelError with a cure,
    and SettingsError for options that are not for this machine."""
    wanted = options or LoadOptions()
    device = choose_device(wanted.device)
    dtype = choose_dtype(wanted.dtype, device)
    check_offload(wanted, device)
    path = Path(source).expanduser()
    if path.is_dir():
        check_folder(path)
    online = prepare_hub()
    _quiet()
    import torch

    precision = getattr(torch, dtype)
    with quietly():
        try:
            if path.is_file():
                pipeline = load_single_file(path, wanted.config, precision, online=online)
            else:
                pipeline = _pretrained(source, revision, precision)
        except ModelError:
            raise
        except Exception as error:
            raise explain(source, error, online=online) from error
    if not makes_pictures_from_text(pipeline):
        raise ModelError(
            f"'{source}' is a {type(pipeline).__name__}, which makes no picture from a text alone.",
            hint="Choose a text-to-image model.",
        )
    pipeline.set_progress_bar_config(disable=True)
    return settle_pipeline(pipeline, source, device, wanted)


def _pretrained(source: str, revision: str | None, precision: Any) -> Any:
    """Load a folder or a hub id in the first variant that it has. Raises what diffusers raises for the plain one."""
    from diffusers import DiffusionPipeline

    folder = Path(source)
    absent = _absent(folder) if folder.is_dir() else {}
    failed: Exception | None = None
    for variant in _variants(folder, half=precision.itemsize < 4):
        try:
            return DiffusionPipeline.from_pretrained(
                source, revision=revision, torch_dtype=precision, variant=variant, use_safetensors=True, **absent
            )
        except (OSError, ValueError) as error:
            if is_disk_full(error):
                raise
            failed = error if failed is None or variant is None else failed
    assert failed is not None
    raise failed


def _variants(folder: Path, *, half: bool) -> tuple[str | None, ...]:
    """Return the variants to try, the best first: a folder is looked at, of a repository the smaller files are
    preferred where half precision is asked for."""
    if not folder.is_dir():
        return (HALF, None) if half else (None, HALF)
    files = list(folder.rglob("*.safetensors"))
    return (HALF,) if files and all(f".{HALF}." in file.name for file in files) else (None,)


def _absent(folder: Path) -> dict[str, None]:
    """Return the parts that a pipeline was saved without, such as SD 3's T5: diffusers wants to be told so again."""
    index = read_json(check_index(folder))
    return {name: None for name, value in index.items() if value == [None, None]}


def _quiet() -> None:
    """Keep progress bars and advice of the libraries off the user's terminal; failures come as exceptions."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import diffusers
    import transformers

    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def is_disk_full(error: BaseException | None) -> bool:
    """Whether a full disk, or a used-up share of it, is behind an error."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False


def explain(source: str, error: Exception, *, online: bool) -> ModelError:
    """Turn what the libraries raise into what happened and what to do."""
    text = f"{type(error).__name__}: {error}"
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if is_disk_full(error):
        return ModelError(
            f"There is no room left on the disk to keep the model '{source}'.",
            hint="Free some space, or set HF_HOME to a folder on another disk; what was fetched is kept.",
        )
    if Path(source).exists():
        return ModelError(
            f"The model in '{source}' cannot be loaded: {first}",
            hint="A part may be missing or cut short, or of another family: copy it again.",
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
