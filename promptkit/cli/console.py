"""The command ``console``: the interactive one on a terminal, a script of verbs on a pipe."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from promptkit.cli.options import load_options, loading, not_empty, pack_option
from promptkit.library.place import default_folder

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from promptkit.console.bench import Bench
    from promptkit.run import OnEvent


@click.command()
@click.argument("text", required=False, default="")
@click.option("--library", callback=not_empty, help="The library's folder; by default PROMPTKIT_LIBRARY, or pictures.")
@click.option(
    "--model", default="embedded", show_default=True, callback=not_empty, help="A name, a folder, a file, or a hub id."
)
@click.option("--ranker", callback=not_empty, help="name or name:checkpoint; none to leave pictures unranked.")
@click.option("--seed", type=int, default=0, show_default=True, help="The first image seed.")
@pack_option
@load_options
@click.option("--script", type=click.File("rb"), help="A file of lines to be done; - is stdin.")
@click.option("--keep-going", is_flag=True, help="In a script: go on after a line that fails.")
def console(text: str, **options: Any) -> None:
    """Open the console: type a prompt, shape it with verbs, and watch it become a picture.

    TEXT is the prompt to begin with. On a pipe, and with --script, each line is a verb or a prompt, done in order;
    lines that begin with # are comments.
    """
    bench = _bench(text, options)
    source: BinaryIO | None = options["script"] or piped()
    if source is not None:
        sys.exit(_script(bench, source, keep_going=options["keep_going"]))
    if options["keep_going"]:
        raise click.UsageError("--keep-going is for scripts: give --script, or pipe lines in.")
    sys.exit(_interactive(bench))


def piped() -> BinaryIO | None:
    """Return stdin where it is no terminal, or where what is said would go to none."""
    if sys.stdin is None:
        return None
    if sys.stdin.isatty() and sys.stdout.isatty():
        return None
    return sys.stdin.buffer


def open_console() -> None:
    """Do what ``promptkit`` does without a command: the console on a terminal, a script where lines are piped in, and
    help where there is neither."""
    context = click.get_current_context()
    source = piped()
    if source is None and sys.stdin is not None:
        context.invoke(console)
        return
    if source is None or sys.stdin.isatty() or not _peeked(source):
        from click.exceptions import NoArgsIsHelpError

        raise NoArgsIsHelpError(context)
    context.invoke(console)


def _peeked(source: BinaryIO) -> bytes:
    """Return what is there to be read, which stays there; nothing at the end of the input."""
    peek = getattr(source, "peek", None)
    return b"" if peek is None else peek(1)


def _bench(text: str, options: dict[str, Any]) -> Bench:
    """Lay out a desk. Raises SettingsError and UnknownNameError for what no session could follow."""
    from promptkit.asked import seeds_of
    from promptkit.console.bench import Bench
    from promptkit.console.desk import Desk
    from promptkit.console.history import History
    from promptkit.console.verbs.plugins import PluginVerbs
    from promptkit.registry import Registry

    seeds_of(options["seed"], 1)
    desk = Desk(text=text, model=options["model"], ranker=options["ranker"], seed=options["seed"])
    registry = Registry()
    bench = Bench(
        history=History(desk),
        registry=registry,
        library=Path(options["library"] or default_folder()),
        load=loading(options),
        packs=tuple(options["packs"]),
        watch=_watch,
        plugged=PluginVerbs(registry),
    )
    if text:
        _ = bench.prompt
    elif desk != Desk(seed=desk.seed):
        _ = bench.session
    return bench


def _watch(candidates: int) -> AbstractContextManager[OnEvent]:
    from promptkit.console.stage.watching import watch

    return watch(candidates)


def _script(bench: Bench, source: BinaryIO, *, keep_going: bool) -> int:
    from promptkit.console.scripts import run_script
    from promptkit.interrupts import ending_cleanly

    with ending_cleanly():
        return run_script(bench, source, keep_going=keep_going)


def _interactive(bench: Bench) -> int:
    from promptkit.console.editor import line_editor
    from promptkit.console.kept import Keeper
    from promptkit.console.loop import run_loop
    from promptkit.console.welcome import is_first_run

    with _ended_by_signals():
        return run_loop(bench, line_editor(bench) or _plain_line, Keeper(), welcome=is_first_run())


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Leave at once when the terminal is closed or the process is ended; a Ctrl-C is answered where it strikes. What is
    kept of the console then counts as cut off."""

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise SystemExit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, leave) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _plain_line() -> str:
    """Read a line without an editor. Raises EOFError, and KeyboardInterrupt for a Ctrl-C."""
    try:
        return input("> ")
    except (KeyboardInterrupt, EOFError):
        click.echo()
        raise
