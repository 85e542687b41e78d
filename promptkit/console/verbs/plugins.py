"""The commands that plugins bring, as verbs: each is run as ``promptkit NAME …`` would run it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from promptkit.commanding import command_line
from promptkit.console.verb import Answer, Verb
from promptkit.errors import PluginError, SettingsError
from promptkit.registry import Registry

if TYPE_CHECKING:
    from click import ClickException


class PluginVerbs(Mapping[str, Verb]):
    """Verbs by name, which are looked for when somebody first asks; no command is imported before it is used."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    @cached_property
    def _found(self) -> dict[str, Verb]:
        from promptkit.cli.app import COMMANDS
        from promptkit.cli.plugin_commands import named_offers

        usable, taken = named_offers(COMMANDS)
        told = {name: offer.summary for name, offer in usable.items()}
        told |= {offer.qualified: offer.summary for offer in taken}
        for name, registered in self._registry.all("command").items():
            if name not in COMMANDS:
                told.setdefault(name, f"{registered.value.get_short_help_str()} ({registered.plugin.name})")
        return {name: _verb(name, summary) for name, summary in sorted(told.items())}

    def __getitem__(self, name: str) -> Verb:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _verb(name: str, summary: str) -> Verb:
    return Verb(
        name=name,
        summary=summary,
        usage=f"{name} …",
        examples=(f"help {name}", f"{name} --help"),
        run=lambda _, rest: _run(name, _words(name, rest)),
        command=lambda _, rest: command_line(name, {}, _words(name, rest)) or "",
        tell=lambda _: _run(name, ["--help"]),
    )


def _words(name: str, rest: str) -> list[str]:
    """Part a line as a shell does. Raises SettingsError for a quotation mark that stands alone."""
    try:
        return shlex.split(rest)
    except ValueError as error:
        raise SettingsError(
            f"What stands behind {name} cannot be parted: {error}.", hint=f"Close it; a prompt begins with : {name}"
        ) from error


def _run(name: str, words: list[str]) -> Answer:
    """Run the command, which writes where it likes; a failure of it is one message. Raises PromptkitError."""
    import click

    from promptkit.cli.app import app

    try:
        code = app.main([name, *words], prog_name="promptkit", standalone_mode=False)
    except click.ClickException as error:
        raise _refused(name, error) from error
    except click.Abort:
        raise KeyboardInterrupt from None
    except SystemExit as end:
        code = end.code
    if isinstance(code, str):
        raise PluginError(f"{name}: {code}")
    if isinstance(code, int) and code != 0:
        raise (SettingsError if code == SettingsError.exit_code else PluginError)(f"{name} ended with {code}.")
    return ()


def _refused(name: str, error: ClickException) -> SettingsError:
    return SettingsError(error.format_message(), hint=f"help {name} says how it is written.")
