"""How much memory this machine has for a model, asked without importing torch."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass

from promptkit.records import ModelSpec

GIB = 2**30
SECONDS = 5.0
"""How long the driver's tool may take to answer."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Memory in GiB; ``None`` where it cannot be told."""

    ram: float | None
    gpu: float | None
    """Of the largest NVIDIA card."""
    shared: bool = False
    """Whether a GPU works in the main memory, as Apple's do."""

    def lacks(self, model: ModelSpec) -> str | None:
        """Say what is missing for a model to run as it is loaded by default; ``None`` where nothing is.

        On a CPU a model works in float32: its weights take twice the memory.
        """
        if model.memory_gib is None:
            return None
        if self.gpu is not None:
            return self._short(model.memory_gib, self.gpu, "the GPU")
        if self.shared:
            return self._short(model.memory_gib, self.ram, "memory")
        return self._short(2 * model.memory_gib, self.ram, "memory, on the CPU")

    def _short(self, needed: float, there: float | None, where: str) -> str | None:
        if there is None or needed <= there:
            return None
        return f"needs {needed:g} GiB of {where}; here are {there:.0f}"


def this_machine() -> Machine:
    """Ask the system, and NVIDIA's driver where there is one."""
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    return Machine(ram=_ram(), gpu=_nvidia(), shared=apple)


def _ram() -> float | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    except (AttributeError, ValueError, OSError):
        return None


def _nvidia() -> float | None:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    command = [tool, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)  # noqa: S603
        return max(float(line) for line in done.stdout.split()) / 1024
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
