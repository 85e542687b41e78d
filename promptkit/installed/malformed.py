"""Packages whose entry points Python itself cannot read: torch looks at those of every package when it is imported."""

from __future__ import annotations

import traceback
from pathlib import Path

from promptkit.errors import PromptkitError
from promptkit.installed.distributions import metadata_folders

READER = "importlib.metadata"


def malformed() -> list[Path]:
    """Return the files of entry points that cannot be read."""
    from importlib.metadata import PathDistribution

    found = []
    for folder in metadata_folders():
        try:
            PathDistribution(folder).entry_points  # noqa: B018
        except Exception:
            found.append(folder / "entry_points.txt")
    return found


def metadata_fault(error: BaseException) -> PromptkitError | None:
    """Return an error that names the packages, where reading their metadata is what failed; else ``None``."""
    frames = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
    files = malformed() if any(name.startswith(READER) for name in frames) else []
    if not files:
        return None
    names = " ".join(file.parent.name.partition("-")[0] for file in files)
    return PromptkitError(
        f"The entry points of an installed package cannot be read: {', '.join(map(str, files))}.",
        hint=f"Install it again, or uninstall it: python -m pip install --force-reinstall --no-deps {names}",
    )
