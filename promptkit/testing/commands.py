"""The contract of a command."""

from __future__ import annotations

from typing import Any

from promptkit.testing.contract import Contract, Finding, Report, check_registered, require

MAX_SUMMARY = 100
"""Characters of the line that ``promptkit --help`` shows."""


def check_command(command: Any, *, seconds: float = 20.0) -> Report:
    """Check that a click command says what it does, and that its ``--help`` works. Raises ContractError."""
    contract = Contract(f"command '{getattr(command, 'name', '?')}'", seconds=seconds)

    def has_words() -> None:
        check_registered(command, "register_commands")
        summary = command.get_short_help_str(MAX_SUMMARY)
        require(bool(summary), "it has no help", "Give its function a docstring: one line that begins with a verb.")

    def shows_help() -> None:
        from click.testing import CliRunner

        done = contract.call("--help", lambda: CliRunner().invoke(command, ["--help"]))
        if done.exit_code != 0:
            raise Finding(f"--help ended with {done.exit_code}: {done.exception!r}", "It has to work without a model.")

    if contract.check("has a name and a line of help", has_words):
        contract.check("shows its help", shows_help)
    return contract.close()
