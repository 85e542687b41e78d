"""Successive halving over denoising steps: seeds that do not look like the prompt half-way are not run to the end.

Karnin, Koren and Somekh (ICML 2013) halve the arms of a bandit in rounds; Jamieson and Talwalkar (arXiv:1502.07943) do
so while the arms are still learning. Here an arm is a candidate, and what it has learnt is its x₀ prediction. After
given shares of the steps the predictions of a cohort are decoded and ranked, and the better half is denoised further.
The survivors are ranked again by their finished pictures. A cohort is one denoising batch: 16 go to 8, then to 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from promptkit.errors import GenerationError, ScoringError, SettingsError
from promptkit.interfaces import Backend, OnStep, Score, StepEvent
from promptkit.records import PREVIEW, PRUNED, PRUNING, Candidate, GenerationRequest

if TYPE_CHECKING:
    from PIL.Image import Image

NAME = "halving"
SCHEDULE = (40.0, 60.0)
"""Per cent of the steps. docs/search.md has what earlier and later ones are worth."""
MAX_HALVINGS = 8


class HalvingStrategy:
    """``halving``, or ``halving:40,60``: per cent of the steps after which the worse half is dropped."""

    name = NAME
    summary = "the worse half is dropped after 40 % and 60 % of the steps, by previews; halving:30,50,70 says when"

    def plan(self, schedule: str | None = None) -> Halving:
        return Halving(SCHEDULE if schedule is None else _read(schedule))


class Halving:
    """Keeps the better half of a cohort, rounded up, after each of the given per cents of the steps."""

    needs = frozenset({PREVIEW, PRUNING})
    needs_ranker = True
    batchwise = True

    def __init__(self, schedule: Sequence[float] = SCHEDULE) -> None:
        self.schedule = tuple(schedule)

    def describe(self, num_inference_steps: int) -> Mapping[str, Any]:
        return {
            "name": NAME,
            "schedule": list(self.schedule),
            "after_steps": list(checkpoints(self.schedule, num_inference_steps)),
        }

    def run(
        self,
        backend: Backend,
        request: GenerationRequest,
        *,
        score: Score,
        on_step: OnStep,
        note: Callable[[str], object],
    ) -> Iterator[Candidate]:
        steps = request.settings.num_inference_steps or 1
        after = checkpoints(self.schedule, steps)
        if idle := _idle(after, request, steps):
            note(f"Nothing is dropped half-way: {idle}.")
        referee = Referee(after, request.seeds, score, on_step, note)
        for candidate in backend.generate(request, on_step=referee):
            yield referee.told(candidate)


def checkpoints(schedule: Sequence[float], num_inference_steps: int) -> tuple[int, ...]:
    """Return the steps, from 1, after which a cohort is halved: to the nearest, once each, none at the last step."""
    nearest = (max(1, math.floor(share * num_inference_steps / 100 + 0.5)) for share in schedule)
    return tuple(dict.fromkeys(step for step in nearest if step < num_inference_steps))


@dataclass(frozen=True)
class _Dropped:
    step: int
    scores: Mapping[str, float]


class Referee:
    """The callback of a run's steps: tells each to the user, then decides who goes on.

    A batch that begins again, with fewer candidates because memory ran out, begins with no decision made.
    """

    def __init__(
        self,
        after: Sequence[int],
        seeds: Sequence[int],
        score: Score,
        on_step: OnStep,
        note: Callable[[str], object],
    ) -> None:
        self.after, self.seeds, self.score, self.on_step, self.note = tuple(after), seeds, score, on_step, note
        self.dropped: dict[int, _Dropped] = {}
        self._decided: set[int] = set()
        self._last = 0

    def __call__(self, event: StepEvent) -> Sequence[int] | None:
        self._follow(event)
        event = replace(event, previews=_once(event))
        wanted = self.on_step(event)
        indices = event.indices if wanted is None else tuple(i for i in event.indices if i in wanted)
        if event.step not in self.after or event.step in self._decided or len(indices) < 2:
            return wanted
        kept = self._better_half(event, indices)
        self._decided.add(event.step)
        return kept

    def told(self, candidate: Candidate) -> Candidate:
        """Return a candidate with what is known of its end."""
        dropped = self.dropped.get(candidate.index)
        if dropped is None or candidate.outcome != PRUNED:
            return candidate
        return replace(candidate, pruned_at=dropped.step, scores=dict(dropped.scores))

    def _follow(self, event: StepEvent) -> None:
        """Forget what was decided when a batch begins, or begins again."""
        if event.step < self._last or any(index in self.dropped for index in event.indices):
            self._decided.clear()
            for index in event.indices:
                self.dropped.pop(index, None)
        self._last = event.step

    def _better_half(self, event: StepEvent, indices: Sequence[int]) -> Sequence[int]:
        """Return who goes on, in the order of the batch; all of them from then on where previews cannot be scored."""
        try:
            images = event.previews(indices)
            scores = self.score([self._shown(i, image) for i, image in zip(indices, images, strict=True)])
        except (ScoringError, GenerationError) as error:
            self.note(f"From step {event.step} on no candidate is dropped half-way. {error.message}")
            self.after = ()
            return indices
        by_index = dict(zip(indices, scores, strict=True))
        best_first = sorted(indices, key=lambda i: -by_index[i]["total"])
        worse = best_first[math.ceil(len(indices) / 2) :]
        self.dropped.update({i: _Dropped(event.step, by_index[i]) for i in worse})
        return tuple(index for index in indices if index not in worse)

    def _shown(self, index: int, image: Image) -> Candidate:
        return Candidate(index=index, seed=self.seeds[index], image=image)


def _once(event: StepEvent) -> Callable[[Sequence[int]], list[Image]]:
    """Decode the previews of a step once, whoever looks at them."""

    @cache
    def decoded(indices: tuple[int, ...]) -> list[Image]:
        return event.previews(indices)

    return lambda indices: list(decoded(tuple(indices)))


def _idle(after: Sequence[int], request: GenerationRequest, steps: int) -> str | None:
    """Say why nothing will ever be dropped, if so."""
    if len(request.seeds) < 2:
        return "there is one candidate"
    if not after:
        return f"{steps} step{'' if steps == 1 else 's'} cannot be halved before the last one"
    if request.settings.batch_size == 1:
        return "candidates are denoised one by one, and only those of one batch are compared; raise --batch-size"
    return None


def _read(schedule: str) -> tuple[float, ...]:
    """Read ``40,60``. Raises SettingsError."""
    hint = f"Give per cents of the steps, rising, between 0 and 100: --search {NAME}:40,60."
    try:
        found = tuple(float(part.strip().removesuffix("%")) for part in schedule.split(","))
    except ValueError:
        raise SettingsError(f"The schedule '{schedule}' of '{NAME}' cannot be read.", hint=hint) from None
    if not all(0 < share < 100 for share in found) or any(low >= high for low, high in pairwise(found)):
        raise SettingsError(f"The schedule '{schedule}' of '{NAME}' does not rise between 0 and 100.", hint=hint)
    if len(found) > MAX_HALVINGS:
        raise SettingsError(f"{len(found)} halvings are too many.", hint=f"Give at most {MAX_HALVINGS} per cents.")
    return found
