"""Which folder is the library where nobody names one."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "PROMPTKIT_LIBRARY"
FOLDER = "pictures"


def default_folder() -> Path:
    """Return the folder that ``PROMPTKIT_LIBRARY`` names, else ``pictures`` in the current one."""
    return Path(os.environ.get(VARIABLE) or FOLDER)
