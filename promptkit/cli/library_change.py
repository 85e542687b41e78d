"""Commands that change what a library knows: ``library tag``, ``rate`` and ``add``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import FAILURE, PARTIAL
from promptkit.cli.library_folder import library_option, writing
from promptkit.cli.output import say, warn, write_json
from promptkit.errors import MetadataError, PromptkitError, SettingsError

if TYPE_CHECKING:
    from promptkit.library import Library

NO_RATING = "none"


@click.command("tag", context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("words", nargs=-1, required=True, metavar="ID... [+TAG | -TAG]...")
@library_option
@click.option("--add", "added", multiple=True, help="A tag to put on them; repeatable.")
@click.option("--remove", "removed", multiple=True, help="A tag to take off them; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def tag(words: tuple[str, ...], folder: Path, added: tuple[str, ...], removed: tuple[str, ...], as_json: bool) -> None:
    """Put tags on pictures and take others off: promptkit library tag 17 18 +good -draft."""
    names = [word for word in words if word[0:1] not in ("+", "-")]
    adding = [*added, *(word[1:] for word in words if word.startswith("+"))]
    removing = [*removed, *(word[1:] for word in words if word.startswith("-"))]
    if not names or not (adding or removing):
        raise SettingsError(
            "Name pictures and tags.", hint="For example: promptkit library tag 17 +good -draft, or --add, --remove."
        )
    with writing(folder) as library:
        ids = _ids(library, names)
        for number in ids:
            library.tag(number, adding, removing)
        _tell(library, ids, as_json=as_json)


@click.command("rate")
@click.argument("pictures", nargs=-1, required=True)
@click.argument("rating")
@library_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def rate(pictures: tuple[str, ...], rating: str, folder: Path, as_json: bool) -> None:
    """Rate PICTURES from 0 to 5, or 'none' to take the rating away."""
    if rating != NO_RATING and rating not in map(str, range(6)):
        raise SettingsError(f"'{rating}' is no rating.", hint="A rating is 0, 1, 2, 3, 4, 5 or none, and stands last.")
    with writing(folder) as library:
        ids = _ids(library, pictures)
        for number in ids:
            library.rate(number, None if rating == NO_RATING else int(rating))
        _tell(library, ids, as_json=as_json)


def _ids(library: Library, names: Sequence[str]) -> list[int]:
    """Return the pictures that names mean, before anything is changed. Raises UnknownNameError."""
    return list(dict.fromkeys(library.picture(name).id for name in names))


def _tell(library: Library, ids: Sequence[int], *, as_json: bool) -> None:
    found = library.pictures(ids)
    if as_json:
        write_json("pictures", {"pictures": [picture.to_json() for picture in found], "count": len(found)})
        return
    for picture in found:
        rating = "no rating" if picture.rating is None else f"rating {picture.rating}"
        say(f"{picture.id} {picture.file}: {rating}; {', '.join(picture.tags) or 'no tags'}")


@click.command("add")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILES|FOLDERS...")
@library_option
@click.option("--in-place", is_flag=True, help="Only pictures that lie in the library's folder; nothing is copied.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def add(sources: tuple[Path, ...], folder: Path, in_place: bool, as_json: bool) -> None:
    """Take in pictures of any tool with what they say of themselves; copied, unless they lie in the library."""
    added: list[dict[str, Any]] = []
    refused: list[str] = []
    with writing(folder, create=True) as library:
        for path in _found(sources):
            try:
                ((last,),) = library.rows("SELECT coalesce(max(id), 0) FROM pictures")
                number = library.add_picture(path, in_place=in_place)
                picture, new = library.pictures([number])[0], number > last
                added.append({"source": str(path), "new": new, **picture.to_json()})
                if not as_json:
                    say(f"{number} {picture.file}: {picture.tool}{'' if new else '; it was there already'}")
            except PromptkitError as error:
                refused.append(f"{error} {error.hint or ''}".strip())
    if as_json:
        write_json("added", {"pictures": added, "refused": refused})
    for said in () if as_json else refused:
        warn(said)
    if refused or not added:
        if not refused and not as_json:
            warn("There are no pictures there.")
        sys.exit(PARTIAL if added else FAILURE)


def _found(sources: Sequence[Path]) -> Iterator[Path]:
    """Yield the files, and the pictures in the folders. Raises MetadataError for what is not there."""
    from promptkit.library.files import all_files, is_picture

    for source in sources:
        if not source.exists():
            raise MetadataError(f"There is no file or folder '{source}'.", hint="Check the path.")
        if source.is_dir():
            yield from filter(is_picture, all_files(source))
        else:
            yield source
