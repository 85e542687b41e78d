"""A pipeline's folder as it lies on the disk: what it is made of, and whether it is whole. Nothing is loaded."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from promptkit.errors import ModelError

AGAIN = "Copy or download the model's folder again, whole."
DAMAGED = (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, struct.error)
"""What reading a header that lies can end in, beside OSError."""
MAX_HEADER = 100_000_000
"""Bytes; the safetensors library refuses longer headers too."""
CONFIGS = {"scheduler": "scheduler_config.json"}
"""Files that parts are described in, where it is not ``config.json``."""
FILES = {"tokenizer": ("tokenizer.json", "vocab.json", "tokenizer_config.json", "spiece.model", "vocab.txt")}
"""One of these has to lie in a part whose name begins so."""


def check_index(folder: Path) -> Path:
    """Return the file that says what a pipeline is made of. Raises ModelError where there is none."""
    path = folder / "model_index.json"
    if not path.is_file():
        raise ModelError(
            f"'{folder}' is not a model folder: it has no model_index.json.",
            hint="Give the folder that diffusers' save_pretrained wrote.",
        )
    return path


def check_folder(folder: Path) -> None:
    """Refuse a folder that is no whole pipeline: a part is missing or empty, the weights are pickled or cut short.

    Raises ModelError. Of the weights only the headers are read.
    """
    missing = list(_missing(folder, read_json(check_index(folder))))
    if missing:
        raise ModelError(f"The model in '{folder}' lacks {', '.join(missing)}.", hint=AGAIN)
    files = sorted(folder.rglob("*.safetensors"))
    if not files:
        raise ModelError(
            f"'{folder}' holds no safetensors weights.",
            hint="promptkit does not load pickled weights (.bin, .ckpt, .pt): convert them to safetensors.",
        )
    for file in files:
        check_safetensors(file)


def _missing(folder: Path, index: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parts that a pipeline names and the folder does not have."""
    for name, value in index.items():
        if not isinstance(value, list) or len(value) != 2 or value[0] is None:
            continue
        part = folder / name
        wanted = next((files for kind, files in FILES.items() if name.startswith(kind)), ())
        if not part.is_dir():
            yield f"its part {name}"
        elif wanted and not any((part / file).is_file() for file in wanted):
            yield f"the files of its {name}"
        elif name in CONFIGS and not (part / CONFIGS[name]).is_file():
            yield f"{name}/{CONFIGS[name]}"


def check_safetensors(path: Path) -> None:
    """Refuse a file of weights whose length is not what its header says. Raises ModelError."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(size - 8, MAX_HEADER):
                raise ValueError("its header is longer than the file")
            header = json.loads(file.read(length))
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        wanted = 8 + length + max(ends, default=0)
    except (OSError, *DAMAGED) as error:
        raise ModelError(f"'{path}' is no whole safetensors file: {error}.", hint=AGAIN) from error
    if size != wanted:
        what = "cut short" if size < wanted else "longer than its header says"
        raise ModelError(f"'{path}' is {what}: {size:,} of {wanted:,} bytes.", hint=AGAIN)


def part_config(folder: Path, part: str) -> Mapping[str, Any] | None:
    """Return what a part's configuration says; ``None`` where there is none. Raises ModelError for what is no JSON."""
    path = folder / part / CONFIGS.get(part, "config.json")
    return read_json(path) if part in read_json(check_index(folder)) and path.is_file() else None


def read_json(path: Path) -> Mapping[str, Any]:
    """Read a small JSON file. Raises ModelError for a file that cannot be read or holds no object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"'{path}' cannot be read: {error}", hint=AGAIN) from error
    if not isinstance(found, dict):
        raise ModelError(f"'{path}' holds no JSON object.", hint=AGAIN)
    return found
