"""A script of verbs: lines from a file or a pipe, done one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from promptkit.cli.output import say, show_error
from promptkit.console.bench import Bench
from promptkit.console.doing import do, worst
from promptkit.console.verb import Leave
from promptkit.errors import PromptkitError, SettingsError

COMMENT = "#"
MORE = "\\"
"""At the end of a line: the next one belongs to it."""
LONGEST = 2**16
"""Bytes of a line: twice what a prompt may be."""
GO_ON = (0, 3)
"""Exit codes of a line after which a script goes on anyway."""
STOPPED = 130


def run_script(bench: Bench, source: BinaryIO, *, keep_going: bool = False) -> int:
    """Do every line of a script; return the worst of their exit codes.

    It ends with the first line that fails; with ``keep_going`` it does not, and only Ctrl-C and ``quit`` end it. Where
    a line fails, its number is told on stderr.
    """
    codes = [0]
    bench.scripted = True
    try:
        for number, line in numbered(source):
            code = _tell(line) if isinstance(line, PromptkitError) else do(bench, line)
            codes.append(code)
            if code not in GO_ON:
                say(f"This was line {number}.")
                if code == STOPPED or not keep_going:
                    break
    except Leave:
        pass
    except KeyboardInterrupt:
        say("Stopped.")
        codes.append(STOPPED)
    return worst(codes)


def numbered(source: BinaryIO) -> Iterator[tuple[int, str | PromptkitError]]:
    """Yield the lines that say something, each with the number of its first, whatever the line ends are; what cannot
    be read is yielded as an error. Comments and empty lines are left out."""
    begun, parts = 0, list[str]()
    for number, read in enumerate(_read(source), start=1):
        if isinstance(read, PromptkitError):
            yield number, read
            continue
        text = read if parts else read.strip()
        if not parts and (not text or text.startswith(COMMENT)):
            continue
        begun = begun if parts else number
        parts.append(text.removesuffix(MORE))
        if not text.endswith(MORE):
            yield begun, "\n".join(parts)
            parts = []
    if parts:
        yield begun, SettingsError("It ends in a backslash, and no line follows.", hint="Take the backslash away.")


def _read(source: BinaryIO) -> Iterator[str | PromptkitError]:
    first = True
    while raw := source.readline(LONGEST + 1):
        if len(raw) > LONGEST:
            _skip(source, raw)
            yield SettingsError(f"A line is longer than {LONGEST // 1024} KiB.", hint="A prompt has 32 KiB at most.")
            continue
        try:
            yield raw.decode("utf-8-sig" if first else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            yield SettingsError(
                f"A line is no UTF-8: byte {error.start + 1} is {raw[error.start]:#04x}.",
                hint="Save the script as UTF-8.",
            )
        first = False


def _skip(source: BinaryIO, raw: bytes) -> None:
    """Read to the end of a line, a piece at a time."""
    while raw and not raw.endswith(b"\n"):
        raw = source.readline(LONGEST)


def _tell(error: PromptkitError) -> int:
    show_error(error)
    return error.exit_code
