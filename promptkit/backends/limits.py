"""What a model cannot do, told from the small files that lie beside its weights: no torch, no loading."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promptkit.backends.families import PLAIN_MULTIPLE
from promptkit.backends.folders import check_folder, part_config
from promptkit.backends.samplers.suiting import check_suits
from promptkit.backends.single_file import check_suffix
from promptkit.errors import SettingsError
from promptkit.records import GenerationSettings, SamplerSpec

MAX_SIDE = 4096


def check_early(source: str, name: str, settings: GenerationSettings, sampler: SamplerSpec | None) -> None:
    """Refuse sizes and samplers that a model in a folder cannot take, and a folder or file that is no model.

    Of a file only the name is looked at; a hub id is left alone. Raises SettingsError and ModelError.
    """
    folder = Path(source).expanduser()
    if folder.is_file():
        check_suffix(folder)
    if not folder.is_dir():
        return
    check_folder(folder)
    own = scheduler_config(folder)
    if sampler is not None and own is not None:
        check_suits(sampler, *own)
    sides = sides_of(folder)
    if sides is not None:
        check_size(settings, name, *sides)


def check_size(settings: GenerationSettings, name: str, step: int, least: int) -> None:
    """Raise SettingsError for a side that is no multiple of ``step`` pixels from ``least`` to MAX_SIDE, with one that
    is."""
    for side in ("width", "height"):
        value = getattr(settings, side)
        if value is not None and (value % step or not least <= value <= MAX_SIDE):
            near = min(MAX_SIDE // step * step, max(least, round(value / step) * step))
            raise SettingsError(
                f"A {side} of {value} pixels cannot be made by '{name}': "
                f"it takes multiples of {step} from {least} to {MAX_SIDE}.",
                hint=f"Use --{side} {near}.",
            )


def scheduler_config(folder: Path) -> tuple[str, Mapping[str, Any]] | None:
    """Return class and configuration of a model's own scheduler; ``None`` where the folder has none."""
    config = part_config(folder, "scheduler")
    return None if config is None else (str(config.get("_class_name")), config)


def sides_of(folder: Path) -> tuple[int, int] | None:
    """Return the pixels that the sides of pictures of a U-Net with a plain VAE are multiples of, and the least.

    ``None`` stands for other models, of which only the loaded pipeline knows. The rule is that of ``families.multiple``
    and ``families.least``.
    """
    vae, unet = part_config(folder, "vae"), part_config(folder, "unet")
    if vae is None or unet is None or vae.get("_class_name") != "AutoencoderKL":
        return None
    blocks = vae.get("block_out_channels")
    if not isinstance(blocks, list) or not blocks:
        return None
    factor = 2 ** (len(blocks) - 1)
    step = math.lcm(PLAIN_MULTIPLE, factor)
    return step, -(-4 * factor // step) * step
