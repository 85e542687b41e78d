"""The contract of a search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from promptkit.errors import ScoringError, SettingsError
from promptkit.interfaces import OnStep, SearchStrategy, StepEvent
from promptkit.records import ABILITIES, Candidate, GenerationRequest, GenerationSettings
from promptkit.slots.parse import parse
from promptkit.testing.contract import Contract, Finding, NotTried, Report, check_json, check_registered, require
from promptkit.testing.drawn import strategies
from promptkit.testing.fakes import FakeBackend, RednessRanker

STEPS = 4
NONSENSE = "no such schedule"


def check_search(
    strategy: SearchStrategy, *, schedules: Sequence[str] = (), examples: int = 20, seconds: float = 20.0
) -> Report:
    """Check that a search yields the candidates of a backend as they come, each once, and tells every step.

    It runs on ``FakeBackend``, with the usual schedule and ``schedules``; it may stop early. Raises ContractError.
    """
    contract = Contract(f"search '{getattr(strategy, 'name', '?')}'", seconds=seconds)
    contract.check("has a name, a summary and a docstring", lambda: _check_words(strategy))
    contract.check("refuses what is no schedule", lambda: _check_refusal(contract, strategy))
    for schedule in (None, *schedules):
        _check_schedule(contract, Asked(contract, strategy, schedule), examples)
    return contract.close()


def _check_schedule(contract: Contract, asked: Asked, examples: int) -> None:
    st = strategies()
    end = "" if asked.schedule is None else f", with {asked.schedule}"
    if not contract.check(f"can be planned{end}", asked.plans):
        return
    case = st.tuples(st.integers(1, 7), st.integers(1, 4))
    for name, probe in (
        ("yields candidates of the request, each once", asked.yields_each_once),
        ("yields the same again", asked.repeats),
        ("tells every step", asked.tells),
        ("yields a candidate as soon as its batch is there", asked.yields_at_once),
        ("goes on where nothing can be scored", asked.survives),
        ("lets an interrupt pass", asked.stops),
    ):
        contract.every(f"{name}{end}", case, probe, examples=examples)


class Asked:
    """A search that runs on a backend whose steps and candidates are counted."""

    def __init__(self, contract: Contract, strategy: SearchStrategy, schedule: str | None) -> None:
        self.contract = contract
        self.strategy = strategy
        self.schedule = schedule

    def plans(self) -> None:
        what = f"plan({self.schedule!r})"
        search = self.contract.call(what, lambda: self.strategy.plan(self.schedule))
        unknown = sorted(set(search.needs) - set(ABILITIES))
        require(not unknown, f"{what}.needs names {unknown}", f"The abilities are {', '.join(ABILITIES)}.")
        require(isinstance(search.needs_ranker, bool), f"{what}.needs_ranker is {search.needs_ranker!r}", "Say a bool.")
        described = self.contract.call(f"{what}.describe({STEPS})", lambda: dict(search.describe(STEPS)))
        check_json(described, f"{what}.describe({STEPS})")
        require(
            described.get("name") == self.strategy.name,
            f"{what}.describe({STEPS}) says the name {described.get('name')!r}",
            "Its 'name' is the strategy's, so that a recipe can be run again.",
        )
        missing = sorted(search.needs - FakeBackend().abilities)
        if missing:
            raise NotTried(f"it needs {', '.join(missing)}, which FakeBackend has not")

    def yields_each_once(self, count: int, batch: int) -> None:
        run = self._run(count, batch)
        what = _said(count, batch)
        require(bool(run.found), f"{what} yielded nothing", "Yield the candidates that the backend gives.")
        for candidate in run.found:
            if not isinstance(candidate, Candidate):
                raise Finding(f"{what} yielded {type(candidate).__name__}", "Yield the backend's candidates.")
        indices = [candidate.index for candidate in run.found]
        require(
            len(set(indices)) == len(indices) and set(indices) <= set(range(count)),
            f"{what} yielded the indices {indices}",
            "Yield each candidate of the request once, with the index that the backend gave it.",
        )
        wrong = [one.index for one in run.found if one.seed != run.request.seeds[one.index]]
        require(not wrong, f"{what} yielded {wrong} with another seed", "Take dataclasses.replace(candidate, …).")

    def repeats(self, count: int, batch: int) -> None:
        first, second = (
            [(one.index, one.outcome, dict(one.scores)) for one in self._run(count, batch).found] for _ in range(2)
        )
        require(
            first == second,
            f"{_said(count, batch)} yielded {first}, and then {second}",
            "Draw nothing, and keep what is known of a run out of the planned object.",
        )

    def tells(self, count: int, batch: int) -> None:
        run = self._run(count, batch)
        require(
            run.told == run.backend.steps,
            f"{_said(count, batch)} told {run.told} of {run.backend.steps} steps to on_step",
            "Hand on_step to the backend, or call it first in a callback of your own, at every step.",
        )

    def yields_at_once(self, count: int, batch: int) -> None:
        run = _Run(count, batch)

        def begin() -> None:
            next(iter(self._stream(run)), None)

        self.contract.call(_said(count, batch), begin)
        require(
            run.backend.given <= batch,
            f"{_said(count, batch)} took {run.backend.given} candidates from the backend before it yielded one",
            "Yield inside the loop over backend.generate(…): an interrupted run must lose nothing.",
        )

    def survives(self, count: int, batch: int) -> None:
        usual, blind = (len(self._run(count, batch, scores=scores).found) for scores in (True, False))
        require(
            blind >= usual,
            f"{_said(count, batch)} yielded {blind} of {usual} where score() raised ScoringError",
            "Catch ScoringError, tell it by note(), and drop nothing.",
        )

    def stops(self, count: int, batch: int) -> None:
        run = _Run(count, batch, stop=True)
        try:
            self.contract.watch.call(lambda: list(self._stream(run)))
        except KeyboardInterrupt:
            return
        raise Finding(
            f"{_said(count, batch)} went on after KeyboardInterrupt", "Catch Exception at most, never BaseException."
        )

    def _stream(self, run: _Run) -> Iterator[Candidate]:
        search = self.strategy.plan(self.schedule)
        return search.run(run.backend, run.request, score=run.score, on_step=run.on_step, note=run.note)

    def _run(self, count: int, batch: int, *, scores: bool = True) -> _Run:
        run = _Run(count, batch, scores=scores)
        run.found = self.contract.call(_said(count, batch), lambda: list(self._stream(run)))
        return run


class _Counting(FakeBackend):
    """Counts the steps that it tells and the candidates that it gives."""

    steps = 0
    given = 0

    def generate(self, request: GenerationRequest, *, on_step: OnStep | None = None) -> Iterator[Candidate]:
        def counted(event: StepEvent) -> Sequence[int] | None:
            self.steps += 1
            return None if on_step is None else on_step(event)

        for candidate in super().generate(request, on_step=counted):
            self.given += 1
            yield candidate


class _Run:
    """One run of a search and what it was seen to do."""

    def __init__(self, count: int, batch: int, *, scores: bool = True, stop: bool = False) -> None:
        self.backend = _Counting(stop_at=count - 1 if stop else None)
        settings = GenerationSettings(num_inference_steps=STEPS, batch_size=batch)
        self.request = GenerationRequest(
            prompt=parse("a red square"), seeds=tuple(range(count)), settings=self.backend.settle(settings)
        )
        self.scores = scores
        self.told = 0
        self.notes: list[str] = []
        self.found: list[Candidate] = []
        self.note: Callable[[str], object] = self.notes.append

    def on_step(self, _: StepEvent) -> None:
        self.told += 1

    def score(self, candidates: Sequence[Candidate]) -> Sequence[Mapping[str, float]]:
        if not self.scores:
            raise ScoringError("Nothing in this prompt can be judged.")
        return RednessRanker().score(self.request.prompt, candidates)


def _check_words(strategy: Any) -> None:
    check_registered(strategy, "register_searches")
    summary = getattr(strategy, "summary", "")
    require(isinstance(summary, str) and bool(summary.strip()), "it has no summary", "Say in one line what is dropped.")


def _check_refusal(contract: Contract, strategy: SearchStrategy) -> None:
    def refused() -> bool:
        try:
            strategy.plan(NONSENSE)
        except (SettingsError, ValueError):
            return True
        return False

    cure = "Raise SettingsError, with a hint, for what cannot be read."
    what = f"plan({NONSENSE!r})"
    require(contract.call(what, refused, cure=cure), f"{what} took it for a schedule", cure)


def _said(count: int, batch: int) -> str:
    return f"run() of {count} candidates in batches of {batch}"
