"""One run while it lasts: what happens is told, what is decoded is scored and written at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from promptkit.errors import PromptkitError, ScoringError
from promptkit.finish import Finished, FinishStep, Judge, run_chain
from promptkit.interfaces import Ranker, StepEvent
from promptkit.metadata import write_picture, write_png
from promptkit.output import write_file
from promptkit.prompt import Prompt
from promptkit.records import FAILED, FINISHED, Candidate, GenerationRequest, Recipe, Result
from promptkit.scoring import scored
from promptkit.ties import measured


@dataclass(frozen=True)
class Loading:
    """A model or a ranker is about to be loaded."""

    what: str


@dataclass(frozen=True)
class Ready:
    """A candidate has come to its end: finished, scored, and written if it was to be; or pruned, failed, blocked."""

    candidate: Candidate


@dataclass(frozen=True)
class Finishing:
    """Post-processors are about to work on a candidate."""

    candidate: Candidate


Event = Loading | StepEvent | Ready | Finishing
OnEvent = Callable[[Event], object]


def silent(_: Event) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Output:
    """Where pictures are written, and how many."""

    folder: Path
    keep: int | None = None
    """The best so many, at the end of the run; ``None`` writes each picture as soon as it is scored."""


class Run:
    """The candidates of one run as they come in, batch by batch: scored, written, told about."""

    def __init__(
        self,
        recipe: Recipe,
        prompt: Prompt,
        ranker: Ranker | None,
        output: Output | None,
        tell: OnEvent,
        *,
        plugin: str | None = None,
    ) -> None:
        self.recipe, self.prompt, self.ranker, self.output, self.tell = recipe, prompt, ranker, output, tell
        self.plugin = plugin
        """The third party that brought the ranker."""
        self.candidates: list[Candidate] = []
        self.notes: list[str] = []
        """What went wrong without ending the run, in words for the user."""
        self.unfinished: list[str] = []
        """Why steps of the chain of post-processors were left out, in words for the user."""
        self._taken: list[Candidate] = []
        """All that came; those behind ``candidates`` wait for the rest of their batch."""

    @property
    def finished(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates if candidate.outcome == FINISHED]

    @property
    def has_pictures(self) -> bool:
        """Whether any picture came, scored or not."""
        return any(candidate.outcome == FINISHED for candidate in self._taken)

    @property
    def _waiting(self) -> list[Candidate]:
        return self._taken[len(self.candidates) :]

    def step(self, event: StepEvent) -> None:
        self.tell(event)

    def take(self, candidate: Candidate) -> None:
        """Take a candidate; score and write those of its batch once all of them are there."""
        self._taken.append(candidate)
        waiting = self._waiting
        if len(waiting) >= waiting[0].batch_size:
            self._settle()

    def lose_others(self, request: GenerationRequest, error: PromptkitError) -> None:
        """Count the candidates that did not come as failed, and tell why."""
        self.notes.append(f"{error.message} The pictures that were finished are kept. {error.hint or ''}".rstrip())
        came = {candidate.index for candidate in self._taken}
        seconds = None if request.variation is None else request.variation.seeds
        self._taken += [
            Candidate(
                index=index,
                seed=seed,
                image=None,
                outcome=FAILED,
                variation_seed=None if seconds is None else seconds[index],
            )
            for index, seed in enumerate(request.seeds)
            if index not in came
        ]

    def close(self) -> None:
        """Score and write what waits, tell ties, and write the best where only those are kept."""
        self._settle()
        self._measure()
        self._write_best()

    def finish(self, steps: Sequence[FinishStep], *, every: bool, strict: bool) -> None:
        """Run post-processors on the winner, or on every candidate that was finished, and write what they make beside
        its picture."""
        if not steps or not self.finished:
            return
        best = self.result().best.index
        for place, candidate in enumerate(self.candidates):
            if candidate.outcome == FINISHED and (every or candidate.index == best):
                self.candidates[place] = self._finished(candidate, steps, strict=strict)
        self.recipe = replace(self.recipe, finish=tuple(step.to_json() for step in steps))

    def rescue(self) -> None:
        """Keep what was finished before an interrupt, written and told; a batch that was not scored stays so."""
        self._keep_waiting()
        self._write_best()

    def score(self, pictures: Sequence[Candidate]) -> Sequence[Mapping[str, float]]:
        """Score pictures that must be told apart; see ``interfaces.Score``. Raises ScoringError."""
        scores = self._asked(pictures)
        if not all(scores):
            raise ScoringError("Nothing in this prompt can be judged.")
        return scores

    def _settle(self) -> None:
        places = [i for i in range(len(self.candidates), len(self._taken)) if self._taken[i].outcome == FINISHED]
        scores = self._scores([self._taken[i] for i in places])
        for i, score in zip(places, scores, strict=True):
            self._taken[i] = replace(self._taken[i], scores=dict(score))
        self._keep_waiting()

    def _keep_waiting(self) -> None:
        """Write what waits and tell it. An interrupt at any place leaves the others waiting."""
        for candidate in self._waiting:
            ready = candidate
            if self.output is not None and self.output.keep is None:
                ready = self._written(ready)
            self.candidates.append(ready)
            self.tell(Ready(ready))

    def _write_best(self) -> None:
        if self.output is None or self.output.keep is None:
            return
        best = {candidate.index for candidate in self.result().ranked[: self.output.keep]}
        for place, candidate in enumerate(self.candidates):
            if candidate.index in best and candidate.path is None:
                self.candidates[place] = self._written(candidate)

    def _scores(self, done: Sequence[Candidate]) -> Sequence[Mapping[str, float]]:
        """Score finished candidates. A ranker that fails is left out from then on: the pictures are worth keeping."""
        if self.ranker is None or not done:
            return [{}] * len(done)
        try:
            return self._asked(done)
        except ScoringError as error:
            self.notes.append(f"{error.message} It was left out.")
            self.ranker = None
            return [{}] * len(done)

    def _asked(self, pictures: Sequence[Candidate]) -> Sequence[Mapping[str, float]]:
        """Ask the ranker. Raises ScoringError where it raises, or gives what are no scores."""
        if self.ranker is None:
            raise ScoringError("There is no ranker.")
        return scored(self.ranker, self.prompt, pictures, plugin=self.plugin)

    def _measure(self) -> None:
        """Tell which candidates are level with the best, where the ranker can measure its noise."""
        try:
            self.candidates = measured(self.ranker, self.prompt, self.candidates, plugin=self.plugin)
        except ScoringError as error:
            self.notes.append(error.message)

    def _finished(self, candidate: Candidate, steps: Sequence[FinishStep], *, strict: bool) -> Candidate:
        """Run the steps on a candidate; its file's recipe has those that could be done."""
        assert candidate.image is not None
        self.tell(Finishing(candidate))
        judge = None if self.ranker is None else Judge(self.ranker, self.prompt, plugin=self.plugin)
        found = run_chain(candidate.image, steps, seed=candidate.seed, strict=strict, judge=judge)
        self._note([*found.notes, *(judge.notes if judge else ())])
        self._note(f"Seed {candidate.seed}: {said}" for said in found.lowered)
        self.unfinished += [f"Seed {candidate.seed}: {reason}" for reason in found.failed]
        if not found.steps:
            return candidate
        ready = replace(candidate, finished=found.image, finish=tuple(step.to_json() for step in found.steps))
        if candidate.path is None or self.output is None:
            return ready
        return replace(ready, finished_path=self._write_finished(found, ready))

    def _note(self, notes: Iterable[str]) -> None:
        self.notes += [note for note in notes if note not in self.notes]

    def _written(self, candidate: Candidate) -> Candidate:
        """Write a candidate's picture; return it with its path, or as it was where it has no picture."""
        if candidate.image is None:
            return candidate
        image = candidate.image
        path = write_file(self._place(candidate), lambda handle: write_png(handle, image, self.recipe, candidate))
        return replace(candidate, path=str(path))

    def _write_finished(self, found: Finished, candidate: Candidate) -> str:
        recipe = replace(self.recipe, finish=candidate.finish)
        write = (
            partial(write_picture, texts={})
            if found.stripped
            else partial(write_png, recipe=recipe, candidate=candidate)
        )
        return str(write_file(self._place(candidate, "-finished"), lambda handle: write(handle, found.image)))

    def _place(self, candidate: Candidate, ending: str = "") -> Path:
        assert self.output is not None
        second = "" if candidate.variation_seed is None else f"-v{candidate.variation_seed}"
        return self.output.folder / f"{self.recipe.id}-{candidate.seed}{second}{ending}.png"

    def result(self) -> Result:
        return Result(
            prompt=self.prompt,
            candidates=tuple(self.candidates),
            recipe=self.recipe,
            unfinished=tuple(self.unfinished),
        )
