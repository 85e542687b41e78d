"""Progress of a run on stderr: steps while denoising, candidates as they are finished."""

from __future__ import annotations

from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from promptkit.cli.output import stderr
from promptkit.interfaces import StepEvent
from promptkit.run import Event, Loading, Ready
from promptkit.terminal import visible


class RunProgress:
    """A context manager that gives the session's ``on_event``; it draws nothing where stderr is no terminal."""

    def __init__(self, candidates: int) -> None:
        console = stderr()
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._candidates = self._progress.add_task("candidates", total=candidates, start=False)
        self._steps = self._progress.add_task("steps", total=None, visible=False)

    def __enter__(self) -> RunProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Loading):
            self._progress.update(self._candidates, description=f"loading {visible(event.what)}")
        elif isinstance(event, StepEvent):
            self._progress.start_task(self._candidates)
            self._progress.update(self._candidates, description="candidates")
            self._progress.update(self._steps, completed=event.step, total=event.num_inference_steps, visible=True)
        elif isinstance(event, Ready):
            self._progress.advance(self._candidates)
