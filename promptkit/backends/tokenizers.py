"""The tokenizers of a model, without its weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promptkit.backends.conditioning.plan import SUPPORTED
from promptkit.backends.folders import check_index
from promptkit.backends.loading import explain
from promptkit.backends.single_file import config_folder
from promptkit.errors import ModelError
from promptkit.hub import prepare_hub


@dataclass(frozen=True, kw_only=True)
class Tokenizers:
    """The tokenizers of one model by their names, and the class of its pipeline."""

    family: str
    by_name: Mapping[str, Any]

    @property
    def chunked(self) -> bool:
        """Whether promptkit reads long prompts in chunks; other families cut them."""
        return self.family in SUPPORTED


def load_tokenizers(source: str, *, revision: str | None = None) -> Tokenizers:
    """Load the tokenizers of a folder, of the one beside a file, or of a hub id. Raises ModelError with a cure."""
    if Path(source).is_file():
        source = str(_beside(Path(source)))
    online = prepare_hub()
    from transformers import AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    try:
        index = _index(source, revision)
        loaded = {
            name: AutoTokenizer.from_pretrained(source, subfolder=name, revision=revision, trust_remote_code=False)
            for name, value in sorted(index.items())
            if name.startswith("tokenizer") and value[0]
        }
    except ModelError:
        raise
    except Exception as error:
        raise explain(source, error, online=online) from error
    return Tokenizers(family=str(index.get("_class_name")), by_name=loaded)


def _beside(path: Path) -> Path:
    folder = config_folder(path, None)
    if folder is None:
        raise ModelError(
            f"'{path}' holds weights alone, no tokenizer.",
            hint=f"Name a pipeline's folder of the same family, or lay one beside the file as '{path.stem}'.",
        )
    return folder


def _index(source: str, revision: str | None) -> dict[str, Any]:
    """Return what a pipeline is made of: name → (library, class)."""
    if Path(source).is_dir():
        path = check_index(Path(source))
    else:
        from huggingface_hub import hf_hub_download

        path = Path(hf_hub_download(source, "model_index.json", revision=revision))
    index: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return index
