"""Best of n: every candidate is run to its end, and the ranker chooses among the finished pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from promptkit.errors import SettingsError
from promptkit.interfaces import Backend, OnStep, Score
from promptkit.records import BEST_OF_N, Candidate, GenerationRequest


class BestOfN:
    """Drops nothing."""

    needs: frozenset[str] = frozenset()
    needs_ranker = False
    batchwise = True

    def run(
        self,
        backend: Backend,
        request: GenerationRequest,
        *,
        score: Score,  # noqa: ARG002
        on_step: OnStep,
        note: Callable[[str], object],  # noqa: ARG002
    ) -> Iterator[Candidate]:
        return backend.generate(request, on_step=on_step)

    def describe(self, num_inference_steps: int) -> Mapping[str, Any]:  # noqa: ARG002
        return {"name": BEST_OF_N}


class BestOfNStrategy:
    """``best-of-n``; it has no schedule."""

    name = BEST_OF_N
    summary = "every candidate is run to its end"

    def plan(self, schedule: str | None = None) -> BestOfN:
        if schedule is not None:
            raise SettingsError(
                f"'{BEST_OF_N}' takes no schedule, and '{schedule}' is one.", hint=f"Say --search {BEST_OF_N}."
            )
        return BestOfN()
