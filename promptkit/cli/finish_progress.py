"""Progress of a chain on many files, on stderr: a bar on a terminal, a line a file elsewhere."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from promptkit.cli.output import say, stderr
from promptkit.terminal import one_line, visible

if TYPE_CHECKING:
    from promptkit.finish import FinishStep


class NoProgress:
    """A context manager that is told how far a command is, and keeps it to itself."""

    def __enter__(self) -> NoProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave no trace."""

    def begin(self, image: Path) -> None:
        """A file is about to be read."""

    def step(self, step: FinishStep) -> None:
        """A step is about to be run on it."""

    def end(self) -> None:
        """The file is done."""


class FinishLines(NoProgress):
    """A line for each file of several."""

    def __init__(self, count: int) -> None:
        self._count, self._at = count, 0

    def begin(self, image: Path) -> None:
        self._at += 1
        if self._count > 1:
            say(f"{self._at} of {self._count}: {one_line(str(image))}")


class FinishBar(NoProgress):
    """A bar of files, with the step that is at work."""

    def __init__(self, count: int) -> None:
        from promptkit.cli.progress import bars

        self._progress = bars()
        self._files = self._progress.add_task("reading", total=count)
        self._name = ""

    def __enter__(self) -> FinishBar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, image: Path) -> None:
        self._name = one_line(image.name)
        self._progress.update(self._files, description=self._name)

    def step(self, step: FinishStep) -> None:
        self._progress.update(self._files, description=f"{self._name}: {visible(step.name)}")

    def end(self) -> None:
        self._progress.advance(self._files)


def finish_progress(count: int, *, quiet: bool) -> NoProgress:
    """Return what suits stderr."""
    if quiet:
        return NoProgress()
    return FinishBar(count) if stderr().is_terminal else FinishLines(count)
