"""The command ``gallery``: pictures on one HTML page, and on a contact sheet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from promptkit.cli import PARTIAL
from promptkit.cli.library_folder import library_option, reading
from promptkit.cli.options import not_empty
from promptkit.cli.output import say, stderr, warn, write_json
from promptkit.errors import MetadataError, SettingsError
from promptkit.terminal import visible

if TYPE_CHECKING:
    from PIL.Image import Image

    from promptkit.gallery import Card, Picture

PAGE = Path("gallery.html")
SIDES = click.IntRange(32, 1024)
FILE = click.Path(dir_okay=False, path_type=Path)
MEGABYTE = 1_000_000


@click.command()
@click.argument("pictures", nargs=-1, metavar="[IDS|FILES|FOLDERS]...")
@library_option
@click.option("--query", callback=not_empty, help="All pictures that promptkit library search finds.")
@click.option("--out", type=FILE, help=f"The page's file.  [default: {PAGE}, but with --sheet none]")
@click.option("--sheet", type=FILE, help="A contact sheet, as PNG.")
@click.option("--columns", type=click.IntRange(1, 50), help="Pictures in a row of the sheet.")
@click.option("--thumb", type=SIDES, default=256, show_default=True, help="The longer side of a thumbnail in pixels.")
@click.option("--limit", type=click.IntRange(min=1), default=1000, show_default=True, help="At most so many pictures.")
@click.option("--title", callback=not_empty, help="What stands above the pictures.")
@click.option("--overwrite", is_flag=True, help="Write in the place of files that are there, not beside them.")
@click.option("--quiet", is_flag=True, help="No progress; the names of the files alone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def gallery(pictures: tuple[str, ...], folder: Path, query: str | None, limit: int, **options: Any) -> None:
    """Show pictures on one HTML page that needs nothing else: those of the library, or the ones that are named."""
    from promptkit.gallery.choosing import choose
    from promptkit.sheet import CELL

    page, sheet = options["out"], options["sheet"]
    if page is None and sheet is None:
        page = PAGE
    _check_places(page, sheet)
    with ExitStack() as stack:
        library = stack.enter_context(reading(folder)) if _needs_library(pictures, query, folder) else None
        chosen = choose(pictures, query, limit, library)
    shown, unread = _shown(chosen.pictures, page or sheet, CELL if sheet else 1, options)
    title = options["title"] or "Pictures"
    written: dict[str, Path] = {}
    if page is not None:
        written["page"] = _write_page(page, [card for card, _ in shown], title, overwrite=options["overwrite"])
    if sheet is not None:
        written["sheet"] = _write_sheet(sheet, shown, title, options)
    _tell(written, len(shown), chosen.count, unread, options)
    if unread:
        sys.exit(PARTIAL)


def _check_places(page: Path | None, sheet: Path | None) -> None:
    """Prove that the files can be written, before any work is done. Raises OutputError and SettingsError."""
    from promptkit.output import prepare_folder

    if page is not None and page == sheet:
        raise SettingsError("--out and --sheet name the same file.", hint="Give the sheet a name ending in .png.")
    if sheet is not None and sheet.suffix.lower() != ".png":
        hint = f"Name it {sheet.stem}.png."
        raise SettingsError(f"'{sheet}': a contact sheet is a PNG.", hint=hint)
    for path in filter(None, (page, sheet)):
        prepare_folder(path.parent)


def _needs_library(names: Sequence[str], query: str | None, folder: Path) -> bool:
    """Whether a library is asked: for what is no file, and for what it knows of its own files."""
    from promptkit.library.connection import database_of

    if query is not None or not names:
        return True
    paths = [Path(name) for name in names]
    own = any(not path.exists() or path.resolve().is_relative_to(folder.resolve()) for path in paths)
    return own and database_of(folder).exists()


def _shown(
    pictures: Sequence[Picture], place: Path, cell: int, options: dict[str, Any]
) -> tuple[list[tuple[Card, Image]], list[str]]:
    """Return the pictures that can be read, each within ``cell`` pixels, and what is wrong with the others. Raises
    MetadataError where none can be read."""
    from promptkit.gallery import card_of
    from promptkit.gallery.thumbnails import small

    shown: list[tuple[Card, Image]] = []
    unread: list[str] = []
    with _progress(len(pictures), quiet=options["quiet"] or options["as_json"]) as advance:
        for picture in pictures:
            try:
                card, image = card_of(picture, page=place, side=options["thumb"])
                shown.append((card, small(image, cell)))
            except MetadataError as error:
                if len(unread) + 1 == len(pictures):
                    raise
                unread.append(f"{error} {error.hint or ''}".strip())
            advance()
    return shown, unread


@contextmanager
def _progress(count: int, *, quiet: bool) -> Iterator[Callable[[], object]]:
    """Show a bar on a terminal; nothing elsewhere."""
    if quiet or not stderr().is_terminal:
        yield lambda: None
        return
    from promptkit.cli.progress import bars

    with bars() as progress:
        task = progress.add_task("pictures", total=count)
        yield lambda: progress.advance(task)


def _write_page(path: Path, cards: Sequence[Card], title: str, *, overwrite: bool) -> Path:
    from promptkit.report import gallery_page

    content = gallery_page(cards, title=title).encode()
    return _write(path, lambda handle: handle.write(content), overwrite=overwrite)


def _write_sheet(path: Path, shown: Sequence[tuple[Card, Image]], title: str, options: dict[str, Any]) -> Path:
    from promptkit.report import gallery_sheet

    sheet = gallery_sheet(shown, heading=title, columns=options["columns"])
    return _write(path, lambda handle: sheet.save(handle, format="PNG", optimize=True), overwrite=options["overwrite"])


def _write(path: Path, write: Callable[[BinaryIO], object], *, overwrite: bool) -> Path:
    from promptkit.output import replace_file, write_file

    return replace_file(path, write) if overwrite and path.exists() else write_file(path, write)


def _tell(written: Mapping[str, Path], shown: int, count: int, unread: Sequence[str], options: dict[str, Any]) -> None:
    """Say what was written, how large it is, and what is not in it."""
    if options["as_json"]:
        files = {name: {"file": str(path), "bytes": path.stat().st_size} for name, path in written.items()}
        write_json("gallery", {**files, "pictures": shown, "count": count, "unread": list(unread)})
        return
    for said in unread:
        warn(said)
    for path in written.values():
        if not options["quiet"]:
            say(f"{shown} of {count} picture{'' if count == 1 else 's'}, {_size(path.stat().st_size)}:")
        click.echo(visible(str(path)))


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= MEGABYTE else f"{count / 1e3:.0f} kB"
