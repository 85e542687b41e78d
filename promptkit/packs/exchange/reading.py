"""Recognising what a file of another tool is, and reading the styles of one or several of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from promptkit.errors import PackError, UnknownNameError
from promptkit.packs.exchange import a1111, fooocus, invokeai
from promptkit.packs.exchange.foreign import ForeignStyle, Notes, read_text
from promptkit.packs.exchange.rows import csv_header

WILDCARDS = "wildcards"
Merge = Callable[[Iterable[ForeignStyle], Notes], list[ForeignStyle]]


@dataclass(frozen=True, kw_only=True)
class Format:
    """How a tool keeps its styles, and what it makes of a name that stands twice."""

    tool: str
    """Whose rules its templates follow: one of ``frames.TOOLS``."""
    dialect: str
    """How it writes weights."""
    read: Callable[[str, str, Notes], list[ForeignStyle]]
    """From a file's text and name to its styles."""
    merge: Merge


def _last_counts(styles: Iterable[ForeignStyle], notes: Notes) -> list[ForeignStyle]:
    """Keep the last style of each name that is shown, in the place of the first."""
    kept: dict[str, ForeignStyle] = {}
    for style in styles:
        shown = style.title or style.name
        if shown in kept:
            notes.about(style, f"takes the place of the one of line {kept[shown].line} in {kept[shown].file}")
        kept[shown] = style
    return list(kept.values())


def _numbered(styles: Iterable[ForeignStyle], notes: Notes) -> list[ForeignStyle]:
    before = list(styles)
    after = fooocus.numbered(before)
    for old, new in zip(before, after, strict=True):
        if old.name != new.name:
            notes.about(old, f"is '{new.name}' here, as the styler has it, because the name was there before")
    return after


def _all(styles: Iterable[ForeignStyle], notes: Notes) -> list[ForeignStyle]:  # noqa: ARG001
    return list(styles)


FORMATS: Mapping[str, Format] = {
    "a1111-csv": Format(tool="a1111", dialect="a1111", read=a1111.read, merge=_last_counts),
    "fooocus-json": Format(tool="fooocus", dialect="a1111", read=fooocus.read, merge=_last_counts),
    "sdxl-styler-json": Format(tool="sdxl-styler", dialect="a1111", read=fooocus.read_styler, merge=_numbered),
    "invokeai-json": Format(tool="invokeai", dialect="compel", read=invokeai.read_json, merge=_all),
    "invokeai-csv": Format(tool="invokeai", dialect="compel", read=invokeai.read_csv, merge=_all),
}
NAMES = (*FORMATS, WILDCARDS)


def recognise(path: Path) -> str:
    """Return the name of the format of a file, by its ending and what is in it. Raises PackError for a pack and for
    what it does not know.

    A JSON list without ``positive_prompt`` is taken for Fooocus', and a CSV file without it for A1111's: others write
    the same and mean it otherwise, which only ``--format`` can say.
    """
    text = read_text(path)
    begin = text.lstrip()[:1]
    ending = path.suffix.lower()
    if ending in (".yaml", ".yml"):
        if any(line.startswith("promptkit:") for line in text.splitlines()):
            raise PackError(
                "this is a pack already", file=str(path), hint="Copy it into your folder: promptkit styles folder."
            )
        return WILDCARDS
    if ending == ".json" or (ending != ".csv" and begin in ("[", "{")):
        return "invokeai-json" if '"positive_prompt"' in text else "fooocus-json"
    columns = csv_header(text)
    if ending == ".csv" or "name" in columns:
        return "invokeai-csv" if "positive_prompt" in columns else "a1111-csv"
    raise PackError("not recognised", file=str(path), hint=f"Say what it is with --format: {', '.join(NAMES)}.")


def format_of(paths: Sequence[Path], name: str | None = None) -> str:
    """Return the format that all files have, ``name`` where it is given. Raises PackError, and UnknownNameError."""
    if name is not None:
        if name not in NAMES:
            raise UnknownNameError("format", name, NAMES)
        return name
    found = {path: recognise(path) for path in paths}
    first = found[paths[0]]
    for path, other in found.items():
        if other != first:
            raise PackError(
                f"this is {other}, and {paths[0]} is {first}",
                file=str(path),
                hint="Import them one by one, or say --format.",
            )
    return first


def read_styles(paths: Sequence[Path], name: str, notes: Notes) -> list[ForeignStyle]:
    """Read the styles of files of one format, in their order. Raises PackError where there is none, and for a style
    without a name."""
    chosen = FORMATS[name]
    styles = [style for path in paths for style in chosen.read(read_text(path), str(path), notes)]
    for style in styles:
        if not style.name.strip():
            raise style.error("the style has no name", "Give it one.")
    if not styles:
        raise PackError("there is no style in it", file=str(paths[0]), hint="Give the file that holds the styles.")
    return chosen.merge(styles, notes)
