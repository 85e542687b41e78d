"""A bug of promptkit, told so that the session can go on and the bug can be reported."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

from promptkit.console.place import console_folder, made_private
from promptkit.errors import PromptkitError

FILE = "bug.txt"
PACKAGE = Path(__file__).parents[1]


def as_bug(error: Exception) -> PromptkitError:
    """Return what is said of an error that nobody foresaw; the traceback goes into a file that can be sent along."""
    if isinstance(error, MemoryError):
        return PromptkitError("Memory ran out.", hint="Ask for less: candidates 1, or size 512x512.")
    place = _place(error)
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    file = _written(error)
    report = f"Please report it, with {file}." if file else "Please report it, with the line that you typed."
    return PromptkitError(f"This is a bug of promptkit{place}: {told}", hint=f"{report} The console goes on.")


def _place(error: Exception) -> str:
    """Name the last line of promptkit's own code on the way to the error."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if PACKAGE in Path(frame.filename).parents]
    if not frames:
        return ""
    return f", in {Path(frames[-1].filename).relative_to(PACKAGE.parent).as_posix()} line {frames[-1].lineno}"


def _written(error: Exception) -> Path | None:
    """Write the traceback for its user alone; ``None`` where that cannot be done."""
    try:
        file = made_private(console_folder()) / FILE
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as out:
            out.write("".join(traceback.format_exception(error)))
    except OSError:
        return None
    return file
