"""Which weights a picture was made with."""

from __future__ import annotations

import hashlib
from pathlib import Path


def model_hash(source: str) -> str | None:
    """Return the SHA-256 over names and bytes of a local folder's weights, or over a file; ``None`` for a hub id, whose
    revision says it."""
    folder = Path(source)
    if not folder.exists():
        return None
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.safetensors")) if folder.is_dir() else [folder]:
        digest.update(path.relative_to(folder).as_posix().encode() if folder.is_dir() else b"")
        with path.open("rb") as handle:
            hashlib.file_digest(handle, lambda: digest)
    return digest.hexdigest()
