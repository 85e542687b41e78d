"""What several commands need of styles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.cli.output import warn
from promptkit.packs.library import StyleLibrary, installed_library, pack_files

if TYPE_CHECKING:
    from promptkit.expanders.styles import AppliedStyle
    from promptkit.errors import PackError
    from promptkit.registry import Registry
    from promptkit.slots.vocabulary import Vocabulary


def style_library(registry: Registry, given: Sequence[Path] = ()) -> StyleLibrary:
    """Return every pack that is installed and those of ``given`` files and folders; broken ones are reported on
    stderr. Raises PackError where a given one is broken."""
    library = installed_library(registry.folders(), given)
    report_problems(library, given)
    return library


def pack_words(folders: Sequence[Path] | None = None) -> tuple[Vocabulary, ...]:
    """Return the words that installed packs bring for the parser; files that cannot be read are reported on stderr."""
    library = installed_library(folders)
    words = library.vocabularies()
    _report(library.problems)
    return words


def report_problems(library: StyleLibrary, given: Sequence[Path] = ()) -> None:
    """Say which packs could not be read. Raises PackError where one was asked for by its path."""
    if library.packs is None:
        return
    asked = {str(file) for path in given for file in pack_files(path)}
    _report(library.problems, asked)


def _report(problems: Iterable[PackError], asked: Collection[str] = ()) -> None:
    for problem in problems:
        if problem.file in asked:
            raise problem
        warn(f"{problem}{f' {problem.hint}' if problem.hint else ''} This pack is left out.")


def report_conflicts(applied: Sequence[AppliedStyle]) -> None:
    """Say which styles do not go together, before anything is made of them."""
    from promptkit.expanders.styles import conflicts

    for conflict in conflicts(applied):
        warn(f"'{conflict.first}' and '{conflict.second}' do not go together: one of them says so.")
