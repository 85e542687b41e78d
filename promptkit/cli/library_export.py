"""The command ``library export``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promptkit.cli import PARTIAL
from promptkit.cli.library_folder import library_option, reading
from promptkit.cli.output import say, warn, write_json
from promptkit.errors import LibraryError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promptkit.library import Library
    from promptkit.library.export import Strip


@click.command("export")
@click.argument("pictures", nargs=-1)
@library_option
@click.option("--query", help="All pictures that promptkit library search finds.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to copy to.")
@click.option("--strip", is_flag=True, help="Without what the pictures say of themselves: they cannot be made again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def export(pictures: tuple[str, ...], folder: Path, query: str | None, out: Path, strip: bool, as_json: bool) -> None:
    """Copy PICTURES (ids, hashes, file names) out of the library, with a list of what is known: index.jsonl."""
    from promptkit.library.export import export as copy_out

    if not pictures and query is None:
        raise SettingsError("Name pictures.", hint="Give ids, such as 17 18, or --query 'tag:good'.")
    with reading(folder) as library:
        ids = _ids(library, pictures, query)
        there, gone = _parted(library, ids)
        if not there:
            raise _nothing(ids, query)
        copies = copy_out(library, there, out, strip=_strip() if strip else None)
    if strip and not as_json:
        warn("The copies no longer say how they were made, nor that they are synthetic.")
    if as_json:
        write_json("exported", {"pictures": [str(copy) for copy in copies], "out": str(out), "gone": gone})
    else:
        for file in gone:
            warn(f"'{file}' is gone: promptkit library verify")
        say(f"{len(copies)} {'picture' if len(copies) == 1 else 'pictures'} in '{out}'.")
    if gone:
        sys.exit(PARTIAL)


def _parted(library: Library, ids: Sequence[int]) -> tuple[list[int], list[str]]:
    """Return the pictures whose file is there, and the files of the others."""
    found = library.pictures(ids)
    there = [picture.id for picture in found if picture.path.is_file()]
    return there, [picture.file for picture in found if picture.id not in there]


def _nothing(ids: Sequence[int], query: str | None) -> LibraryError:
    """Return what to say where there is nothing to copy."""
    if ids:
        return LibraryError("Their files are gone.", hint="promptkit library verify says what is missing.")
    return LibraryError(f"No picture is found by '{query}'.", hint="promptkit library search shows what a query finds.")


def _ids(library: Library, names: Sequence[str], query: str | None) -> list[int]:
    """Return the pictures that are named, then those that are found, each once. Raises UnknownNameError, and what a
    query that cannot be read raises."""
    named = [library.picture(name).id for name in names]
    if query is None:
        return list(dict.fromkeys(named))
    from promptkit.library.search import search

    return list(dict.fromkeys([*named, *(hit.picture.id for hit in search(library, query, limit=None))]))


def _strip() -> Strip:
    from promptkit.metadata import stripped

    return stripped
