"""Progress of a run on stderr: steps while denoising, candidates as they are finished."""

from __future__ import annotations

from collections import Counter
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from promptkit.cli.output import say, stderr
from promptkit.interfaces import StepEvent
from promptkit.run import Begun, Event, Finishing, Loading, Ready
from promptkit.terminal import visible


def bars() -> Progress:
    """Return bars on stderr that leave no trace: what is done, how many of how many, the time that is left."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=stderr(),
        transient=True,
    )


class RunProgress:
    """A context manager that gives the session's ``on_event``."""

    def __init__(self, candidates: int) -> None:
        self._progress = bars()
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
        elif isinstance(event, Begun):
            self._progress.console.print(_begun(event))
        elif isinstance(event, StepEvent):
            self._progress.start_task(self._candidates)
            self._progress.update(self._candidates, description="candidates")
            self._progress.update(self._steps, completed=event.step, total=event.num_inference_steps, visible=True)
        elif isinstance(event, Ready):
            self._progress.advance(self._candidates)
        elif isinstance(event, Finishing):
            self._progress.update(self._candidates, description="finishing")


class PlainProgress:
    """The same where stderr is no terminal: a line when something is loaded, and one a finished batch."""

    def __init__(self, candidates: int) -> None:
        self._candidates = candidates
        self._outcomes: Counter[str] = Counter()
        self._told = 0

    def __enter__(self) -> PlainProgress:
        return self

    def __exit__(self, *_: object) -> None:
        """Say nothing more: what was kept is said by the result."""

    def __call__(self, event: Event) -> None:
        if isinstance(event, Loading):
            say(f"loading {event.what}")
        elif isinstance(event, Begun):
            say(_begun(event))
        elif isinstance(event, Ready):
            self._outcomes[event.candidate.outcome] += 1
            done = self._outcomes.total()
            if done - self._told >= event.candidate.batch_size or done == self._candidates:
                self._told = done
                counted = ", ".join(f"{number} {outcome}" for outcome, number in self._outcomes.items())
                say(f"{done} of {self._candidates} candidates: {counted}")
        elif isinstance(event, Finishing):
            say(f"finishing seed {event.candidate.seed}")


def _begun(event: Begun) -> str:
    return f"run {event.run}; should it be cut off, promptkit resume goes on with it"


def run_progress(candidates: int) -> RunProgress | PlainProgress:
    """Return what suits stderr."""
    return RunProgress(candidates) if stderr().is_terminal else PlainProgress(candidates)
