"""Which CLIP a name stands for, and loading it: never one with random weights."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from promptkit.errors import ModelError
from promptkit.hub import prepare_hub

EMBEDDED = "embedded"
LOCAL = "local-dir:"
DEFAULT_MODEL = "ViT-B-32/laion2b_s34b_b79k"
CHECKPOINTS = (
    f"ARCH/PRETRAINED by open_clip's names (default {DEFAULT_MODEL}), hf-hub:OWNER/NAME, local-dir:FOLDER, embedded"
)
"""How a checkpoint is spelled."""
_SPELLED = f"Name one as ARCH/PRETRAINED, such as clip:{DEFAULT_MODEL}."


def check_name(name: str) -> None:
    """Raise ModelError for a folder that is not there, and for a name that open_clip does not know; nothing is
    loaded."""
    if name.startswith(LOCAL):
        folder = name.removeprefix(LOCAL)
        if not folder or not Path(folder).is_dir():
            raise ModelError(
                f"There is no folder '{folder}'.",
                hint="Give the folder that holds the CLIP model: clip:local-dir:FOLDER.",
            )
    target, pretrained = target_of(name)
    if pretrained is None or name == DEFAULT_MODEL:
        return
    import open_clip

    if target not in open_clip.list_models():
        raise ModelError(f"open_clip knows no architecture '{target}'.", hint=_SPELLED)
    if pretrained not in open_clip.list_pretrained_tags_by_model(target):
        raise ModelError(f"open_clip knows no checkpoint '{pretrained}' of '{target}'.", hint=_SPELLED)


def load(name: str) -> tuple[Any, Any, Any]:
    """Return model, image preprocessing and tokenizer. Raises ModelError; never a model with random weights."""
    check_name(name)
    import open_clip

    online = prepare_hub()
    target, pretrained = target_of(name)
    try:
        with _quiet():
            model, preprocess = open_clip.create_model_from_pretrained(target, pretrained=pretrained)
            return model, preprocess, open_clip.get_tokenizer(target)
    except Exception as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        fetched = online or name == EMBEDDED or name.startswith(LOCAL)
        why = (
            f"cannot be loaded: {first}"
            if fetched
            else "is not in the cache, and there is no network to fetch it over."
        )
        raise ModelError(
            f"The CLIP model '{name}' {why}",
            hint="Connect to the network once to download it; or --ranker clip:local-dir:FOLDER, or clip:embedded.",
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence open_clip, which logs through the root logger, and give the caller's level back."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        root.setLevel(level)


def weights_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as handle:
            hashlib.file_digest(handle, lambda: digest)
    return digest.hexdigest()


def target_of(name: str) -> tuple[str, str | None]:
    if name == EMBEDDED:
        from promptkit.embedded import clip_path

        return f"{LOCAL}{clip_path()}", None
    if name.startswith(("hf-hub:", LOCAL)):
        return name, None
    architecture, _, pretrained = name.partition("/")
    return architecture, pretrained or "openai"
