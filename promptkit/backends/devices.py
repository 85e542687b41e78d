"""Where a pipeline works and at what precision, and what trades its speed for memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from promptkit.errors import ModelError, SettingsError
from promptkit.records import LoadOptions

DTYPES = ("bfloat16", "float16", "float32")
SHORT = {"bf16": "bfloat16", "fp16": "float16", "half": "float16", "fp32": "float32", "float": "float32"}
OFFLOADS = ("none", "model", "sequential")
AMPERE = (8, 0)
"""The first CUDA capability whose hardware computes in bfloat16; older cards imitate it, slowly."""


def choose_device(device: str | None) -> str:
    """Return ``device``, or the best there is: CUDA, then MPS, then the CPU. Raises SettingsError for one that is not
    there."""
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device is None:
        return next(name for name, there in present.items() if there)
    kind, _, number = device.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    if not present.get(kind, False) or (number and not (number.isdecimal() and int(number) < count)):
        there = ", ".join(name for name, yes in present.items() if yes)
        raise SettingsError(f"There is no device '{device}' here.", hint=f"Use one of: {there}.")
    return device


def check_load(options: LoadOptions) -> None:
    """Raise SettingsError for a dtype or an offload mode that is none on any machine; no torch."""
    if options.dtype is not None and SHORT.get(options.dtype, options.dtype) not in DTYPES:
        raise SettingsError(f"'{options.dtype}' is no dtype for pictures.", hint=f"Use one of: {', '.join(DTYPES)}.")
    if options.offload is not None and options.offload not in OFFLOADS:
        raise SettingsError(
            f"There is no offload mode '{options.offload}'.", hint=f"Use one of: {', '.join(OFFLOADS)}."
        )


def choose_dtype(dtype: str | None, device: str) -> str:
    """Return ``dtype`` by its full name, or what suits the device. Raises SettingsError for any other.

    bfloat16 has float32's range, so nothing overflows: it is chosen where the hardware has it. The CPU takes float32.
    """
    if dtype is not None:
        check_load(LoadOptions(dtype=dtype))
        return SHORT.get(dtype, dtype)
    import torch

    if device.startswith("cuda"):
        return "bfloat16" if torch.cuda.get_device_capability(device) >= AMPERE else "float16"
    if device.startswith("mps"):
        return "bfloat16" if torch.backends.mps.is_macos_or_newer(14, 0) else "float16"
    return "float32"


def check_offload(options: LoadOptions, device: str) -> None:
    """Raise SettingsError for an offload mode that is none, or that has no accelerator to move parts off."""
    check_load(options)
    if options.offload in (None, "none"):
        return
    if device == "cpu":
        raise SettingsError(
            f"--offload {options.offload} moves parts of a model off an accelerator, and here all of it is on the CPU.",
            hint="Leave --offload out, or choose --device cuda or mps.",
        )


def settle_pipeline(pipeline: Any, source: str, device: str, options: LoadOptions) -> Any:
    """Put a pipeline where it is to work, and do what ``options`` ask for. Raises ModelError."""
    if options.vae_tiling:
        tile(pipeline)
    try:
        if options.offload == "model":
            pipeline.enable_model_cpu_offload(device=device)
        elif options.offload == "sequential":
            pipeline.enable_sequential_cpu_offload(device=device)
        else:
            pipeline = pipeline.to(device)
    except RuntimeError as error:
        first = str(error).strip().splitlines()[0]
        raise ModelError(
            f"'{source}' could not be put on {device}: {first}", hint="Try --offload model, or --device cpu."
        ) from error
    if device == "cpu":
        decode_one_by_one(pipeline)
    if options.compile:
        compile_denoiser(pipeline)
    return pipeline


def decode_one_by_one(pipeline: Any) -> None:
    """Let the VAE decode one picture at a time, where it can.

    On a CPU that is quicker: what lies between the layers stays in the caches. And decoding gives the same bits in a
    batch of any size.
    """
    vae: Any = getattr(pipeline, "vae", None)
    if hasattr(vae, "enable_slicing"):
        vae.enable_slicing()


def tile(pipeline: Any) -> None:
    """Let the VAE decode in tiles, one picture at a time. Raises SettingsError where it cannot."""
    vae = getattr(pipeline, "vae", None)
    switches = [getattr(vae, name) for name in ("enable_tiling", "enable_slicing") if hasattr(vae, name)]
    if not switches:
        raise SettingsError(f"{type(pipeline).__name__} has no VAE that decodes in tiles.", hint="Leave it out.")
    for switch in switches:
        switch()


def compile_denoiser(pipeline: Any) -> None:
    """Compile the denoiser's repeated blocks, or all of it where it names none. Raises ModelError where this machine
    cannot."""
    import torch

    denoiser: Any = getattr(pipeline, "transformer", None) or getattr(pipeline, "unet", None)
    try:
        torch.compile(torch.nn.Linear(1, 1), fullgraph=True)(torch.ones(1, 1))
    except Exception as error:
        first = str(error).strip().splitlines()[0]
        raise ModelError(
            f"The model cannot be compiled here: {first}",
            hint="torch.compile needs a C++ compiler on a CPU, and Triton on a GPU. Leave --compile out.",
        ) from error
    if getattr(denoiser, "_repeated_blocks", None):
        denoiser.compile_repeated_blocks()
    else:
        denoiser.compile()


def remarks(device: str, dtype: str) -> Iterator[str]:
    """Yield what should be known about a choice that was followed all the same."""
    if device == "cpu" and dtype == "float16":
        yield "float16 on a CPU is slow, and can overflow: float32, the default here, is quicker."


def quietly() -> Any:
    """Keep the libraries' warnings off the terminal while a model is loaded; failures come as exceptions."""
    return warnings.catch_warnings(action="ignore")
