"""LoRAs and textual inversions that a prompt names, found among the user's files before a model is loaded.

A LoRA is named as ``<lora:name:weight>``. The numbers are A1111's: one weighs all of it; of two, the first weighs what
it changes in the text encoders, the second in the denoiser; ``te=`` and ``unet=`` say so by name. A textual inversion
is named by a word that equals the name of its file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from promptkit.dialects import parse
from promptkit.dialects.fragment import said
from promptkit.dialects.nodes import Embedding, Network, Text, everything
from promptkit.dialects.weights import read_number
from promptkit.errors import PromptError, SettingsError, UnknownNameError
from promptkit.names import nearest
from promptkit.packs.library import user_folder
from promptkit.prompt import Prompt
from promptkit.records import INVERSION, LORA, LORA_KINDS, Adapter, LoadOptions

SUFFIX = ".safetensors"
PICKLED = (".pt", ".ckpt", ".bin")
DENOISER, ENCODERS = "unet", "te"


def loras_folder() -> Path:
    """Return the folder whose LoRAs are the user's own: beside that of the user's style packs."""
    return user_folder().with_name("loras")


def embeddings_folder() -> Path:
    """Return the folder whose textual inversions are the user's own."""
    return user_folder().with_name("embeddings")


def find_adapters(prompt: Prompt, options: LoadOptions) -> tuple[Adapter, ...]:
    """Return what a prompt names, each once: of a LoRA that is named twice the first counts.

    Raises UnknownNameError for a LoRA that is not there, PromptError for a weight that is none, SettingsError for a
    folder that is none.
    """
    return (*_loras(prompt, options), *_inversions(prompt, options))


def _loras(prompt: Prompt, options: LoadOptions) -> Iterator[Adapter]:
    nodes = parse(prompt.resolved, prompt.dialect)
    named = [node for node in everything(nodes) if isinstance(node, Network) and node.kind in LORA_KINDS]
    if not named:
        return
    folders = [*map(_given, options.loras), loras_folder()]
    files = _files(folders)
    first: dict[str, Network] = {}
    for node in named:
        first.setdefault(node.name, node)
    for name, node in first.items():
        path = files.get(name) or files.get(name.removesuffix(SUFFIX))
        if path is None:
            raise UnknownNameError("LoRA", name, near := nearest(name, files), hint=_cure(name, near, folders))
        weight, text_weight = _weights(node)
        yield Adapter(
            kind=LORA, name=name, path=str(path), sha256=_sha256(path), weight=weight, text_weight=text_weight
        )


def _inversions(prompt: Prompt, options: LoadOptions) -> Iterator[Adapter]:
    nodes = (*parse(prompt.resolved, prompt.dialect), *parse(prompt.negative_resolved, prompt.dialect))
    text = "\n".join(said(node) for node in everything(nodes) if isinstance(node, Text | Embedding))
    files = _files([*map(_given, options.embeddings), embeddings_folder()])
    for name, path in files.items():
        if "/" not in name and names_inversion(text, name):
            yield Adapter(kind=INVERSION, name=name, path=str(path), sha256=_sha256(path))


def find_recorded(kind: str, sha256: str, options: LoadOptions) -> str | None:
    """Return the path of the LoRA or textual inversion whose file has a hash, whatever it is called; ``None`` where it
    is not among the user's files."""
    given, own = (options.loras, loras_folder()) if kind == LORA else (options.embeddings, embeddings_folder())
    paths = dict.fromkeys(_files([*map(_given, given), own]).values())
    return next((str(path) for path in paths if _sha256(path) == sha256), None)


def named(adapter: Adapter) -> dict[str, str | float]:
    """Return what a recipe says of an adapter: which file by its content, not where it lies."""
    found: dict[str, str | float] = {"kind": adapter.kind, "name": adapter.name, "sha256": adapter.sha256}
    if adapter.kind == LORA:
        found |= {"weight": adapter.weight, "text_weight": adapter.text_weight}
    return found


def names_inversion(text: str, name: str) -> bool:
    """Whether a text has the name as a word of its own."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _weights(node: Network) -> tuple[float, float]:
    """Return what weighs the denoiser's part and the text encoders'."""
    written = node.marks[0]
    numbers: list[float] = []
    named: dict[str, float] = {}
    for argument in node.arguments:
        key, sign, value = argument.rpartition("=")
        number = read_number(value.strip(), written, max(0, written.find(value)))
        if sign and key.strip() not in (DENOISER, ENCODERS):
            raise PromptError(
                f"'{key.strip()}' is nothing that a LoRA has a weight for.",
                text=written,
                position=max(0, written.find(key)),
                hint=f"Write <lora:{node.name}:0.8>, or <lora:{node.name}:te=0.5:unet=0.8>.",
            )
        if sign:
            named[key.strip()] = number
        else:
            numbers.append(number)
    text_weight = named.get(ENCODERS, numbers[0] if numbers else 1.0)
    weight = named.get(DENOISER, numbers[1] if len(numbers) > 1 else text_weight)
    return weight, text_weight


def _given(folder: str) -> Path:
    """Return a folder that was named. Raises SettingsError where it is none."""
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise SettingsError(f"There is no folder '{folder}'.", hint="Give the folder that holds the files.")
    return path


def _files(folders: Sequence[Path]) -> dict[str, Path]:
    """Return files by their stem and by their path without its suffix; an earlier folder counts before a later one."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob(f"*{SUFFIX}")) if folder.is_dir() else ():
            for name in (path.stem, path.relative_to(folder).with_suffix("").as_posix()):
                found.setdefault(name, path)
    return found


def _cure(name: str, near: Sequence[str], folders: Sequence[Path]) -> str | None:
    if near:
        return None
    pickled = [
        path for folder in folders for suffix in PICKLED for path in [folder / f"{name}{suffix}"] if path.exists()
    ]
    if pickled:
        return f"'{pickled[0].name}' is pickled and could run anything: convert it to {SUFFIX}."
    return f"Lay {Path(name).name}{SUFFIX} into {folders[-1]}, or give its folder as --loras."


def _sha256(path: Path) -> str:
    about = path.stat()
    return _hashed(str(path), about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=256)
def _hashed(path: str, changed: int, size: int) -> str:  # noqa: ARG001
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
