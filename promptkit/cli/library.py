"""What several commands need of styles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from promptkit.cli.output import warn
from promptkit.packs.library import StyleLibrary, user_folder

if TYPE_CHECKING:
    from promptkit.expanders.styles import AppliedStyle
    from promptkit.registry import Registry


def style_library(registry: Registry) -> StyleLibrary:
    """Return every pack that is installed; broken ones are reported on stderr."""
    library = StyleLibrary([*registry.folders(), user_folder()])
    report_problems(library)
    return library


def report_problems(library: StyleLibrary) -> None:
    """Say which packs could not be read."""
    if library.packs is not None:
        for problem in library.problems:
            warn(f"{problem}{f' {problem.hint}' if problem.hint else ''} This pack is left out.")


def report_conflicts(applied: Sequence[AppliedStyle]) -> None:
    """Say which styles do not go together, before anything is made of them."""
    from promptkit.expanders.styles import conflicts

    for conflict in conflicts(applied):
        warn(f"'{conflict.first}' and '{conflict.second}' do not go together: one of them says so.")
