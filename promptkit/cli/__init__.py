"""The command ``promptkit``: data on stdout, progress and errors on stderr, exit codes 0, 1, 2, 3, 130."""

from __future__ import annotations

import sys

from promptkit.errors import PromptkitError

OK, FAILURE, USAGE, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 130


def main() -> None:
    """Run the command line; every failure ends in one clear message."""
    from promptkit.cli.app import app

    try:
        app.main(standalone_mode=True)
    except PromptkitError as error:
        from promptkit.cli.output import show_error

        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(OK)
