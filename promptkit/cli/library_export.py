"""The command ``library export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from promptkit.cli.library_folder import library_option, reading
from promptkit.cli.output import say, warn, write_json
from promptkit.errors import SettingsError

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
        copies = copy_out(library, ids, out, strip=_strip() if strip else None)
    if strip and not as_json:
        warn("The copies no longer say how they were made, nor that they are synthetic.")
    if as_json:
        write_json("exported", {"pictures": [str(copy) for copy in copies], "out": str(out)})
        return
    say(f"{len(copies)} pictures in '{out}'.")


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
