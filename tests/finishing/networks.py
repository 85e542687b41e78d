"""Small networks of real architectures with random weights, as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

SMALL = {"num_feat": 8, "num_conv": 3}


def compact(path: Path, **options: Any) -> Path:
    """Write a Real-ESRGAN compact network (SRVGG), that doubles sizes unless told."""
    from spandrel.architectures.Compact import Compact

    return written(path, lambda: Compact(**{**SMALL, "upscale": 2, **options}))


def esrgan(path: Path, **options: Any) -> Path:
    """Write an ESRGAN (RRDB) network."""
    from spandrel.architectures.ESRGAN import ESRGAN

    return written(path, lambda: ESRGAN(**{"num_filters": 8, "num_blocks": 1, "scale": 4, **options}))


def written(path: Path, make: Callable[[], Any], *, seed: int = 0) -> Path:
    """Write a network's weights, the same for the same seed, in the kind of file that its name says."""
    import torch
    from safetensors.torch import save_file

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        state = {name: value.contiguous() for name, value in make().state_dict().items()}
    if path.suffix == ".pth":
        torch.save({"params_ema": state}, path)
    else:
        save_file(state, path)
    return path


def edited(path: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    """Change the tensors of a safetensors file."""
    from safetensors.torch import load_file, save_file

    state = load_file(path)
    edit(state)
    save_file(state, path)
    return path
