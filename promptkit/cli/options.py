"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from promptkit.records import LoadOptions

Command = TypeVar("Command", bound=Callable[..., Any])


def pack_option(command: Command) -> Command:
    """Add the option that brings packs from a file or folder."""
    return click.option(
        "--pack",
        "packs",
        multiple=True,
        type=click.Path(exists=True, path_type=Path),
        help="A pack file, or a folder of them; counts before installed packs of the same name; repeatable.",
    )(command)


def not_empty(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Refuse an option that is given and says nothing. Raises BadParameter."""
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty. Give a value, or leave the option out.")
    return value


FOLDER = click.Path(exists=True, file_okay=False)


def load_options(command: Command) -> Command:
    """Add the options that say how a model is loaded; ``loading`` makes a record of them."""
    for option in reversed(
        (
            click.option("--device", help="cuda, cuda:1, mps or cpu; by default the best there is."),
            click.option("--dtype", help="bfloat16, float16 or float32; by default what suits the device."),
            click.option("--offload", help="Keep idle parts in main memory: none, model, sequential (least memory)."),
            click.option("--compile", is_flag=True, help="Compile the denoiser: a slow start, then quicker."),
            click.option(
                "--preview-vae", help="A small decoder for half-finished pictures (TAESD): a folder, or a hub id."
            ),
            click.option("--vae-tiling", is_flag=True, help="Decode in tiles, one picture at a time: less memory."),
            click.option("--model-config", type=FOLDER, help="For a single file: the folder of a like pipeline."),
            click.option(
                "--loras", multiple=True, type=FOLDER, help="A folder of LoRAs for <lora:name:1>; repeatable."
            ),
            click.option(
                "--embeddings", multiple=True, type=FOLDER, help="A folder of textual inversions; repeatable."
            ),
        )
    ):
        command = option(command)
    return command


def loading(options: Mapping[str, Any]) -> LoadOptions:
    """Return a record of what ``load_options`` added."""
    from promptkit.records import LoadOptions

    return LoadOptions(
        device=options["device"],
        dtype=options["dtype"],
        offload=options["offload"],
        compile=options["compile"],
        vae_tiling=options["vae_tiling"],
        preview_vae=options["preview_vae"],
        config=options["model_config"],
        loras=options["loras"],
        embeddings=options["embeddings"],
    )
