"""Commands that bring styles of other tools in, and take them out again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli.options import pack_option
from promptkit.cli.output import stdout, warn, write_json

if TYPE_CHECKING:
    from promptkit.packs.exchange.foreign import ForeignStyle, Notes
    from promptkit.packs.library import StyleLibrary
    from promptkit.packs.style import Style

FILE = click.Path(path_type=Path)
MAX_NOTES = 20
"""So many notes are shown; ``--json`` gives all."""


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--format", "form", help="What the files are, where that is not recognised: a1111-csv, fooocus-json, …")
@click.option("--name", help="The pack's name; by default that of the first file.")
@click.option("--out", type=FILE, help="The pack's file; by default NAME.yaml in your folder.")
@click.option("--only", multiple=True, help="Only styles of these names; * stands for any; repeatable.")
@click.option("--to-dialect", help="Write weights anew: a1111, comfyui, compel or plain.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def import_styles(files: tuple[Path, ...], as_json: bool, **options: Any) -> None:
    """Write a pack of the styles in FILE: they say, word for word, what they say in the tool they come from.

    FILE is styles.csv of A1111, a JSON list of Fooocus or the SDXL prompt styler, presets of InvokeAI (JSON or CSV), or
    a YAML file of wildcards. Of several files of one tool, later ones count as they do there.
    """
    from promptkit.packs.exchange.foreign import Notes, cleaned
    from promptkit.packs.exchange.into_pack import pack_of
    from promptkit.packs.exchange.names import slug
    from promptkit.packs.exchange.reading import format_of
    from promptkit.packs.exchange.writer import write_pack
    from promptkit.packs.library import user_folder

    notes = Notes()
    form = format_of(files, options["form"])
    title = cleaned(options["name"] or files[0].stem)[0]
    name = slug(title, "imported")
    styles = _styles(files, form, name, options, notes)
    pack = pack_of(name, title, f"Imported from {form}.", styles)
    path = options["out"] or user_folder() / f"{name}.yaml"
    if options["out"] is None:
        _about_others(name, path, notes)
    write_pack(path, pack, force=options["force"])
    if as_json:
        listed = [{"style": f"{name}/{key}", "title": style["title"]} for key, style in styles.items()]
        write_json("import", {"file": str(path), "format": form, "styles": listed, "notes": notes.lines})
        return
    _show_notes(notes)
    first = next(iter(styles))
    _say(f"{path}: {_counted(len(styles))} of {form}. The first is {name}/{first}.")


def _about_others(name: str, path: Path, notes: Notes) -> None:
    """Note an installed pack that the new one will stand before."""
    other = _library(()).packs.get(name)
    if other is not None and other.path != str(path):
        notes.lines.append(f"'{name}' counts before the pack of this name in {other.path}; --name gives it another")


def _styles(files: Sequence[Path], form: str, name: str, options: dict[str, Any], notes: Notes) -> dict[str, Any]:
    from promptkit.dialects import check_dialect
    from promptkit.packs.exchange.into_pack import Rules, styles_of
    from promptkit.packs.exchange.reading import FORMATS, WILDCARDS, read_styles
    from promptkit.packs.exchange.wildcards import read_lists
    from promptkit.packs.exchange.wildcards import styles_of as lists_of

    if options["to_dialect"] is not None:
        check_dialect(options["to_dialect"])
    if form == WILDCARDS:
        if options["only"] or options["to_dialect"]:
            raise click.UsageError("--only and --to-dialect are about styles; these files are wildcards.")
        return lists_of(read_lists(files), name, notes)
    found = _chosen(read_styles(files, form, notes), options["only"])
    chosen = FORMATS[form]
    return styles_of(found, Rules(tool=chosen.tool, dialect=chosen.dialect, to_dialect=options["to_dialect"]), notes)


def _chosen(styles: list[ForeignStyle], only: Sequence[str]) -> list[ForeignStyle]:
    """Return the styles whose names, there or as shown, fit one of the patterns. Raises UnknownNameError for none."""
    from promptkit.errors import UnknownNameError
    from promptkit.names import nearest

    for pattern in only:
        if not any(_fits(style, pattern) for style in styles):
            names = [style.name for style in styles]
            near = nearest(pattern, names)
            hint = None if near else f"The files hold: {', '.join(names[:MAX_NOTES])}{', …' * (len(names) > MAX_NOTES)}"
            raise UnknownNameError("style", pattern, near, hint=hint)
    return [style for style in styles if not only or any(_fits(style, pattern) for pattern in only)]


def _fits(style: ForeignStyle, pattern: str) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for name in (style.name, style.title or ""))


@click.command("export")
@click.argument("names", nargs=-1, required=True, metavar="PACK|PACK/STYLE...")
@click.option(
    "--format", "form", required=True, type=click.Choice(["a1111-csv", "fooocus-json"]), help="What to write."
)
@pack_option
@click.option("--out", type=FILE, help="The file; by default stdout.")
@click.option("--to-dialect", help="Write weights anew; both tools read a1111.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def export_styles(names: tuple[str, ...], form: str, out: Path | None, **options: Any) -> None:
    """Write styles for another tool: imported ones word for word, others as what they add behind {prompt}."""
    from promptkit.dialects import check_dialect
    from promptkit.packs.exchange.foreign import Notes
    from promptkit.packs.exchange.out_of_pack import WRITERS, comments, foreign_styles
    from promptkit.packs.exchange.writer import write_text

    to_dialect = options["to_dialect"]
    if to_dialect is not None:
        check_dialect(to_dialect)
    notes = Notes()
    styles = foreign_styles(_named(names, options["packs"]), notes, to_dialect)
    comments(styles, form, notes)
    text = WRITERS[form](styles)
    _show_notes(notes)
    if out is None:
        _write(text)
        return
    write_text(out, ("\ufeff" if form == "a1111-csv" else "") + text, force=options["force"])
    _say(f"{out}: {_counted(len(styles))}.")


@click.command("extract")
@click.argument("text")
@pack_option
@click.option("--negative", default="", help="The negative prompt beside it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def extract(text: str, negative: str, packs: tuple[Path, ...], as_json: bool) -> None:
    """Take imported styles out of TEXT: print what was typed, and the --style of each that stood round it."""
    from promptkit.packs.exchange.extract import extract_styles
    from promptkit.packs.exchange.foreign import ForeignStyle, Notes
    from promptkit.packs.exchange.out_of_pack import foreign_styles

    styles = [style for style in _library(packs).styles() if style.verbatim]
    known = [
        ForeignStyle(name=style.id, prompt=foreign.prompt, negative=foreign.negative)
        for style, foreign in zip(styles, foreign_styles(styles, Notes()), strict=True)
    ]
    found = extract_styles(text, negative, known)
    if as_json:
        write_json("extract", {"prompt": found.prompt, "negative": found.negative, "styles": list(found.styles)})
        return
    _say(found.prompt)
    if found.negative:
        _say(f"--negative {found.negative}")
    for name in found.styles:
        _say(f"--style {name}")


def _library(packs: Sequence[Path]) -> StyleLibrary:
    from promptkit.cli.packs import style_library
    from promptkit.registry import Registry

    return style_library(Registry(), packs)


def _named(names: Sequence[str], packs: Sequence[Path]) -> list[Style]:
    """Return the styles of packs and single ones, none twice. Raises UnknownNameError."""
    library = _library(packs)
    found: dict[str, Style] = {}
    for name in names:
        pack = library.packs.get(name)
        found |= {style.id: style for style in ((pack and pack.styles) or (library.get(name),))}
    return list(found.values())


def _show_notes(notes: Notes) -> None:
    for line in notes.lines[:MAX_NOTES]:
        warn(line)
    if len(notes.lines) > MAX_NOTES:
        warn(f"… and {len(notes.lines) - MAX_NOTES} more; --json gives all.")


def _counted(number: int) -> str:
    return "1 style" if number == 1 else f"{number:,} styles"


def _say(text: str) -> None:
    from promptkit.terminal import safe_text

    stdout().print(safe_text(text), soft_wrap=True)


def _write(text: str) -> None:
    """Write a file's text: to a terminal in signs that cannot move it, to a pipe as it is."""
    if sys.stdout.isatty():
        _say(text)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
