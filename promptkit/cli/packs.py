"""What several commands need of styles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.cli.output import warn
from promptkit.packs.library import StyleLibrary, installed_library, pack_files

if TYPE_CHECKING:
    from promptkit.errors import PackError
    from promptkit.prompt import Prompt
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


def report_conflicts(prompts: Iterable[Prompt]) -> None:
    """Say what the styles wanted and could not have, phrase against phrase, before anything is made of it."""
    from promptkit.advice import misread_frames

    prompts = list(prompts)
    for prompt in prompts[:1]:
        for frame in misread_frames(prompt):
            warn(
                f"'{frame.source}' writes weights as {frame.dialect} does, and the prompt is read as {prompt.dialect}. "
                f"Say --dialect {frame.dialect}, or import it with --to-dialect {prompt.dialect}."
            )
    found = {conflict.message: conflict for prompt in prompts for conflict in prompt.conflicts}
    for message in found:
        warn(message)
    yielded = {conflict.slot: None for conflict in found.values() if conflict.replaceable}
    if yielded:
        warn(f"To let styles replace what you typed: {' '.join(f'--override {slot}' for slot in yielded)}")
