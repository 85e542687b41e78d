"""Loading plugins: the built-in ones first, then those installed, one at a time, so that a broken one breaks nothing
else."""

from __future__ import annotations

import inspect
import os
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any

import pluggy

from promptkit import hookspecs
from promptkit.errors import PluginError

GROUP = "promptkit.plugins"
BUILTIN_PLUGINS = (
    "promptkit.backends.plugin",
    "promptkit.embedded.plugin",
    "promptkit.expanders.plugin",
    "promptkit.rankers.plugin",
    "promptkit.searches.plugin",
)
LOAD_VARIABLE = "PROMPTKIT_LOAD_PLUGINS"
STRICT_VARIABLE = "PROMPTKIT_STRICT_PLUGINS"
STRIKES = 3

OK = "ok"
SKIPPED = "not loaded"
QUARANTINED = "quarantined"


@dataclass
class PluginRecord:
    """What is known about one plugin, loaded or not."""

    name: str
    version: str
    status: str = OK
    error: str | None = None
    """Why it is quarantined, in one line."""
    trace: str | None = None
    seconds: float = 0.0
    """Time to import and register."""
    hooks: tuple[str, ...] = ()
    builtin: bool = False
    failures: int = field(default=0, repr=False)


class PluginHost:
    """A pluggy manager with a record for each plugin. Make one with ``create_plugin_manager``."""

    def __init__(self, *, strict: bool) -> None:
        self.manager = pluggy.PluginManager(hookspecs.PROJECT)
        self.manager.add_hookspecs(hookspecs)
        self.strict = strict
        self.records: dict[str, PluginRecord] = {}

    def register(self, plugin: object, record: PluginRecord) -> None:
        """Register a loaded plugin. Raises PluginError, with nothing registered, when a hook is misspelt or has wrong
        arguments."""
        try:
            self.manager.register(plugin, name=record.name)
            _check_hooks(plugin, record.name)
        except (PluginError, pluggy.PluginValidationError, ValueError) as error:
            if self.manager.has_plugin(record.name):
                self.manager.unregister(name=record.name)
            raise error if isinstance(error, PluginError) else PluginError(str(error)) from error
        callers = self.manager.get_hookcallers(plugin) or []
        record.hooks = tuple(sorted(caller.name for caller in callers))

    def load(self, record: PluginRecord, entry: EntryPoint | str) -> None:
        """Import and register one plugin; what goes wrong is written on its record."""
        began = time.perf_counter()
        try:
            self.register(import_module(entry) if isinstance(entry, str) else entry.load(), record)
        except (Exception, SystemExit) as error:
            if self.strict:
                raise
            self._quarantine(record, error)
        record.seconds = time.perf_counter() - began
        self.records[record.name] = record

    def each(self, hook: str, **arguments: Any) -> Iterator[tuple[PluginRecord, Any]]:
        """Call a hook's implementations one by one, in order of registration; one that fails does not stop the
        others."""
        caller = getattr(self.manager.hook, hook)
        for implementation in _in_order(caller):
            record = self.records[implementation.plugin_name]
            wanted = {name: arguments[name] for name in implementation.argnames}
            try:
                yield record, implementation.function(**wanted)
            except Exception as error:
                if self.strict:
                    raise
                self._strike(record, error)

    def first(self, hook: str, **arguments: Any) -> Any:
        """Return the first answer that is not ``None``; third parties are asked before built-ins."""
        answers = (answer for _, answer in self.each(hook, **arguments) if answer is not None)
        return next(answers, None)

    def notify(self, hook: str, **arguments: Any) -> None:
        """Call every implementation of an observer's hook."""
        for _ in self.each(hook, **arguments):
            continue

    def _strike(self, record: PluginRecord, error: Exception) -> None:
        record.failures += 1
        record.error = f"{type(error).__name__}: {error}"
        if record.failures >= STRIKES:
            self._quarantine(record, error)

    def _quarantine(self, record: PluginRecord, error: BaseException) -> None:
        record.status = QUARANTINED
        hint = getattr(error, "hint", None)
        record.error = f"{type(error).__name__}: {error}{f' {hint}' if hint else ''}"
        record.trace = "".join(traceback.format_exception(error))
        if self.manager.has_plugin(record.name):
            self.manager.unregister(name=record.name)


def _in_order(caller: pluggy.HookCaller) -> list[pluggy.HookImpl]:
    """Built-ins are ``trylast``, so pluggy's own order, reversed, puts them first; a firstresult hook asks the last
    first."""
    implementations = caller.get_hookimpls()
    firstresult = caller.spec is not None and bool(caller.spec.opts.get("firstresult"))
    return list(reversed(implementations)) if firstresult else list(implementations)


def _check_hooks(plugin: object, name: str) -> None:
    """Refuse a function marked as a hook whose name no hook has; pluggy would ignore it in silence."""
    specs = {spec for spec, value in vars(hookspecs).items() if inspect.isfunction(value) and not spec.startswith("_")}
    for attribute, value in inspect.getmembers(plugin, callable):
        if hasattr(value, f"{hookspecs.PROJECT}_impl") and attribute not in specs:
            raise PluginError(
                f"Plugin '{name}' implements '{attribute}', which is no hook.", hint=_nearest(attribute, specs)
            )


def _nearest(attribute: str, specs: set[str]) -> str:
    import difflib

    near = difflib.get_close_matches(attribute, sorted(specs), n=1, cutoff=0.0)
    return f"Did you mean '{near[0]}'?"


def create_plugin_manager(
    *,
    builtins: Sequence[str] = BUILTIN_PLUGINS,
    entry_points: bool = True,
    environment: Mapping[str, str] = os.environ,
) -> PluginHost:
    """Make a host with every plugin loaded, or quarantined with the reason on its record.

    ``PROMPTKIT_LOAD_PLUGINS=a,b`` loads only those of the installed ones (empty: none);
    ``PROMPTKIT_STRICT_PLUGINS=1`` raises what would else be a quarantine.
    """
    host = PluginHost(strict=environment.get(STRICT_VARIABLE, "") not in ("", "0"))
    for dotted in builtins:
        host.load(PluginRecord(name=dotted.rpartition(".plugin")[0], version=_own_version(), builtin=True), dotted)
    if entry_points:
        chosen = environment.get(LOAD_VARIABLE)
        wanted = None if chosen is None else {name.strip() for name in chosen.split(",") if name.strip()}
        for distribution, entry in installed():
            record = PluginRecord(name=entry.name, version=distribution.version)
            if record.name in host.records:
                record = PluginRecord(name=f"{distribution.name}:{entry.name}", version=distribution.version)
            if wanted is not None and entry.name not in wanted:
                record.status = SKIPPED
                host.records[record.name] = record
            else:
                host.load(record, entry)
    return host


def installed() -> Iterator[tuple[Distribution, EntryPoint]]:
    """Yield the entry points of installed plugins, once each, in the order of their names; nothing is imported."""
    found = [(dist, entry) for dist in distributions() for entry in dist.entry_points if entry.group == GROUP]
    seen = set()
    for dist, entry in sorted(found, key=lambda pair: (pair[0].name or "", pair[1].name)):
        if (dist.name, entry.name) not in seen:
            seen.add((dist.name, entry.name))
            yield dist, entry


def _own_version() -> str:
    from promptkit import __version__

    return __version__
