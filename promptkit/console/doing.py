"""One line is done: what comes of it is printed, whatever goes wrong is one clear message, and an exit code is left."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from promptkit.cli import FAILURE, INTERRUPTED, OK, PARTIAL, USAGE
from promptkit.cli.output import say, show_error, stdout
from promptkit.console.bench import Bench
from promptkit.console.lines import answer
from promptkit.console.verb import Answer, Leave
from promptkit.errors import PromptkitError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from promptkit.records import Result

UNFOLDED = 100_000
"""Cells of a line where no terminal is: more than a prompt has characters."""
SEVERITY = (OK, PARTIAL, USAGE, FAILURE, INTERRUPTED)
"""Exit codes, the worst last."""


def worst(codes: Iterable[int]) -> int:
    """Return the worst of exit codes; what is none of ours counts as a failure."""
    return max(codes, key=lambda code: SEVERITY.index(code if code in SEVERITY else FAILURE), default=OK)


def do(bench: Bench, text: str) -> int:
    """Do a line and print what comes of it; return its exit code. Raises Leave, and BrokenPipeError where nobody
    reads any more. Nothing else is raised, not for a bug, and not for a Ctrl-C."""
    before = len(bench.runs)
    try:
        show(answer(bench, text))
    except (Leave, BrokenPipeError):
        raise
    except PromptkitError as error:
        show_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        say("Stopped.")
        return INTERRUPTED
    except Exception as error:
        return _odd(error)
    return worst(_ending(result) for result in bench.runs[before:])


def show(answered: Answer) -> None:
    """Print what a verb answered on stdout. Piped lines are as long as they are; on a terminal those that are to be
    copied are too."""
    from rich.text import Text

    console: Any = stdout()
    for part in answered:
        if console.is_terminal:
            console.print(part, soft_wrap=isinstance(part, Text) and part.no_wrap)
        else:
            _print_whole(console, part)


def _print_whole(console: Any, part: RenderableType) -> None:
    """Print for a program: nothing is folded, and no line ends in blanks."""
    if not os.environ.get("COLUMNS", "").isdecimal():
        console.width = UNFOLDED
    with console.capture() as taken:
        console.print(part, soft_wrap=True)
    console.out("\n".join(line.rstrip() for line in taken.get().split("\n")), end="", highlight=False)


def _ending(result: Result) -> int:
    return PARTIAL if result.lost or result.unfinished else OK


def _odd(error: Exception) -> int:
    """Tell of what nobody foresaw: metadata of a package that Python cannot read, or a bug."""
    from promptkit.console.bugs import as_bug
    from promptkit.installed.malformed import metadata_fault

    show_error(metadata_fault(error) or as_bug(error))
    return FAILURE
