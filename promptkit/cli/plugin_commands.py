"""Commands that plugins bring: their names come from metadata, their code is imported when one of them is used."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import click

from promptkit.cli.lazy import LazyGroup
from promptkit.errors import PluginError, PromptkitError
from promptkit.installed.distributions import COMMANDS, Distribution, Entry, distributions, is_plain
from promptkit.installed.switches import disabled_names, is_on

PASSED_ON = (PromptkitError, click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError)
"""What a plugin's command may raise to say something to the user."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A command that an installed distribution names."""

    distribution: Distribution
    entry: Entry

    @property
    def owner(self) -> str:
        """The plugin's name, or the distribution's where it has several plugins or none."""
        names = self.distribution.plugin_names
        return names[0] if len(names) == 1 else self.distribution.name

    @property
    def qualified(self) -> str:
        return f"{self.owner}/{self.entry.name}"

    @property
    def summary(self) -> str:
        (summary, *_) = self.distribution.headers().get("summary") or [""]
        return f"{summary or 'A command'} ({self.distribution.name})"

    def load(self) -> click.Command:
        """Import the command. Raises PluginError for whatever goes wrong."""
        from promptkit.plugins.discovery import check_fit
        from promptkit.plugins.quiet import keep_output

        try:
            with keep_output():
                check_fit(self.distribution)
                command = self.entry.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise self.broken(error, "cannot be loaded") from error
        if not isinstance(command, click.Command):
            said = f"The command '{self.entry.name}' of plugin '{self.owner}' is no command: {self.entry.value}."
            raise PluginError(said, hint=f"Its author names a click command. {self._cure}")
        return command

    def broken(self, error: BaseException, what: str) -> PluginError:
        """Return what to say of a command that raised."""
        said = f"{type(error).__name__}: {error}" if not isinstance(error, PluginError) else str(error)
        return PluginError(
            f"The command '{self.entry.name}' of plugin '{self.owner}' {what}: {said}",
            hint=f"{getattr(error, 'hint', None) or ''} {self._cure}".strip(),
        )

    @property
    def _cure(self) -> str:
        return (
            f"Update {self.distribution.name}, or switch it off: promptkit plugins disable {self.owner}. "
            "PROMPTKIT_STRICT_PLUGINS=1 shows where it happens."
        )


class PluginGroup(LazyGroup):
    """The commands of its table, and those of plugins behind them: a plugin cannot take a name of the table, nor two
    plugins one name; ``plugin/name`` is always understood."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *sorted(named_offers(self.table)[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.table:
            return super().get_command(ctx, cmd_name)
        offer = self._offer(cmd_name)
        return _from_hooks(cmd_name) if offer is None else offer.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_commands(ctx, formatter)
        usable, taken = named_offers(self.table)
        if usable or taken:
            from promptkit.terminal import visible

            with formatter.section("Commands of plugins"):
                rows = [(name, offer.summary) for name, offer in sorted(usable.items())]
                rows += [(offer.qualified, f"{offer.summary}; '{offer.entry.name}' is taken.") for offer in taken]
                formatter.write_dl([(visible(name), visible(told).replace("\n", " ")) for name, told in rows])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            command = self.get_command(ctx, args[0])
            if command is not None:
                return args[0], command, args[1:]
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; whatever a plugin's raises is one clear message."""
        try:
            return super().invoke(ctx)
        except PASSED_ON:
            raise
        except Exception as error:
            name = ctx.invoked_subcommand
            if name is None or name in self.table or os.environ.get("PROMPTKIT_STRICT_PLUGINS", "") not in ("", "0"):
                raise
            raise self._failed(name, error) from error

    def _failed(self, name: str, error: Exception) -> PluginError:
        offer = self._offer(name)
        if offer is not None:
            return offer.broken(error, "failed")
        return PluginError(
            f"The command '{name}' of a plugin failed: {type(error).__name__}: {error}",
            hint="promptkit plugins list says which plugins bring commands.",
        )

    def _offer(self, name: str) -> Offer | None:
        """Return the plugin's command of that name. Raises PluginError for a name that two plugins bring."""
        usable, taken = named_offers(self.table)
        if name in usable:
            return usable[name]
        shared = [offer for offer in taken if offer.entry.name == name and name not in self.table]
        if shared:
            owners = " and ".join(f"'{offer.owner}'" for offer in shared)
            raise PluginError(
                f"Plugins {owners} both bring a command named '{name}'.",
                hint=f"Type {' or '.join(f'promptkit {offer.qualified}' for offer in shared)}.",
            )
        return next((offer for offer in [*usable.values(), *taken] if offer.qualified == name), None)

    def _candidates(self) -> list[str]:
        return [*self.table, *named_offers(self.table)[0]]


def offers() -> Iterator[Offer]:
    """Yield the commands that installed distributions name and that are not switched off; nothing is imported."""
    found = [(made, entry) for made in distributions() for entry in made.of(COMMANDS) if is_plain(entry.name)]
    if not found:
        return
    try:
        disabled = disabled_names()
    except PluginError:
        disabled = frozenset()
    for made, entry in found:
        if is_on(made, entry, disabled):
            yield Offer(distribution=made, entry=entry)


def named_offers(table: Collection[str]) -> tuple[dict[str, Offer], list[Offer]]:
    """Return the commands that their plain names stand for, and those whose names are taken."""
    named: dict[str, list[Offer]] = {}
    for offer in offers():
        named.setdefault(offer.entry.name, []).append(offer)
    usable = {name: found[0] for name, found in named.items() if len(found) == 1 and name not in table}
    return usable, [offer for name, found in named.items() if name not in usable for offer in found]


def _from_hooks(name: str) -> click.Command | None:
    """Return the command that a plugin registers by ``register_commands``; only for this are plugins loaded."""
    from promptkit.plugins import installed

    if next(installed(), None) is None:
        return None
    from promptkit.registry import Registry

    registry = Registry()
    if not registry.has("command", name):
        return None
    command: click.Command = registry.get("command", name)
    return command
