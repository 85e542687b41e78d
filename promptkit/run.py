"""One run while it lasts: what happens is told, what is decoded is scored and written at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from promptkit.interfaces import Ranker, StepEvent
from promptkit.metadata import write_png
from promptkit.output import write_file
from promptkit.prompt import Prompt
from promptkit.records import FINISHED, Candidate, Recipe, Result


@dataclass(frozen=True)
class Loading:
    """A model or a ranker is about to be loaded."""

    what: str


@dataclass(frozen=True)
class Ready:
    """A candidate is finished, scored, and written if it was to be."""

    candidate: Candidate


Event = Loading | StepEvent | Ready
OnEvent = Callable[[Event], object]


def silent(_: Event) -> None:
    """Tell nobody."""


class Run:
    """The candidates of one run as they come in: scored, written, told about."""

    def __init__(
        self, recipe: Recipe, prompt: Prompt, ranker: Ranker | None, folder: Path | None, tell: OnEvent
    ) -> None:
        self.recipe, self.prompt, self.ranker, self.folder, self.tell = recipe, prompt, ranker, folder, tell
        self.candidates: list[Candidate] = []
        self.notes: list[str] = []
        """What went wrong without ending the run, in words for the user."""

    @property
    def finished(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates if candidate.outcome == FINISHED]

    def step(self, event: StepEvent) -> None:
        self.tell(event)

    def take(self, batch: Sequence[Candidate]) -> None:
        done = [candidate for candidate in batch if candidate.outcome == FINISHED]
        by_index = {candidate.index: score for candidate, score in zip(done, self._scores(done), strict=True)}
        for candidate in batch:
            ready = replace(candidate, scores=dict(by_index.get(candidate.index, {})))
            if self.folder is not None and ready.image is not None:
                ready = self._written(ready, self.folder)
            self.candidates.append(ready)
            self.tell(Ready(ready))

    def _scores(self, done: Sequence[Candidate]) -> Sequence[Mapping[str, float]]:
        """Score finished candidates. A ranker that fails is left out from then on: the pictures are worth keeping."""
        if self.ranker is None or not done:
            return [{}] * len(done)
        try:
            scores = self.ranker.score(self.prompt, done)
            if len(scores) != len(done):
                raise ValueError(f"{len(scores)} scores for {len(done)} candidates")
        except Exception as error:
            name, self.ranker = self.ranker.name, None
            self.notes.append(f"The ranker '{name}' failed and was left out: {type(error).__name__}: {error}")
            return [{}] * len(done)
        return scores

    def _written(self, candidate: Candidate, folder: Path) -> Candidate:
        assert candidate.image is not None
        image = candidate.image
        target = folder / f"{self.recipe.id}-{candidate.seed}.png"
        path = write_file(target, lambda handle: write_png(handle, image, self.recipe, candidate))
        return replace(candidate, path=str(path))

    def result(self) -> Result:
        return Result(prompt=self.prompt, candidates=tuple(self.candidates), recipe=self.recipe)
