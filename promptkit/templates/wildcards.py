"""Lists by name: what ``__name__`` in a template stands for.

A name is the path of a ``.txt`` file inside its folder without the ending, or the keys inside a YAML or JSON file after
the path of the file's own folder, joined by ``/``. ``*``, ``?`` and ``[…]`` are globs, and ``*`` crosses ``/`` too. A
name that is not there is looked for inside other folders: ``mammals/feline`` finds ``animals/mammals/feline``.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.errors import WildcardError
from promptkit.names import nearest
from promptkit.templates.files import Line, read_keyed_file, read_text_file

if TYPE_CHECKING:
    from promptkit.packs.library import StyleLibrary

MAX_FILES = 20_000
"""Files of a folder that are looked at."""
_GLOB = re.compile(r"[*?\[]")
_KEYED = (".yaml", ".yml", ".json")

Texts = Mapping[str, Iterable[str]]


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of one or more lists, sorted, no text twice; ``verbatim`` ones are not templates."""

    name: str
    lines: tuple[Line, ...]
    verbatim: bool = False


class Wildcards:
    """The lists of several folders, and lists given by name. Folders are looked through when a name is first asked
    for; a list is read when it is used.

    ``lists`` are asked where the folders hold nothing of that name; their texts are taken as they are. They may be a
    function, which is then called once.
    """

    def __init__(self, folders: Sequence[str | Path] = (), lists: Texts | Callable[[], Texts] | None = None) -> None:
        self.folders = tuple(Path(folder) for folder in folders)
        self.problems: list[WildcardError] = []
        """Files that could not be read; the other lists work."""
        self._given = lists or {}
        self._entries: dict[str, Entries] = {}
        self._broken: dict[str, WildcardError] = {}

    @cached_property
    def _files(self) -> dict[str, list[Path | tuple[Line, ...]]]:
        found: dict[str, list[Path | tuple[Line, ...]]] = {}
        for folder in self.folders:
            for path in self._paths(folder):
                name = path.relative_to(folder).with_suffix("").as_posix()
                if path.suffix == ".txt":
                    found.setdefault(name, []).append(path)
                    continue
                try:
                    keyed = read_keyed_file(path)
                except WildcardError as error:
                    self._report(name, error)
                    continue
                parent, _, _ = name.rpartition("/")
                for key, lines in keyed.items():
                    full = name if not key else f"{parent}/{key}" if parent else key
                    found.setdefault(full, []).append(lines)
        return found

    def _paths(self, folder: Path) -> list[Path]:
        """Return the wildcard files of a folder; links are reported and left out."""
        found: list[Path] = []
        for root, folders, files in os.walk(folder):
            folders.sort()
            for file in sorted(files):
                path = Path(root, file)
                if path.suffix not in (".txt", *_KEYED):
                    continue
                if path.is_symlink():
                    error = WildcardError(
                        "links are not followed", file=str(path), hint="Copy the file into the folder."
                    )
                    self._report(path.relative_to(folder).with_suffix("").as_posix(), error)
                else:
                    found.append(path)
            if len(found) > MAX_FILES:
                raise WildcardError(
                    f"more than {MAX_FILES:,} files", file=str(folder), hint="Name a folder that holds wildcards only."
                )
        return found

    def _report(self, name: str, error: WildcardError) -> None:
        self.problems.append(error)
        self._broken[name] = error

    @cached_property
    def _lists(self) -> dict[str, tuple[Line, ...]]:
        given = self._given() if callable(self._given) else self._given
        return {name: tuple(Line(text) for text in texts) for name, texts in given.items()}

    def names(self) -> list[str]:
        """Return the names of all lists, sorted."""
        return sorted({*self._files, *self._lists})

    def get(self, name: str) -> list[Entries]:
        """Return the lists that a name or glob means; none when there is none.

        Raises WildcardError when one of them cannot be read, or is known to be broken.
        """
        found = self._matching(name)
        if not found and not name.startswith("**"):
            found = self._matching(f"*/{name}")
        if not found and name in self._broken:
            raise self._broken[name]
        return [self._read(hit) for hit in found]

    def near(self, name: str) -> list[str]:
        """Return the names that were perhaps meant, best first."""
        return nearest(name, self.names())

    def _matching(self, name: str) -> list[str]:
        if not _GLOB.search(name):
            return [name] if name in self._files or name in self._lists else []
        pattern = re.compile(fnmatch.translate(name))
        found = sorted(known for known in self._files if pattern.match(known))
        return found or sorted(known for known in self._lists if pattern.match(known))

    def _read(self, name: str) -> Entries:
        if name not in self._entries:
            parts = self._files.get(name, [])
            lines = [line for part in parts for line in (read_text_file(part) if isinstance(part, Path) else part)]
            verbatim = not parts
            self._entries[name] = Entries(name, merged(self._lists[name] if verbatim else lines), verbatim)
        return self._entries[name]


def merged(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Sort entries by their text and leave out what was said before."""
    first: dict[str, Line] = {}
    for line in lines:
        first.setdefault(line.text, line)
    return tuple(first[text] for text in sorted(first))


def wildcards_folder() -> Path:
    """Return the folder whose lists are the user's own: beside that of the user's style packs."""
    from promptkit.packs.library import user_folder

    return user_folder().with_name("wildcards")


def installed_wildcards(library: StyleLibrary | None = None, folders: Sequence[str | Path] = ()) -> Wildcards:
    """Return the lists of ``folders``, the user's, and those that packs bring: a style's choices are
    ``pack/style/choice``. By default the packs are all that are installed."""

    def choices() -> Texts:
        from promptkit.packs.library import installed_library

        packs = library or installed_library()
        return {f"{style.id}/{name}": texts for style in packs.styles() for name, texts in style.choices.items()}

    return Wildcards([*folders, wildcards_folder()], choices)
