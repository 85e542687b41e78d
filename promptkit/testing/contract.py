"""A contract being checked: what holds, what does not, what could not be tried."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from promptkit.errors import ContractError, PromptkitError
from promptkit.plugins.record import PluginRecord
from promptkit.plugins.results import checked
from promptkit.testing.drawn import every
from promptkit.testing.watched import Hung, Watch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")
Probe = Callable[[], object]
LOGGER = "promptkit.testing"
"""What is being checked is told here: ``plugins check`` shows it."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One sentence of a contract, and whether it holds."""

    name: str
    ok: bool | None
    """``None`` where it could not be tried."""
    detail: str = ""
    """What was called, with what, and what came back; why it could not be tried."""
    cure: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was checked of one thing."""

    subject: str
    """``"expander 'weather'"``"""
    checks: tuple[Check, ...]

    @property
    def broken(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.ok is False)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Finding(Exception):
    """Something that does not hold: what came back, and the cure."""

    def __init__(self, detail: str, cure: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.cure = cure


class NotTried(Exception):
    """Something that cannot be tried here, with the reason."""


class Contract:
    """The contract of one thing while it is checked; a call of the thing may take ``seconds``."""

    def __init__(self, subject: str, *, seconds: float) -> None:
        self.subject = subject
        self.watch = Watch(seconds)
        logging.getLogger(LOGGER).info("%s", subject)
        self._checks: list[Check] = []

    def check(self, name: str, probe: Probe) -> bool:
        """Run a probe that raises Finding where ``name`` does not hold; say whether it does."""
        made = Check(name=name, ok=None, detail="a call before it did not come back") if self.watch.hung else None
        if made is None:
            made = _outcome(name, probe)
        self._checks.append(made)
        return made.ok is True

    @property
    def broken(self) -> bool:
        """Whether anything did not hold so far."""
        return any(check.ok is False for check in self._checks)

    def every(
        self, name: str, case: SearchStrategy[Any], probe: Callable[..., object], *, examples: int, shrink: bool = True
    ) -> bool:
        """Run a probe on drawn tuples of its arguments; say whether ``name`` holds for all of them."""
        return self.check(name, lambda: every(case, lambda drawn: probe(*drawn), examples=examples, shrink=shrink))

    def call(
        self,
        what: str,
        function: Callable[[], T],
        *,
        cure: str = "",
        refusals: tuple[type[PromptkitError], ...] = (),
    ) -> T:
        """Call the thing under watch; ``what`` is how the call reads.

        Raises Finding where it raises or hangs, NotTried where it raises one of ``refusals``: it may.
        """
        try:
            return self.watch.call(function)
        except Hung as error:
            raise Finding(f"{what} {error}", "Bound the work; what takes long belongs in load().") from None
        except refusals as error:
            raise NotTried(f"{error} {error.hint or ''}".strip()) from error
        except (Exception, SystemExit) as error:
            raise Finding(f"{what} raised {type(error).__name__}: {_one_line(error)}", cure) from error

    def close(self) -> Report:
        """Return the report. Raises ContractError with the first thing that does not hold."""
        self.check("leaves the process alone", self._left_alone)
        report = Report(subject=self.subject, checks=tuple(self._checks))
        for check in report.broken:
            raise ContractError(
                f"{self.subject} does not hold: {check.name}. {check.detail}", report=report, hint=check.cure or None
            )
        return report

    def _left_alone(self) -> None:
        if self.watch.touched:
            raise Finding(
                f"a call changed {' and '.join(sorted(self.watch.touched))}",
                "Draw from the generator that is handed in; give torch and numpy a generator of your own.",
            )


def check_registered(value: Any, hook: str) -> None:
    """Raise Finding for what the hook's registration would leave out, and for a class without a docstring."""
    plugin = PluginRecord(name=type(value).__module__.partition(".")[0], version="")
    for found in checked(plugin, hook, [value]):
        if isinstance(found, PromptkitError):
            raise Finding(str(found), found.hint or "")
    check_docstring(value)


def check_docstring(value: Any) -> None:
    if not (type(value).__doc__ or "").strip():
        raise Finding(f"the class {type(value).__name__} has no docstring", "Say in one line what it does.")


def check_json(value: Any, what: str) -> None:
    """Raise Finding for what cannot stand in a recipe."""
    try:
        json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Finding(
            f"{what} is no plain JSON: {_one_line(error)}", "It goes into every recipe: texts, finite numbers, lists."
        ) from None


def require(holds: bool, detail: str, cure: str = "") -> None:
    if not holds:
        raise Finding(detail, cure)


def _outcome(name: str, probe: Probe) -> Check:
    try:
        probe()
    except NotTried as reason:
        return Check(name=name, ok=None, detail=str(reason))
    except Exception as error:
        found = next(_findings(error), None)
        if found is None:
            raise
        return Check(name=name, ok=False, detail=found.detail, cure=found.cure)
    return Check(name=name, ok=True)


def _findings(error: BaseException) -> Iterator[Finding]:
    """Yield the findings in an error: hypothesis brings them in groups where they come and go."""
    if isinstance(error, Finding):
        yield error
    for inner in getattr(error, "exceptions", ()):
        yield from _findings(inner)


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else f"{text[:199]}…"
