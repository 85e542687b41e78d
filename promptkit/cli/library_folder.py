"""Which library a command works on, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from promptkit.cli.output import warn
from promptkit.errors import LibraryError
from promptkit.library.place import default_folder

if TYPE_CHECKING:
    from promptkit.library import Library

Command = TypeVar("Command", bound=Callable[..., Any])


def library_option(command: Command) -> Command:
    """Add ``--library``: the parameter ``folder``, a path."""
    return click.option(
        "--library",
        "folder",
        type=click.Path(path_type=Path),
        callback=lambda _, __, value: value or default_folder(),
        help="The library's folder; by default PROMPTKIT_LIBRARY, or pictures.",
    )(command)


def reading(folder: Path) -> Library:
    """Open a library to read: pictures without a row are taken in where it can be written to, and only then. Raises
    LibraryError."""
    from promptkit.library import Library

    try:
        return Library(folder)
    except LibraryError as error:
        try:
            found = Library(folder, read_only=True)
        except LibraryError:
            raise error from None
        warn(f"{error} It is only read.")
        return found


def writing(folder: Path, *, create: bool = False) -> Library:
    """Open a library to change it. Raises LibraryError."""
    from promptkit.library import Library

    return Library(folder, create=create)
