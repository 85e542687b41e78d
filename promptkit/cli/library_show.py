"""Commands that show what a library knows: ``library list``, ``show`` and ``path``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from promptkit.cli.library_folder import library_option, reading
from promptkit.cli.output import say, show_table, stdout, table_room, warn, write_json
from promptkit.errors import PromptkitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promptkit.library import Library, StoredPicture
    from promptkit.metadata import Provenance

SHOWN = 20


@click.command("list")
@library_option
@click.option("--limit", type=click.IntRange(min=1), default=SHOWN, show_default=True, help="At most so many.")
@click.option("--all", "everything", is_flag=True, help="All of them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_pictures(folder: Path, limit: int, everything: bool, as_json: bool) -> None:
    """List the pictures of a library, the newest first."""
    from promptkit.whereabouts import unfinished_runs

    with reading(folder) as library:
        found = library.pictures(limit=None if everything else limit)
        ((count,),) = library.rows("SELECT count(*) FROM pictures")
        waiting = len(unfinished_runs(library))
    if as_json:
        write_json("pictures", {"pictures": [picture.to_json() for picture in found], "count": count})
        return
    if not found and waiting:
        those = f"{waiting} runs wait" if waiting > 1 else "1 run waits"
        say(f"There are no pictures yet; {those}: promptkit resume --list")
        return
    show_pictures(found)
    if count > len(found):
        say(f"{len(found)} of {count} pictures: --all, or --limit, shows more; promptkit library search finds some.")


def show_pictures(found: Sequence[StoredPicture]) -> None:
    """Print pictures as a table as wide as the terminal."""
    from promptkit.views_library import TITLES, picture_row, room_of

    if not found:
        say("There are no pictures yet.")
        return
    file, prompt = room_of(found, table_room(len(TITLES)))
    show_table(TITLES, [picture_row(picture, file=file, prompt=prompt) for picture in found])


@click.command("show")
@click.argument("picture")
@library_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def show(picture: str, folder: Path, as_json: bool) -> None:
    """Show all that is known of PICTURE: an id, the beginning of its SHA-256, or a file name."""
    with reading(folder) as library:
        found = library.picture(picture)
        relatives = library.pictures(_relatives(library, found))
    there = found.path.is_file()
    said = _said(found) if there else None
    if as_json:
        related = [{"id": one.id, "file": one.file, "kind": one.kind} for one in relatives]
        more = {"recipe": found.recipe, "related": related, "exists": there, "provenance": said and said.to_json()}
        write_json("picture", {"picture": {**found.to_json(), **more}})
        return
    from promptkit.views_library import picture_view

    stdout().print(picture_view(found, relatives, said=said))
    if not there:
        warn("Its file is gone: put it back, or forget it: promptkit library gc --yes")


def _said(picture: StoredPicture) -> Provenance | None:
    """Return what the file of another tool's picture says: the library keeps only what is searched of it."""
    from promptkit.metadata import read_provenance
    from promptkit.pictures import open_picture

    if picture.recipe is not None:
        return None
    try:
        return read_provenance(open_picture(picture.path))
    except PromptkitError as error:
        warn(str(error))
        return None


def _relatives(library: Library, picture: StoredPicture) -> list[int]:
    """Return the picture that one was made of, and those that were made of it."""
    sql = "SELECT id FROM pictures WHERE parent = ? ORDER BY id"
    made = [number for (number,) in library.rows(sql, (picture.id,))]
    return [*([] if picture.parent is None else [picture.parent]), *made]


@click.command("path")
@library_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def path(folder: Path, as_json: bool) -> None:
    """Print the library's folder, whether it is there or not."""
    from promptkit.library.connection import database_of

    whole = folder.absolute()
    if as_json:
        database = database_of(whole)
        write_json("library", {"path": str(whole), "database": str(database), "exists": database.exists()})
        return
    from promptkit.terminal import visible

    click.echo(visible(str(whole)))
