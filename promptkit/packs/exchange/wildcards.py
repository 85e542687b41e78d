"""Wildcard files with keys inside keys, as dynamicprompts reads them, into a pack whose styles hold the lists as
choices: ``animals/birds`` becomes the choice ``birds`` of the style ``animals``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from promptkit.errors import PackError, WildcardError
from promptkit.packs.exchange.foreign import Notes, cleaned
from promptkit.packs.exchange.names import Slugs
from promptkit.templates.files import Line, read_keyed_file

LOOSE = "lists"
"""The style of lists that stand under no other key."""
_KEEP = "the file itself, in the folder of wildcards, keeps them: promptkit wildcards folder."


def read_lists(paths: Sequence[Path]) -> dict[str, tuple[Line, ...]]:
    """Read the lists of files, by the keys that lead to them. Raises PackError for what is no wildcard file, and where
    two files have a list of the same name."""
    found: dict[str, tuple[Line, ...]] = {}
    for path in paths:
        try:
            lists = read_keyed_file(path)
        except WildcardError as error:
            raise PackError(error.message, file=error.file, line=error.line, hint=error.hint) from None
        for name, lines in lists.items():
            full = name or path.stem
            if full in found:
                raise PackError(f"the list '{full}' was in another file", file=str(path), hint="Rename one.")
            found[full] = lines
    if not found:
        raise PackError("there is no list in it", file=str(paths[0]), hint="Write 'name:' and '- entries' under it.")
    return found


def styles_of(lists: Mapping[str, tuple[Line, ...]], pack: str, notes: Notes) -> dict[str, Any]:
    """Return the styles of a pack that holds the lists; notes say where a list is called otherwise, and what a choice
    cannot say."""
    styles: dict[str, Any] = {}
    names, choices = Slugs("lists"), dict[str, Slugs]()
    taken: dict[str, str] = {}
    for path, lines in lists.items():
        above, _, last = path.rpartition("/")
        above = above or LOOSE
        if above not in taken:
            taken[above] = names.take(above)
            choices[above] = Slugs("list")
            styles[taken[above]] = {"title": cleaned(above)[0], "choices": {}}
        choice = choices[above].take(last)
        styles[taken[above]]["choices"][choice] = _entries(path, lines, notes)
        if f"{taken[above]}/{choice}" != (path if "/" in path else f"{LOOSE}/{path}"):
            notes.lines.append(f"{path}: is __{pack}/{taken[above]}/{choice}__ here")
    return styles


def _entries(path: str, lines: Sequence[Line], notes: Notes) -> list[str]:
    """Return what a list can be as choices: texts without braces, each as likely as another. Raises PackError where
    none is left."""
    kept = [line.text for line in lines if not set("{}") & set(line.text)]
    if len(kept) < len(lines):
        notes.lines.append(f"{path}: {len(lines) - len(kept)} entries with braces are left out; {_KEEP}")
    if any(line.weight != 1.0 for line in lines):
        notes.lines.append(f"{path}: weights are left out: every entry is as likely as another; {_KEEP}")
    if any("__" in text for text in kept):
        notes.lines.append(f"{path}: wildcards within entries stay as they are written; {_KEEP}")
    texts = list(dict.fromkeys(cleaned(text)[0] for text in kept))
    if texts != list(dict.fromkeys(kept)):
        notes.lines.append(f"{path}: blanks stand for characters that a pack cannot hold")
    if not texts:
        raise PackError(f"the list '{path}' holds only templates, which choices cannot be", hint=_KEEP.capitalize())
    return texts
