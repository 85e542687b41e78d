"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

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
