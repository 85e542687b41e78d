"""Making a host with every plugin in it that is installed and not switched off."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module

from promptkit.errors import PluginError
from promptkit.installed.distributions import Distribution, Entry, canonical, distributions
from promptkit.installed.switches import LOAD_VARIABLE, chosen_names, disabled_names, is_chosen, is_disabled
from promptkit.plugins.discovery import check_fit, check_name, installed
from promptkit.plugins.host import STRICT_VARIABLE, TRACE_VARIABLE, PluginHost, Tell, log
from promptkit.plugins.record import DISABLED, SKIPPED, PluginRecord

BUILTIN_PLUGINS = (
    "promptkit.backends.plugin",
    "promptkit.embedded.plugin",
    "promptkit.expanders.plugin",
    "promptkit.finishing.plugin",
    "promptkit.rankers.plugin",
    "promptkit.searches.plugin",
)


def create_plugin_manager(
    *,
    builtins: Sequence[str] = BUILTIN_PLUGINS,
    entry_points: bool = True,
    environment: Mapping[str, str] = os.environ,
    tell: Tell = log,
) -> PluginHost:
    """Make a host with every plugin loaded, or quarantined with the reason on its record.

    ``PROMPTKIT_LOAD_PLUGINS=a,b`` loads only those of the installed ones (empty: none);
    ``PROMPTKIT_STRICT_PLUGINS=1`` raises what would else be a quarantine; ``PROMPTKIT_TRACE_PLUGINS=1`` writes every
    call of a hook to stderr. ``tell`` is given each problem once.
    """
    host = PluginHost(
        strict=_is_set(STRICT_VARIABLE, environment), trace=_is_set(TRACE_VARIABLE, environment), tell=tell
    )
    for dotted in builtins:
        record = PluginRecord(name=dotted.rpartition(".plugin")[0], version=_own_version(), builtin=True, entry=dotted)
        host.load(record, partial(import_module, dotted))
    if entry_points:
        disabled = _disabled(host, environment)
        for distribution, entry in installed():
            _add(host, distribution, entry, disabled, environment)
        _tell_unknown(host, environment)
    return host


def _add(
    host: PluginHost,
    distribution: Distribution,
    entry: Entry,
    disabled: frozenset[str],
    environment: Mapping[str, str],
) -> None:
    """Load one installed plugin, or write down why not."""
    taken = entry.name in host.records
    record = PluginRecord(
        name=f"{distribution.name}.{entry.name}" if taken else entry.name,
        version=distribution.version,
        distribution=distribution.name,
        entry=entry.value,
        notes=list(distribution.problems),
    )
    if is_disabled(distribution, entry.name, disabled):
        record.status = DISABLED
    elif not is_chosen(entry.name, environment):
        record.status = SKIPPED
        record.notes.append(f"{LOAD_VARIABLE} leaves it out")
    else:
        host.load(record, partial(_load, distribution, entry))
        return
    host.records[record.name] = record


def _tell_unknown(host: PluginHost, environment: Mapping[str, str]) -> None:
    """Tell the names in ``PROMPTKIT_LOAD_PLUGINS`` that no installed plugin has."""
    if not (chosen := chosen_names(environment)):
        return
    known = {canonical(name) for made in distributions() for name in made.plugin_names}
    for name in (name for name in chosen if canonical(name) not in known):
        host.problem(
            PluginError(
                f"{LOAD_VARIABLE} names '{name}', and no installed plugin has that name.",
                hint="promptkit plugins list says which there are.",
            )
        )


def _load(distribution: Distribution, entry: Entry) -> object:
    check_name(entry.name)
    check_fit(distribution)
    return entry.load()


def _disabled(host: PluginHost, environment: Mapping[str, str]) -> frozenset[str]:
    try:
        return disabled_names(environment)
    except PluginError as error:
        host.problem(error)
        return frozenset()


def _is_set(variable: str, environment: Mapping[str, str]) -> bool:
    return environment.get(variable, "") not in ("", "0")


def _own_version() -> str:
    from promptkit import __version__

    return __version__
