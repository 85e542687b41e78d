"""The command ``styles check``."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import FAILURE
from promptkit.cli.output import stdout, write_json, write_json_line

if TYPE_CHECKING:
    from promptkit.errors import PackError
    from promptkit.packs.check import Checked

SECONDS = 0.5
"""Between two looks at the files."""


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--watch", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; with --watch, one a line for each check.")
def check(files: tuple[Path, ...], watch: bool, as_json: bool) -> None:
    """Check pack FILES, or the packs of folders, and say everything that is wrong: where, what, and the cure."""
    seen = _stamps(files)
    found, warnings = _check(files)
    _show(found, warnings, as_json=as_json, watch=watch)
    if watch:
        _watch(files, seen, as_json=as_json)
    if any(one.problems for one in found):
        sys.exit(FAILURE)


def _check(files: Sequence[Path]) -> tuple[list[Checked], list[PackError]]:
    """Return the checked files, and what is well written and still may not do what is meant."""
    from promptkit.cli.styles_warnings import warnings_of
    from promptkit.packs.check import check_files
    from promptkit.packs.library import installed_library
    from promptkit.registry import Registry

    registry = Registry()
    library = installed_library(registry.folders())
    found = check_files(files, library)
    return found, warnings_of(found, library, registry)


def _watch(files: Sequence[Path], seen: dict[Path, Any], *, as_json: bool) -> None:
    """Check again for ever. ``seen`` is from before the last check, so that no change falls between; a file that is
    gone for a moment while an editor saves it is a change like another."""
    while True:
        time.sleep(SECONDS)
        now = _stamps(files)
        if now != seen:
            seen = now
            _show(*_check(files), as_json=as_json, watch=True)


def _stamps(files: Sequence[Path]) -> dict[Path, Any]:
    from promptkit.packs.cache import stamp_of
    from promptkit.packs.library import pack_files

    return {file: stamp_of(file) for path in files for file in (pack_files(path) or [path])}


def problem_json(problem: PackError) -> dict[str, Any]:
    """Return a problem as plain values."""
    return {key: getattr(problem, key) for key in ("file", "line", "column", "key", "message", "hint")}


def _show(found: Sequence[Checked], warnings: Sequence[PackError], *, as_json: bool, watch: bool) -> None:
    problems = [problem for one in found for problem in one.problems]
    if as_json:
        content = {
            "files": [str(one.path) for one in found],
            "problems": [problem_json(one) for one in problems],
            "warnings": [problem_json(one) for one in warnings],
        }
        (write_json_line if watch else write_json)("problems", content)
    else:
        _print(found, problems, warnings)
    sys.stdout.flush()


def _print(found: Sequence[Checked], problems: Sequence[PackError], warnings: Sequence[PackError]) -> None:
    from promptkit.terminal import safe_text

    console = stdout()
    for problem in (*problems, *warnings):
        warning = "" if problem in problems else "warning: "
        console.print(safe_text(f"{warning}{problem}"), soft_wrap=True)
        if problem.hint:
            console.print(safe_text(f"    {problem.hint}", "green"), soft_wrap=True)
    for one in found:
        if not one.problems and one.plain is not None:
            held = [_counted(len(one.plain.get(f"{kind}s", ())), kind) for kind in ("style", "grade")]
            said = ", ".join(count for count in held if count)
            well = "can be read" if any(warning.file == str(one.path) for warning in warnings) else "all is well"
            console.print(safe_text(f"{one.path}: {well}, {said}."), soft_wrap=True)
    if problems:
        count = "1 problem." if len(problems) == 1 else f"{len(problems)} problems."
        console.print(safe_text(count, "bold red"))


def _counted(number: int, kind: str) -> str:
    return f"{number} {kind}" + "s" * (number > 1) if number else ""
