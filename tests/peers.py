"""Cases of other tools: data from outside the project, in the folder that PROMPTKIT_EVAL_DIR names."""

import json
import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("PROMPTKIT_EVAL_DIR", "")) / "peers"

needs_peers = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="needs PROMPTKIT_EVAL_DIR: cases of other tools, not part of the project"
)


def cases(name):
    """Return the cases of one file; none where the folder is not there."""
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["cases"] if path.is_file() else []
