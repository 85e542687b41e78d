"""Watching a run: on a terminal a board that is drawn anew all the time, elsewhere a line a batch."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from rich.live import Live

from promptkit.cli.output import stderr
from promptkit.cli.progress import PlainProgress
from promptkit.console.stage.board import Board
from promptkit.console.stage.pace import Pace
from promptkit.interfaces import StepEvent

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console

    from promptkit.run import Event, OnEvent

REFRESH = 8
"""Drawings a second."""


class LiveStage:
    """A context manager that is told a run's events and draws them; it leaves no trace."""

    def __init__(self, candidates: int, console: Console, pace: Pace | None = None) -> None:
        self.board = Board(candidates)
        self.pace = pace or Pace()
        self._console = console
        self._previews = not console.no_color and console.color_system is not None
        self._size = console.size
        self._pushed = False
        """Whether lines of a drawing may have been pushed out of the screen's top."""
        self._live = self._new()

    def __enter__(self) -> LiveStage:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        self._fit()
        self.board.tell(event)
        if isinstance(event, StepEvent) and self._previews and self.pace.due:
            with self.pace.taking():
                image = event.preview(event.indices[0])
            self.board.show(image, f"step {event.step} of {event.num_inference_steps}")

    def _new(self) -> Live:
        return Live(self.board, console=self._console, refresh_per_second=REFRESH, transient=True)

    def _fit(self) -> None:
        """Begin anew on an empty screen where the terminal was resized so that old drawings stand on it: made narrower,
        it broke their lines; made higher after it was made lower, it brought back what it had pushed away."""
        before, now = self._size, self._console.size
        self._pushed = self._pushed or now.height < before.height
        if now.width < before.width or (self._pushed and now.height > before.height):
            self._live.stop()
            self._console.clear()
            self._live = self._new()
            self._live.start()
        self._size = now


def watch(candidates: int) -> AbstractContextManager[OnEvent]:
    """Return what shows a run of so many candidates on stderr."""
    console = stderr()
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveStage(candidates, console)
    return PlainProgress(candidates)
