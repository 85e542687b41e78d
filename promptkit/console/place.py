"""Where the console keeps what is its own: the lines that were typed, the desk as it was left."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def console_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return ``$PROMPTKIT_HOME/console``, else a folder in the platform's place for states; it need not exist."""
    home = environment.get("PROMPTKIT_HOME")
    if home:
        return Path(home) / "console"
    from platformdirs import user_state_path

    return user_state_path("promptkit") / "console"


def made_private(folder: Path) -> Path:
    """Make a folder that only its user can read, where it is not there yet. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
