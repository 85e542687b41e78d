"""The console on a terminal: a line is read, done, and kept, until somebody leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from promptkit.cli import OK
from promptkit.cli.output import say, stdout, warn
from promptkit.console.bench import Bench
from promptkit.console.doing import do
from promptkit.console.kept import Keeper, Left
from promptkit.console.verb import Leave
from promptkit.interrupts import undisturbed
from promptkit.terminal import safe_text

if TYPE_CHECKING:
    from rich.text import Text

Reader = Callable[[], str]
"""Returns the next line. Raises EOFError at the end of the input, and KeyboardInterrupt for a Ctrl-C."""
SHOWN = 50
"""Characters of a prompt in a greeting."""


def run_loop(bench: Bench, read: Reader, keeper: Keeper, *, welcome: bool = False) -> int:
    """Read lines and do them until ``quit``, Ctrl-D, or the end of the terminal; return the exit code.

    A Ctrl-C while a line is typed clears it; while a line is done it stops that, and what was finished is kept.
    """
    from promptkit.console.welcome import first_run

    bench.last = keeper.last
    try:
        if welcome:
            first_run(bench, read)
        else:
            greet(bench, keeper)
        while True:
            _next(bench, read, keeper)
    except (Leave, EOFError):
        _part(bench)
        with undisturbed():
            keeper.end(_left(bench))
    finally:
        keeper.release()
    return OK


def _next(bench: Bench, read: Reader, keeper: Keeper) -> None:
    """Read one line and do it. Raises Leave and EOFError."""
    try:
        line = read()
        if line.strip():
            do(bench, line)
            bench.warm_up()
        with undisturbed():
            keeper.keep(_left(bench))
    except KeyboardInterrupt:
        return


def _left(bench: Bench) -> Left:
    return Left(desk=bench.desk, commands=tuple(bench.commands), cut_off=True)


def greet(bench: Bench, keeper: Keeper) -> None:
    """Say where one is, and offer to go on with a console that was killed."""
    from promptkit import __version__

    console = stdout()
    console.print(safe_text(f"promptkit {__version__}", "bold"))
    console.print(safe_text(_about(bench), "bright_black"), soft_wrap=True)
    if keeper.trouble:
        warn(keeper.trouble)
    if keeper.last is not None and keeper.last.cut_off:
        console.print(_offer(keeper.last))


def _about(bench: Bench) -> str:
    place = f"Pictures go to {bench.library}" if bench.library else "Pictures stay in memory"
    return f"Type a prompt; help lists the verbs, Ctrl-D leaves. The model is {bench.desk.model}.\n{place}."


def _offer(last: Left) -> Text:
    said = " ".join(last.desk.text.split()) or "an empty prompt"
    said = said if len(said) <= SHOWN else f"{said[: SHOWN - 1]}…"
    return safe_text(f"The last console was cut off at: {said}") + safe_text("\nlast goes on with it.", "bright_black")


def _part(bench: Bench) -> None:
    """Say what is kept, and where."""
    made = sum(len(result.ranked) for result in bench.runs)
    if not made:
        return
    pictures = f"{made} picture{'' if made == 1 else 's'}"
    if bench.library is None:
        say(f"{pictures} were made, and kept nowhere.")
        return
    say(
        f"{pictures} of this session lie in {bench.library}; promptkit library list shows them. "
        "last brings the desk back next time."
    )
