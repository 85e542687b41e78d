"""The command ``promptkit``: data on stdout, progress and errors on stderr, exit codes 0, 1, 2, 3, 130.

With ``--json`` an error is a document on stdout too.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from click import ClickException

    from promptkit.errors import PromptkitError

OK, FAILURE, USAGE, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 130


def main() -> None:
    """Run the command line; every failure ends in one clear message, and so does Ctrl-C while modules are imported."""
    try:
        code = _run(as_json="--json" in sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        code = INTERRUPTED
    sys.exit(code)


def _run(*, as_json: bool) -> int:
    """Run the command and return its exit code. Raises KeyboardInterrupt, and what nobody foresaw."""
    import click

    from promptkit.cli.app import app
    from promptkit.errors import PromptkitError

    try:
        code = app.main(standalone_mode=False)
    except PromptkitError as error:
        _tell(error, as_json=as_json)
        return error.exit_code
    except click.ClickException as error:
        _tell_usage(error, as_json=as_json)
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            raise
        _write(str(end.code))
        return FAILURE
    except BrokenPipeError:
        sys.stderr.close()
        return OK
    except Exception as error:
        from promptkit.installed.malformed import metadata_fault

        fault = metadata_fault(error)
        if fault is None:
            _show_trace(error)
            return FAILURE
        _tell(fault, as_json=as_json)
        return fault.exit_code
    return code if isinstance(code, int) else OK


def _tell(error: PromptkitError, *, as_json: bool) -> None:
    """Say an error on stderr, or as JSON on stdout."""
    from promptkit.cli.output import show_error, write_error

    if not as_json:
        show_error(error)
        return
    write_error(str(error), error.hint, getattr(error, "line", None), getattr(error, "column", None))


def _show_trace(error: Exception) -> None:
    """Write a traceback, whose last line may be a plugin's own words."""
    import traceback

    _write("".join(traceback.format_exception(error)).rstrip("\n"))


def _write(text: str) -> None:
    """Write text from outside on stderr."""
    from promptkit.terminal import visible

    sys.stderr.write(f"{visible(text)}\n")


def _tell_usage(error: ClickException, *, as_json: bool) -> None:
    from promptkit.cli.output import write_error

    if not as_json:
        error.show()
        return
    context = getattr(error, "ctx", None)
    write_error(error.format_message(), None if context is None else f"Try '{context.command_path} --help'.")
