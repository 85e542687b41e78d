"""The commands ``plugins install`` and ``plugins uninstall``: they show, say what that means, ask, and look afterwards
whether it works."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import FAILURE
from promptkit.cli.output import say, show_table, warn, write_json

if TYPE_CHECKING:
    from promptkit.installing.environment import Environment
    from promptkit.installing.plan import Change
    from promptkit.installing.trial import Trial

THIRD_PARTY = "A plugin is code of its author's, which runs with all your rights. Install what you trust."


@click.command()
@click.argument("specs", nargs=-1, required=True, metavar="SPEC…")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("-U", "--upgrade", is_flag=True, help="Take the newest version, also where one is installed.")
@click.option("--source", is_flag=True, help="Allow what has no wheel; building it runs its code at once.")
@click.option("--packs", is_flag=True, help="Style packs alone: take it back where it brings code.")
@click.option("--allow-core", is_flag=True, help="Let it move torch, diffusers, transformers and the like.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def install(
    specs: tuple[str, ...], yes: bool, upgrade: bool, source: bool, packs: bool, allow_core: bool, as_json: bool
) -> None:
    """Install plugins: names, name==version, wheels, folders, addresses.

    What would change is shown first. pip's own settings hold: PIP_INDEX_URL, PIP_FIND_LINKS and the others.
    """
    from promptkit.installing.environment import this_environment
    from promptkit.installing.plan import check_specs, conflicts, plan

    check_specs(specs)
    if packs and source:
        raise click.UsageError("--packs and --source exclude each other: packs come in wheels.")
    environment = this_environment()
    command = environment.install(specs, upgrade=upgrade, source=source)
    warned = _warn_early(specs, yes=yes, as_json=as_json)
    say("Asking the installer what would change…")
    changes = plan(environment, specs, upgrade=upgrade, source=source)
    document: dict[str, Any] = {
        "changes": [{**asdict(change), "kind": change.kind, "core": change.core} for change in changes],
        "command": command,
        "conflicts": (lost := conflicts(changes)),
    }
    if not changes:
        _finish({**document, "installed": False}, "Everything is installed already.", as_json=as_json)
        return
    _show(changes, lost, command, warned=warned)
    _check_core(changes, allowed=allow_core)
    _ask("Install it?", yes=yes, as_json=as_json)
    _run(command)
    trial = _tried(environment, changes, packs=packs, yes=yes or as_json)
    told = f"Installed: {', '.join(plugin['name'] for plugin in trial.plugins)}. promptkit plugins list shows them."
    _finish({**document, "installed": True, "plugins": list(trial.plugins)}, told, as_json=as_json)


@click.command()
@click.argument("name")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def uninstall(name: str, yes: bool, as_json: bool) -> None:
    """Uninstall the package of a plugin; what it needed stays. Nothing of it is imported."""
    from promptkit.errors import SettingsError
    from promptkit.installed.distributions import canonical
    from promptkit.installed.finding import find
    from promptkit.installed.switches import switch
    from promptkit.installing.environment import this_environment

    made = find(name).distribution
    if canonical(made.name) == "promptkit":
        raise SettingsError("That is promptkit itself.", hint="python -m pip uninstall promptkit")
    command = this_environment().uninstall([made.name])
    say(f"This uninstalls {made.name} {made.version}, which brings {', '.join(made.plugin_names)}.")
    say(f"The command: {shlex.join(command)}")
    _ask("Uninstall it?", yes=yes, as_json=as_json)
    _run(command)
    switch({made.name, *made.plugin_names, *(f"{made.name}.{own}" for own in made.plugin_names)}, on=True)
    document = {"distribution": made.name, "version": made.version, "command": command}
    _finish(document, f"Uninstalled {made.name}.", as_json=as_json, kind="plugin-uninstall")


def _warn_early(specs: Sequence[str], *, yes: bool, as_json: bool) -> bool:
    """Ask before anything is looked at that runs its code for that; say whether there was such a thing."""
    from promptkit.installing.plan import runs_at_once

    if early := [spec for spec in specs if runs_at_once(spec)]:
        warn(f"Looking at {', '.join(early)} runs its code already, to build it. {THIRD_PARTY}")
        _ask("Look at it?", yes=yes, as_json=as_json)
    return bool(early)


def _show(changes: Sequence[Change], lost: Sequence[str], command: Sequence[str], *, warned: bool) -> None:
    """Say on stderr what would change, and by which command."""
    rows = [(change.name, change.kind, change.before or "", change.after) for change in changes]
    show_table(("package", "is", "from", "to"), rows, err=True)
    for conflict in lost:
        warn(conflict)
    say(f"The command: {shlex.join(command)}")
    if not warned:
        warn(THIRD_PARTY)


def _check_core(changes: Sequence[Change], *, allowed: bool) -> None:
    from promptkit.errors import PluginError

    moved = [f"{change.name} {change.before} → {change.after}" for change in changes if change.core]
    if moved and not allowed:
        raise PluginError(
            f"It would change what promptkit stands on: {', '.join(moved)}. Nothing was installed.",
            hint="Pictures may come out otherwise then. --allow-core does it all the same.",
        )


def _ask(question: str, *, yes: bool, as_json: bool) -> None:
    """Go on when the user says so. Raises UsageError where nobody can be asked."""
    from promptkit.errors import SettingsError

    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise SettingsError("Nobody can be asked here. Nothing was changed.", hint="-y goes on without asking.")
    if not click.confirm(question, err=True):
        say("Nothing was changed.")
        sys.exit(FAILURE)


def _run(command: Sequence[str]) -> None:
    from promptkit.errors import PluginError
    from promptkit.installing.plan import last_lines, run

    say("At work…")
    done = run(command)
    if done.returncode != 0:
        raise PluginError(
            f"{command[0]} failed: {last_lines(done.stderr)}", hint=f"Try it yourself: {shlex.join(command)}"
        )


def _tried(environment: Environment, changes: Sequence[Change], *, packs: bool, yes: bool) -> Trial:
    """Try what was installed. Raises PluginError where it is of no use, having taken it back unless the user said
    no."""
    from promptkit.errors import PluginError
    from promptkit.installing.trial import try_out, undo

    say("Loading it in a process of its own…")
    trial = try_out(environment, changes, packs=packs)
    if trial.wrong is None:
        return trial
    if not yes:
        warn(f"It was installed, but {trial.wrong}.")
        if not click.confirm("Take it back?", default=True, err=True):
            raise PluginError("It was left as it is.", hint="promptkit plugins list says how it is.")
    left = undo(environment, changes)
    said = "Everything is as it was." if left is None else f"Not all of it could be taken back: {left}."
    because = f", because {trial.wrong}" if yes else ""
    raise PluginError(f"It was taken back{because}. {said}", hint="Ask its author.")


def _finish(document: dict[str, Any], told: str, *, as_json: bool, kind: str = "plugin-install") -> None:
    if as_json:
        write_json(kind, document)
    else:
        say(told)
