"""Load networks from local files: safetensors freely, ``.pth`` only by the hash that the user gave, nothing else.

A file is read once: what was hashed is what is loaded. Spandrel tells the architecture from the names of the tensors.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import hexdigits
from typing import Any

from promptkit.errors import ModelError, SettingsError
from promptkit.extras import need
from promptkit.names import shortened

PURPOSES = {"upscaler": ("SR",), "face restorer": ("FaceSR", "Restoration")}
"""What is wanted of a model, and spandrel's names of the purposes that fit."""
SAID = {
    "SR": "makes pictures larger",
    "FaceSR": "restores faces",
    "Restoration": "cleans pictures and keeps their size",
    "Inpainting": "fills masked parts",
}
SUFFIXES = (".safetensors", ".pth")
MAX_BYTES = 4 << 30


@dataclass(frozen=True, kw_only=True)
class Network:
    """A loaded network."""

    descriptor: Any
    """Spandrel's ImageModelDescriptor in float32, on the accelerator where there is one, in evaluation mode."""
    file: str
    """The name of its file, without the folder."""
    sha256: str
    architecture: str
    scale: int
    """How many times larger its pictures are; 1 where it keeps the size."""

    def facts(self) -> dict[str, Any]:
        """Return what a recipe keeps of it."""
        import spandrel

        return {
            "model": self.file,
            "sha256": self.sha256,
            "architecture": self.architecture,
            "scale": self.scale,
            "spandrel": spandrel.__version__,
        }


def check_file(path: str, sha256: str, what: str) -> None:
    """Look at a model's file, and load nothing.

    Raises SettingsError where spandrel is missing or ``sha256`` is no hash, ModelError for a file that is not there, of
    a kind that is not loaded, or with another hash than ``sha256``.
    """
    _checked(path, sha256, what)


def load_model(path: str, sha256: str, what: str) -> Network:
    """Load a network from ``path``; ``what`` is a key of ``PURPOSES``. The last two are kept.

    Raises what ``check_file`` raises, and ModelError for a file that is damaged, of an architecture that spandrel does
    not know, or made for another purpose.
    """
    network = _loaded(*_checked(path, sha256, what))
    purpose = network.descriptor.purpose
    if purpose not in PURPOSES[what]:
        raise ModelError(
            f"{network.file} is no {what}: it {SAID.get(purpose, purpose)} ({network.architecture}).",
            hint=f"Give the file of a model that {SAID[PURPOSES[what][0]]}.",
        )
    return network


def _checked(path: str, sha256: str, what: str) -> tuple[str, int, int, str]:
    """Check what can be told without loading; return the key of the file: path, time, size, hash."""
    need("spandrel", "spandrel", "finish", f"Loading {_a(what)}")
    file, name = Path(path).expanduser(), shortened(Path(path).name)
    if not file.is_file():
        there = "a folder" if file.is_dir() else "not there"
        raise ModelError(f"The {what} '{shortened(path)}' is {there}.", hint=f"Give the path of {_a(what)}'s file.")
    _check_kind(file, name, sha256)
    status = file.stat()
    if not 0 < status.st_size <= MAX_BYTES:
        raise ModelError(
            f"'{name}' has {status.st_size} bytes.", hint=f"A model has 1 to {MAX_BYTES}; download it anew."
        )
    key = str(file.resolve()), status.st_mtime_ns, status.st_size
    found = _digest(*key)
    if sha256 and found != sha256.lower():
        raise ModelError(
            f"'{name}' is not the file it should be: its SHA-256 is {found}, and {sha256.lower()} was asked for.",
            hint="Download it anew from its publisher, and compare the hash that is published with it.",
        )
    return *key, found


def _check_kind(file: Path, name: str, sha256: str) -> None:
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise ModelError(
            f"'{name}' is not loaded: models are read from {' and '.join(SUFFIXES)} files only.",
            hint="Other files of models can run code. Look for a .safetensors file of the same model.",
        )
    if sha256 and (len(sha256) != 64 or not set(sha256) <= set(hexdigits)):
        raise SettingsError(f"sha256={shortened(sha256)} is no SHA-256.", hint="It has 64 digits from 0-9 and a-f.")
    if suffix == ".pth" and not sha256:
        raise ModelError(
            f"'{name}' is a pickle file, which is loaded only when its SHA-256 is given.",
            hint="Write sha256=… with the hash that its publisher shows beside it, or use a .safetensors file.",
        )


@lru_cache(maxsize=8)
def _digest(path: str, _modified: int, _size: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=2)
def _loaded(path: str, _modified: int, _size: int, sha256: str) -> Network:
    """Read, compare the hash of what was read, and build the network. Raises ModelError."""
    import spandrel
    import torch

    name = shortened(Path(path).name)
    read = Path(path).read_bytes()
    if hashlib.sha256(read).hexdigest() != sha256:
        raise ModelError(f"'{name}' changed while it was read.", hint="Try again when nothing writes it.")
    state = _state(read, name, pickled=path.lower().endswith(".pth"))
    try:
        with torch.random.fork_rng(devices=[]):  # what a layer begins with is drawn, and then overwritten
            descriptor = spandrel.ModelLoader().load_from_state_dict(state)
    except spandrel.UnsupportedModelError:
        raise ModelError(
            f"'{name}' holds a network of an architecture that spandrel {spandrel.__version__} does not know.",
            hint="Use a model of a known one, such as ESRGAN or Real-ESRGAN compact, or update spandrel.",
        ) from None
    except Exception as error:
        raise ModelError(
            f"'{name}' holds a damaged network: {shortened(str(error))}", hint="Download it anew, or use another one."
        ) from error
    return Network(
        descriptor=descriptor.float().to(_device()).eval(),
        file=name,
        sha256=sha256,
        architecture=descriptor.architecture.name,
        scale=descriptor.scale,
    )


def _state(read: bytes, name: str, *, pickled: bool) -> Mapping[str, Any]:
    """Return the tensors by their names. Raises ModelError for what holds none."""
    import torch
    from safetensors.torch import load
    from spandrel import canonicalize_state_dict

    try:
        found = torch.load(io.BytesIO(read), map_location="cpu", weights_only=True) if pickled else load(read)
        return canonicalize_state_dict(found)
    except Exception as error:
        raise ModelError(
            f"'{name}' cannot be read as a model: {shortened(str(error))}",
            hint="It is damaged or no such file; download it anew.",
        ) from error


def _device() -> Any:
    """Return the accelerator where there is one, the CPU elsewhere."""
    import torch

    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def _a(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"
