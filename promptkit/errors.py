"""The exceptions promptkit raises; every one of them can be shown to a user as it is.

::

    PromptkitError
    ├── PromptError        a prompt that cannot be read; knows line, column and draws a caret
    │   └── QueryError     a search of the library that cannot be read; likewise
    ├── PackError          a style pack that cannot be read; knows file, line, column and key
    ├── WildcardError      a wildcard file that cannot be read; knows file and line
    ├── UnknownNameError   a style, model, sampler, … that is not registered; suggests near ones
    ├── SettingsError      a value out of range: steps, size, seed, weight
    ├── ModelError         a model or ranker that cannot be loaded
    ├── ScoringError       a ranker that failed, or gave what are no scores
    ├── GenerationError    a run that could not make any picture
    ├── Interrupted        a run that was stopped; brings the finished part along
    ├── OutputError        a file or folder that cannot be written
    ├── MetadataError      a picture whose recipe cannot be read
    ├── LibraryError       a library that cannot be opened, read or written
    │   └── Unwritable     a library that can be read and not be written to
    └── PluginError        a plugin that breaks the contract of a hook
        └── ContractError  what promptkit.testing found; brings the report along
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from promptkit.names import shortened


class PromptkitError(Exception):
    """Say what happened in ``message`` and what to do next in ``hint``.

    ``exit_code`` is what the command line leaves with: 1 for a failure, 2 for a wrong request.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class PromptError(PromptkitError):
    """A prompt that its dialect refuses, with the place of the first offence.

    ``position`` is an offset in characters into ``text``; ``line`` and ``column`` count from 1.
    """

    exit_code = 2

    def __init__(self, message: str, *, text: str = "", position: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.text = text
        self.position = position

    @property
    def line(self) -> int | None:
        return None if self.position is None else self.text.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int | None:
        return None if self.position is None else self.position - self.text.rfind("\n", 0, self.position)

    @property
    def excerpt(self) -> str | None:
        """The offending line, cut to at most 60 characters, over a caret under the offence."""
        if self.position is None:
            return None
        begin = self.text.rfind("\n", 0, self.position) + 1
        end = self.text.find("\n", self.position)
        end = len(self.text) if end < 0 else end
        left = max(begin, self.position - 30)
        shown = self.text[left : min(end, left + 60)]
        return f"{shown}\n{' ' * (self.position - left)}^"


class QueryError(PromptError):
    """A search of the library that cannot be read, with the place of the first offence."""


class PackError(PromptkitError):
    """A style pack that cannot be read; ``line`` and ``column`` count from 1."""

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        key: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.line = line
        self.column = column
        self.key = key

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        key = f"{self.key}: " if self.key else ""
        return f"{place}: {key}{self.message}" if place else f"{key}{self.message}"


class WildcardError(PromptkitError):
    """A wildcard file that cannot be read; ``line`` counts from 1, and the hint says how to mend the file."""

    exit_code = 2

    def __init__(self, message: str, *, file: str, line: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}"


class UnknownNameError(PromptkitError):
    """A name that nothing has registered; ``suggestions`` come nearest first."""

    exit_code = 2

    def __init__(self, kind: str, name: str, suggestions: Sequence[str] = (), *, hint: str | None = None) -> None:
        self.kind = kind
        self.name = name
        self.suggestions = tuple(suggestions)
        if hint is None and self.suggestions:
            hint = "Did you mean " + " or ".join(f"'{near}'" for near in self.suggestions) + "?"
        super().__init__(f"There is no {kind} named '{shortened(name)}'.", hint=hint)


class SettingsError(PromptkitError):
    """A setting out of its range; the message names the setting, the value and the range."""

    exit_code = 2


class ModelError(PromptkitError):
    """A model or ranker that cannot be loaded; the hint says what to do about it."""


class ScoringError(PromptkitError):
    """A ranker that failed, or gave what are no scores; the pictures are there all the same."""


class GenerationError(PromptkitError):
    """A run in which no candidate could be finished."""


GOES_ON = " promptkit resume goes on with a run."
"""What a hint ends in where a run may have been cut off; who knows the run says its number instead."""


class Interrupted(PromptkitError):
    """A run that was stopped by Ctrl-C; ``result``, a ``records.Result``, holds what was finished, ``None`` when
    nothing was."""

    exit_code = 130

    def __init__(self, result: Any) -> None:
        kept = () if result is None else result.ranked
        written = [candidate.path for candidate in kept if candidate.path]
        pictures = f"{len(kept)} picture{'' if len(kept) == 1 else 's'} finished"
        folder = f" in {PurePath(written[0]).parent}" if written else ""
        best = f"the best {len(written)} " if 0 < len(written) < len(kept) else ""
        super().__init__(f"{pictures} and {best}kept{folder}." if kept else "Stopped before anything was finished.")
        self.result = result


class OutputError(PromptkitError):
    """A file or folder that cannot be written."""


class MetadataError(PromptkitError):
    """A picture that cannot be opened, or whose recipe cannot be read."""


class LibraryError(PromptkitError):
    """A library that cannot be opened, read or written; the hint says the way out."""


class Unwritable(LibraryError):
    """A library that can be read and not be written to."""


class PluginError(PromptkitError):
    """A plugin that breaks the contract of a hook; the message names the plugin."""


class ContractError(PluginError):
    """Something that does not keep the contract of its kind; ``report``, a ``testing.Report``, holds all that was
    checked."""

    def __init__(self, message: str, *, report: Any, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.report = report
