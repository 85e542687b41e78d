"""A disk in memory: the death of a process is no power cut, so it keeps the same, and takes a tenth of the time."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """Return a folder in memory, or on disk where there is no such."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)
