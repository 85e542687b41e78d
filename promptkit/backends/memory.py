"""What is done when memory runs out: one rung after the other, each taken once and kept."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any


class Ladder:
    """The rungs below a batch of one: decoding in slices and tiles, then keeping idle parts off the accelerator."""

    def __init__(self, pipeline: Any) -> None:
        self._rungs = list(RUNGS)
        self.pipeline = pipeline

    def relieve(self) -> str | None:
        """Take the next rung that this pipeline has; return it in words for the user, or ``None`` at the end."""
        while self._rungs:
            said, take = self._rungs.pop(0)
            if take(self.pipeline):
                return f"Memory ran out: {said}."
        return None


def _tile(pipeline: Any) -> bool:
    vae = getattr(pipeline, "vae", None)
    switches = [getattr(vae, name) for name in ("enable_slicing", "enable_tiling") if hasattr(vae, name)]
    for switch in switches:
        switch()
    return bool(switches)


def _offload(pipeline: Any) -> bool:
    """Move idle parts to main memory, where there is an accelerator to move them from and nothing was moved yet."""
    if pipeline.device.type == "cpu" or not hasattr(pipeline, "enable_model_cpu_offload"):
        return False
    pipeline.enable_model_cpu_offload(device=pipeline.device)
    return True


RUNGS: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("pictures are decoded one by one, in tiles", _tile),
    ("idle parts of the model wait in main memory", _offload),
)


def free_memory() -> None:
    """Give back what nothing holds any more. Call it outside the ``except``, whose traceback pins tensors."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
