"""What a model cannot do, told from the small files that lie beside its weights: no torch, no loading."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promptkit.backends.folders import check_folder, part_config
from promptkit.backends.samplers.suiting import check_suits
from promptkit.errors import SettingsError
from promptkit.records import GenerationSettings, SamplerSpec

MAX_SIDE = 4096
LEAST = 4
"""The smallest side, in steps of the size that a model's sides are multiples of."""


def check_early(source: str, name: str, settings: GenerationSettings, sampler: SamplerSpec | None) -> None:
    """Refuse sizes and samplers that a model in a folder cannot take, and a folder that is no model.

    A file and a hub id are left alone. Raises SettingsError and ModelError.
    """
    folder = Path(source).expanduser()
    if not folder.is_dir():
        return
    check_folder(folder)
    own = scheduler_config(folder)
    if sampler is not None and own is not None:
        check_suits(sampler, *own)
    factor = side_factor(folder)
    if factor is not None:
        check_size(settings, name, factor)


def check_size(settings: GenerationSettings, name: str, factor: int) -> None:
    """Raise SettingsError for a side that is no multiple of ``factor`` pixels or out of range, with one that is."""
    for side in ("width", "height"):
        value = getattr(settings, side)
        if value is not None and (value % factor or not factor * LEAST <= value <= MAX_SIDE):
            near = min(MAX_SIDE // factor * factor, max(factor * LEAST, round(value / factor) * factor))
            raise SettingsError(
                f"A {side} of {value} pixels cannot be made by '{name}': "
                f"it takes multiples of {factor} from {factor * LEAST} to {MAX_SIDE}.",
                hint=f"Use --{side} {near}.",
            )


def scheduler_config(folder: Path) -> tuple[str, Mapping[str, Any]] | None:
    """Return class and configuration of a model's own scheduler; ``None`` where the folder has none."""
    config = part_config(folder, "scheduler")
    return None if config is None else (str(config.get("_class_name")), config)


def side_factor(folder: Path) -> int | None:
    """Return the pixels that the sides of pictures of a U-Net with a plain VAE are multiples of; ``None`` for other
    models, of which only the loaded pipeline knows."""
    vae, unet = part_config(folder, "vae"), part_config(folder, "unet")
    if vae is None or unet is None or vae.get("_class_name") != "AutoencoderKL":
        return None
    blocks = vae.get("block_out_channels")
    return int(math.pow(2, len(blocks) - 1)) if isinstance(blocks, list) and blocks else None
