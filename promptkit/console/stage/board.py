"""What is shown of a run while it lasts: how far it is, a candidate that becomes a picture, and the best so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from promptkit.console.stage.leaders import leaderboard
from promptkit.console.stage.pictures import half_blocks, rows_of
from promptkit.interfaces import StepEvent
from promptkit.records import FINISHED, Candidate, best_first
from promptkit.run import Begun, Event, Finishing, Loading, Ready
from promptkit.terminal import visible
from promptkit.views import MUTED
from promptkit.views_candidates import by_seed

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.segment import Segment

BAR = 24
"""Cells of a bar."""
NARROW = 60
"""Cells below which there is no room for a picture beside the leaderboard."""
WIDEST = 100
"""Cells that are used at most: a terminal that is made narrower breaks the lines that are longer than it is wide."""
HEAD = 3
"""Lines above the leaderboard: two bars and an empty one; as many its own head and frame take."""
LARGEST = 40
"""Cells that the picture is wide at most."""


class Board:
    """Hears a run's events; draws itself as large as the terminal is at the moment."""

    def __init__(self, candidates: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._candidates, self._clock = candidates, clock
        self._said = "starting"
        self._done: tuple[Candidate, ...] = ()
        self._step = self._steps = self._batch = 0
        self._begun: float | None = None
        self._image: Image | None = None
        self._caption = ""
        self._drawn: tuple[Image, int, list[list[Segment]]] | None = None

    def tell(self, event: Event) -> None:
        """Take up what happened."""
        if isinstance(event, Loading):
            self._said = f"loading {visible(event.what)}…"
        elif isinstance(event, Begun):
            self._said = f"run {event.run}"
        elif isinstance(event, StepEvent):
            self._begun = self._clock() if self._begun is None else self._begun
            self._said, self._batch = "making pictures", len(event.indices)
            self._step, self._steps = event.step, event.num_inference_steps
        elif isinstance(event, Ready):
            self._take(event.candidate)
        elif isinstance(event, Finishing):
            self._said = f"finishing {by_seed(event.candidate)}…"

    def show(self, image: Image, caption: str) -> None:
        """Show a picture: what a candidate is predicted to become, or the best so far."""
        self._image, self._caption = image, caption

    def _take(self, candidate: Candidate) -> None:
        self._done = (*self._done, candidate)
        self._step = 0
        if candidate.image is not None and best_first(self.ranked)[0] is candidate:
            self.show(candidate.image, f"best so far: {by_seed(candidate)}")

    @property
    def ranked(self) -> list[Candidate]:
        """The finished candidates, best first."""
        return best_first(one for one in self._done if one.outcome == FINISHED)

    @property
    def seconds_left(self) -> float | None:
        """Return how long the rest will take at the pace so far; ``None`` before there is one."""
        if self._begun is None or not self._steps:
            return None
        done = len(self._done) * self._steps + self._step * self._batch
        whole = self._candidates * self._steps
        passed = self._clock() - self._begun
        return None if done <= self._batch else max(0.0, passed / done * (whole - done))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width - 1, WIDEST)
        height = max(HEAD * 2 + 1, console.height - 2)
        parts: list[RenderableType] = [self._bars(width)]
        body = self._body(console, width, height - HEAD)
        parts += [Text(), body] if body is not None else []
        yield from console.render(Group(*parts), options.update(width=width))

    def _bars(self, width: int) -> Table:
        grid = Table.grid(padding=(0, 1))
        bar = min(BAR, max(8, width - 40))
        for _ in range(3):
            grid.add_column(no_wrap=True, overflow="ellipsis")
        count = f"{len(self._done)} of {self._candidates}{self._left()}"
        grid.add_row(self._said, ProgressBar(max(1, self._candidates), len(self._done), width=bar), Text(count))
        if self._steps:
            told = Text(f"{self._step} of {self._steps}", MUTED)
            grid.add_row(Text("steps", MUTED), ProgressBar(self._steps, self._step, width=bar), told)
        return grid

    def _left(self) -> str:
        left = self.seconds_left
        if left is None:
            return ""
        minutes, seconds = divmod(round(left), 60)
        return f"  {minutes}:{seconds:02} left"

    def _body(self, console: Console, width: int, height: int) -> RenderableType | None:
        """The picture beside the leaderboard, in so many cells."""
        ranked = self.ranked
        table = leaderboard(ranked, limit=max(1, height - 2)) if ranked else None
        image = self._image
        colour = console.is_terminal and not console.no_color and console.color_system is not None
        if image is None or not colour or width < NARROW:
            return table
        wide = min(LARGEST, width // 3)
        while wide > 4 and rows_of(image, wide) > height - 1:
            wide -= 1
        picture = Group(_Lines(self._lines(image, wide)), Text(self._caption, MUTED, no_wrap=True, overflow="ellipsis"))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=wide)
        grid.add_column()
        grid.add_row(picture, table or Text())
        return grid

    def _lines(self, image: Image, wide: int) -> list[list[Segment]]:
        """Return a picture's half blocks, kept from one drawing to the next."""
        kept = self._drawn
        if kept is None or kept[0] is not image or kept[1] != wide:
            kept = self._drawn = (image, wide, half_blocks(image, wide))
        return kept[2]


class _Lines:
    """Lines of segments as they are."""

    def __init__(self, lines: list[list[Segment]]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment

        for line in self._lines:
            yield from line
            yield Segment.line()
