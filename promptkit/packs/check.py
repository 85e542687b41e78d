"""Everything that is wrong with pack files, in one go: what a file says, and how it goes with other packs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from promptkit.errors import PackError
from promptkit.packs.library import StyleLibrary, builtin_folder, pack_files
from promptkit.packs.resolve import PlainPack, unresolved
from promptkit.packs.validate import in_order, validate
from promptkit.packs.yaml_reader import Document, read_document


@dataclass
class Checked:
    """A pack file with its problems, in order of its lines; ``plain`` is ``None`` where it has not the shape of one."""

    path: Path
    document: Document
    plain: PlainPack | None
    problems: list[PackError] = field(default_factory=list)


def check_files(paths: Sequence[Path], library: StyleLibrary) -> list[Checked]:
    """Check files, and the files of folders, on their own and against each other and the packs of ``library``."""
    files = [file for path in paths for file in (pack_files(path) or [path])]
    checked = [_check_alone(file) for file in dict.fromkeys(files)]
    good = {one.plain["name"]: one.plain for one in reversed(checked) if one.plain is not None}
    packs = {**{name: found.plain for name, found in library.found.items()}, **good}
    taken = _builtin(library)
    for one in checked:
        if one.plain is not None:
            _check_against(one, packs, taken)
            taken.setdefault(one.plain["name"], one.path)
        one.problems = in_order(one.problems)
    return checked


def _check_alone(path: Path) -> Checked:
    document = read_document(path, collect=True)
    if document.value is None:
        return Checked(path, document, None, list(document.problems))
    plain, found = validate(document)
    unreadable = {(problem.line, problem.column) for problem in document.problems}
    later = [problem for problem in found if (problem.line, problem.column) not in unreadable]
    return Checked(path, document, plain, [*document.problems, *later])


def _builtin(library: StyleLibrary) -> dict[str, Path]:
    """Return the built-in packs by name: no other pack may be called so, but for the user's own."""
    folder = builtin_folder().resolve()
    return {name: found.path for name, found in library.found.items() if found.path.resolve().parent == folder}


def _check_against(one: Checked, packs: Mapping[str, PlainPack], taken: Mapping[str, Path]) -> None:
    assert one.plain is not None
    for error in unresolved(one.plain, packs):
        one.problems.append(one.document.error(error.place, error.message, error.hint))
    other = taken.get(one.plain["name"])
    if other is not None and other.resolve() != one.path.resolve():
        message = f"another pack is named '{one.plain['name']}' too: {other}"
        one.problems.append(one.document.error(("name",), message, "Rename one."))
