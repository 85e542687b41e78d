"""One run while it lasts: what happens is told, what is decoded is scored and written at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from promptkit.embedding import Embeddings
from promptkit.errors import PromptkitError, ScoringError
from promptkit.finish import FinishStep, Judge, run_chain
from promptkit.interfaces import Ranker, StepEvent
from promptkit.interrupts import undisturbed
from promptkit.ledger import KeptRun
from promptkit.placing import Output, Placing
from promptkit.prompt import Prompt
from promptkit.records import FAILED, FINISHED, Candidate, GenerationRequest, Recipe, Result
from promptkit.resuming import Past
from promptkit.scoring import scored
from promptkit.ties import measured


@dataclass(frozen=True)
class Loading:
    """A model or a ranker is about to be loaded."""

    what: str


@dataclass(frozen=True)
class Begun:
    """A run has its number in a library: from now on it can be gone on with."""

    run: int


@dataclass(frozen=True)
class Ready:
    """A candidate has come to its end: finished, scored, and written if it was to be; or pruned, failed, blocked."""

    candidate: Candidate


@dataclass(frozen=True)
class Finishing:
    """Post-processors are about to work on a candidate."""

    candidate: Candidate


Event = Loading | Begun | StepEvent | Ready | Finishing
OnEvent = Callable[[Event], object]


def silent(_: Event) -> None:
    """Tell nobody."""


class Run:
    """The candidates of one run as they come in, batch by batch: scored, written, kept in a library, told about."""

    def __init__(
        self,
        recipe: Recipe,
        prompt: Prompt,
        ranker: Ranker | None,
        output: Output | None,
        tell: OnEvent,
        *,
        plugin: str | None = None,
        kept: KeptRun | None = None,
        past: Past | None = None,
    ) -> None:
        self.recipe, self.prompt, self.ranker, self.output, self.tell = recipe, prompt, ranker, output, tell
        self.plugin = plugin
        """The third party that brought the ranker."""
        self.kept = kept
        """The run in its library; ``None`` where it is in none."""
        self.past = past or Past()
        """What an earlier process made of the run."""
        self.incomplete = False
        """Whether candidates did not come because a plugin failed."""
        self.candidates: list[Candidate] = []
        self.notes: list[str] = []
        """What went wrong without ending the run, in words for the user."""
        self._placing = Placing(recipe, output, kept, self.past, Embeddings(ranker, self.notes.append).of)
        self.unfinished: list[str] = []
        """Why steps of the chain of post-processors were left out, in words for the user."""
        self._taken: list[Candidate] = []
        """All that came; those behind ``candidates`` wait for the rest of their batch."""
        self._scored = 0
        """How many of them were scored."""

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

    def recall(self, again: Collection[int]) -> None:
        """Begin with the candidates that an earlier process made, but for those of batches that are run ``again``."""
        there = [candidate for index, candidate in sorted(self.past.candidates.items()) if index not in again]
        self._taken += there
        self.candidates += there
        self._scored = len(there)
        for candidate in there:
            self.tell(Ready(candidate))

    def take(self, candidate: Candidate) -> None:
        """Take a candidate; score and write those of its batch once all of them are there."""
        self._taken.append(candidate)
        if self._batch_is_whole:
            self._settle()

    @property
    def _batch_is_whole(self) -> bool:
        batch = self._taken[self._scored :]
        return bool(batch) and len(batch) >= batch[0].batch_size

    def lose_others(self, request: GenerationRequest, error: PromptkitError) -> None:
        """Count the candidates that did not come as failed, and tell why; a library keeps no row of them, so that they
        can be tried again."""
        self.notes.append(f"{error.message} The pictures that were finished are kept. {error.hint or ''}".rstrip())
        self._settle()
        self._recall_rest()
        self.incomplete = True
        came = {candidate.index for candidate in self._taken}
        seconds = None if request.variation is None else request.variation.seeds
        lost = [
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
        for candidate in lost:
            self._taken.append(candidate)
            self.candidates.append(candidate)
            self.tell(Ready(candidate))
        self._scored = len(self._taken)

    def close(self) -> None:
        """Score and write what waits, tell ties, and write the best where only those are kept."""
        self._settle()
        if self.past.candidates:
            self.candidates.sort(key=lambda candidate: candidate.index)
        self._measure()
        self._write_best()

    def finish(self, steps: Sequence[FinishStep], *, every: bool, strict: bool) -> None:
        """Run post-processors on the winner, or on every candidate that was finished, and write what they make beside
        its picture."""
        if not steps or not self.finished:
            return
        best = self.result().best.index
        for place, candidate in enumerate(self.candidates):
            wanted = candidate.outcome == FINISHED and (every or candidate.index == best)
            if wanted and candidate.finished_path is None:
                self.candidates[place] = self._finished(candidate, steps, strict=strict)
        self.recipe = replace(self.recipe, finish=tuple(step.to_json() for step in steps))

    def rescue(self) -> None:
        """Keep what was finished before an interrupt, written and told.

        In a library a batch that is there as a whole is scored and kept, and a part of one dropped: the run is gone on
        with, and makes that batch again. Elsewhere all pictures are kept, those without scores too.
        """
        if self.kept is None:
            self._keep_waiting()
            self._write_best()
            return
        if not self._batch_is_whole:
            del self._taken[self._scored :]
        self._settle()
        self._recall_rest()

    def _recall_rest(self) -> None:
        """Take up what an earlier process made and was not made again."""
        came = {candidate.index for candidate in self._taken}
        rest = [candidate for index, candidate in sorted(self.past.candidates.items()) if index not in came]
        self._taken += rest
        self.candidates += rest
        self._scored = len(self._taken)

    def score(self, pictures: Sequence[Candidate]) -> Sequence[Mapping[str, float]]:
        """Score pictures that must be told apart; see ``interfaces.Score``. Raises ScoringError."""
        scores = self._asked(pictures)
        if not all(scores):
            raise ScoringError("Nothing in this prompt can be judged.")
        return scores

    def _settle(self) -> None:
        places = [i for i in range(self._scored, len(self._taken)) if self._taken[i].outcome == FINISHED]
        scores = self._scores([self._taken[i] for i in places])
        for i, score in zip(places, scores, strict=True):
            self._taken[i] = replace(self._taken[i], scores=dict(score))
        self._scored = len(self._taken)
        self._keep_waiting()

    def _keep_waiting(self) -> None:
        """Write what waits and tell it. An interrupt at any place leaves the others waiting."""
        waiting = self._waiting
        for candidate in waiting:
            with undisturbed():
                ready = self._placing.put(candidate, len(waiting))
                self.candidates.append(ready)
            self.tell(Ready(ready))
        if self.kept is not None:
            self.kept.batch_ended()

    def _write_best(self) -> None:
        if self.output is None or self.output.keep is None:
            return
        best = {candidate.index for candidate in self.result().ranked[: self.output.keep]}
        for place, candidate in enumerate(self.candidates):
            if candidate.index in best and candidate.path is None:
                with undisturbed():
                    self.candidates[place] = self._placing.choose(candidate)

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
        for candidate in self.candidates:
            if candidate.interval is not None:
                self._placing.told(candidate)

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
        with undisturbed():
            return self._placing.put_finished(found, ready)

    def _note(self, notes: Iterable[str]) -> None:
        self.notes += [note for note in notes if note not in self.notes]

    def result(self) -> Result:
        return Result(
            prompt=self.prompt,
            candidates=tuple(self.candidates),
            recipe=self.recipe,
            unfinished=tuple(self.unfinished),
            run=None if self.kept is None else self.kept.number,
        )
