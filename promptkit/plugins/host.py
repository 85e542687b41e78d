"""Holding plugins: each is loaded and called by itself, and what goes wrong is written on its record."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pluggy

from promptkit import hookspecs
from promptkit.errors import PluginError
from promptkit.plugins.checks import check_hooks
from promptkit.plugins.quiet import keep_output, stdout_to_stderr
from promptkit.plugins.record import OK, QUARANTINED, PluginRecord

STRICT_VARIABLE = "PROMPTKIT_STRICT_PLUGINS"
TRACE_VARIABLE = "PROMPTKIT_TRACE_PLUGINS"
STRIKES = 3

Tell = Callable[[PluginError], object]


def log(problem: PluginError) -> None:
    """Tell a problem by Python's logging, which without any set-up writes it to stderr."""
    import logging

    from promptkit.terminal import visible

    text = f"{problem} {problem.hint}" if problem.hint else str(problem)
    logging.getLogger("promptkit.plugins").warning("%s", visible(text))


class PluginHost:
    """A pluggy manager with a record for each plugin. Make one with ``create_plugin_manager``."""

    def __init__(self, *, strict: bool = False, trace: bool = False, tell: Tell = log) -> None:
        self.manager = pluggy.PluginManager(hookspecs.PROJECT)
        self.manager.add_hookspecs(hookspecs)
        self.strict = strict
        self.records: dict[str, PluginRecord] = {}
        self.problems: list[PluginError] = []
        self._trace = trace
        self._tell = tell

    def problem(self, error: PluginError) -> None:
        """Keep a problem and tell it, once; raise it where plugins are held strictly."""
        if self.strict:
            raise error
        if str(error) not in map(str, self.problems):
            self.problems.append(error)
            self._tell(error)

    def register(self, plugin: object, record: PluginRecord) -> None:
        """Register a loaded plugin. Raises PluginError, with nothing registered, when a hook is misspelt or has wrong
        arguments."""
        try:
            check_hooks(plugin, record.name)
            self.manager.register(plugin, name=record.name)
        except BaseException as error:
            self._unregister(record)
            wrong = isinstance(error, (pluggy.PluginValidationError, ValueError))
            raise PluginError(str(error)) if wrong else error from None
        callers = self.manager.get_hookcallers(plugin) or []
        record.hooks = tuple(sorted(caller.name for caller in callers))
        if not callers:
            record.notes.append("implements no hook: its functions lack @hookimpl")

    def load(self, record: PluginRecord, load: Callable[[], object]) -> None:
        """Import and register one plugin; what goes wrong is written on its record. KeyboardInterrupt passes, and it is
        told where it struck: a plugin may hang."""
        began = time.perf_counter()
        self.records[record.name] = record
        try:
            with keep_output() as printed:
                self.register(load(), record)
        except KeyboardInterrupt:
            cure = f"If it hangs, switch it off: promptkit plugins disable {record.name}"
            self._tell(PluginError(f"Stopped while plugin '{record.name}' was being loaded.", hint=cure))
            raise
        except BaseException as error:
            if self.strict:
                raise
            record.error, record.cure, record.trace = _said(error), getattr(error, "hint", None), _trace(error)
            self._quarantine(record)
            self._tell_load(record)
        finally:
            record.seconds = time.perf_counter() - began
            record.printed = printed.getvalue()
        self._note(record, "load", began, record.status)

    def each(self, hook: str, **arguments: Any) -> Iterator[tuple[PluginRecord, Any]]:
        """Call a hook's implementations one by one, in order of registration; one that fails does not stop the
        others."""
        caller = getattr(self.manager.hook, hook)
        for implementation in _in_order(caller):
            record = self.records[implementation.plugin_name]
            if record.status != OK:
                continue
            wanted = {name: arguments[name] for name in implementation.argnames}
            began = time.perf_counter()
            try:
                with stdout_to_stderr():
                    answer = implementation.function(**wanted)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                self._note(record, hook, began, f"raised {type(error).__name__}")
                self.strike(record, hook, error)
            else:
                self._note(record, hook, began, _summary(answer))
                yield record, answer

    def first(self, hook: str, **arguments: Any) -> Any:
        """Return the first answer that is not ``None``; third parties are asked before built-ins."""
        answers = (answer for _, answer in self.each(hook, **arguments) if answer is not None)
        return next(answers, None)

    def notify(self, hook: str, **arguments: Any) -> None:
        """Call every implementation of an observer's hook."""
        for _ in self.each(hook, **arguments):
            continue

    def strike(self, record: PluginRecord, hook: str, error: BaseException) -> None:
        """Count a failure of a plugin against it and tell it; the third disables the plugin for the session."""
        if self.strict:
            raise error
        record.failures += 1
        record.error = f"{hook}: {_said(error)}"
        record.trace = _trace(error)
        if record.failures < STRIKES:
            cure = f"promptkit plugins disable {record.name} switches it off."
            self.problem(PluginError(f"Plugin '{record.name}' failed in {record.error}.", hint=cure))
            return
        self._quarantine(record)
        self.problem(
            PluginError(
                f"Plugin '{record.name}' failed {STRIKES} times and is left out from here on: {record.error}.",
                hint=f"Update it, or switch it off: promptkit plugins disable {record.name}",
            )
        )

    def _quarantine(self, record: PluginRecord) -> None:
        record.status = QUARANTINED
        record.hooks = ()
        self._unregister(record)

    def _unregister(self, record: PluginRecord) -> None:
        if self.manager.has_plugin(record.name):
            self.manager.unregister(name=record.name)

    def _tell_load(self, record: PluginRecord) -> None:
        cure = f"{record.cure} " if record.cure else ""
        self.problem(
            PluginError(
                f"Plugin '{record.name}' {record.version} is left out: {record.error}.",
                hint=f"{cure}promptkit plugins info {record.name} says more; plugins disable {record.name} hides this.",
            )
        )

    def _note(self, record: PluginRecord, what: str, began: float, outcome: str) -> None:
        if not self._trace:
            return
        from promptkit.terminal import visible

        milliseconds = (time.perf_counter() - began) * 1000
        sys.stderr.write(visible(f"plugins: {record.name} {what} {milliseconds:.1f} ms {outcome}") + "\n")


def _said(error: BaseException) -> str:
    """Return an error in one line, cut where it is long."""
    text = " ".join(str(error).split())
    text = text if len(text) <= 300 else f"{text[:299]}…"
    if isinstance(error, PluginError):
        return text.rstrip(".")
    return f"{type(error).__name__}: {text}".rstrip(": ").rstrip(".")


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _summary(answer: Any) -> str:
    return f"gave {len(answer)}" if isinstance(answer, (list, tuple)) else f"gave {type(answer).__name__}"


def _in_order(caller: pluggy.HookCaller) -> list[pluggy.HookImpl]:
    """Built-ins are ``trylast``, so pluggy's own order, reversed, puts them first; a firstresult hook asks the last
    first."""
    implementations = caller.get_hookimpls()
    firstresult = caller.spec is not None and bool(caller.spec.opts.get("firstresult"))
    return list(reversed(implementations)) if firstresult else list(implementations)
