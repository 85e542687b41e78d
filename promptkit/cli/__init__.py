"""The command ``promptkit``: data on stdout, progress and errors on stderr, exit codes 0, 1, 2, 3, 130.

With ``--json`` an error is a document on stdout too.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from promptkit.errors import PromptkitError

if TYPE_CHECKING:
    from click import ClickException

OK, FAILURE, USAGE, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 130


def main() -> None:
    """Run the command line; every failure ends in one clear message."""
    import click

    from promptkit.cli.app import app

    as_json = "--json" in sys.argv[1:]
    try:
        code = app.main(standalone_mode=False)
    except PromptkitError as error:
        _tell(error, as_json=as_json)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        _tell_usage(error, as_json=as_json)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("Stopped.\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(OK)
    except Exception as error:
        from promptkit.installed.malformed import metadata_fault

        fault = metadata_fault(error)
        if fault is None:
            raise
        _tell(fault, as_json=as_json)
        sys.exit(fault.exit_code)
    sys.exit(code if isinstance(code, int) else OK)


def _tell(error: PromptkitError, *, as_json: bool) -> None:
    """Say an error on stderr, or as JSON on stdout."""
    from promptkit.cli.output import show_error, write_error

    if not as_json:
        show_error(error)
        return
    write_error(str(error), error.hint, getattr(error, "line", None), getattr(error, "column", None))


def _tell_usage(error: ClickException, *, as_json: bool) -> None:
    from promptkit.cli.output import write_error

    if not as_json:
        error.show()
        return
    context = getattr(error, "ctx", None)
    write_error(error.format_message(), None if context is None else f"Try '{context.command_path} --help'.")
