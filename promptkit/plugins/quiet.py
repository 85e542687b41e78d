"""Keeping what plugins print out of a command's data."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

KEPT = 10_000
"""Characters of a plugin's output that are kept."""


class _Kept(io.StringIO):
    """Keeps the first ``KEPT`` characters and drops the rest."""

    def write(self, text: str) -> int:
        super().write(text[: max(0, KEPT - self.tell())])
        return len(text)


@contextmanager
def keep_output() -> Iterator[io.StringIO]:
    """Collect what is printed to stdout; what code below Python writes to its descriptor goes to stderr."""
    kept = _Kept()
    saved = _to_stderr()
    try:
        with redirect_stdout(kept):
            yield kept
    finally:
        if saved is not None:
            os.dup2(saved, 1)
            os.close(saved)


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send what is printed to stderr."""
    with redirect_stdout(sys.stderr):
        yield


def _to_stderr() -> int | None:
    """Point descriptor 1 at stderr; return a copy of what it was, ``None`` where one of the two is closed."""
    try:
        sys.stdout.flush()
        saved = os.dup(1)
    except (OSError, ValueError, AttributeError):
        return None
    try:
        os.dup2(2, 1)
    except OSError:
        os.close(saved)
        return None
    return saved
