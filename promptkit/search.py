"""How candidates are spent: which seeds are run, and when they are scored."""

from __future__ import annotations

from collections.abc import Iterator

from promptkit.interfaces import Backend, OnStep
from promptkit.records import Candidate, GenerationRequest


def best_of_n(
    backend: Backend, request: GenerationRequest, *, on_step: OnStep | None = None
) -> Iterator[list[Candidate]]:
    """Run every seed to the end; yield one list a denoising batch, as soon as it is decoded."""
    batch: list[Candidate] = []
    for candidate in backend.generate(request, on_step=on_step):
        batch.append(candidate)
        if len(batch) >= batch[0].batch_size:
            yield batch
            batch = []
    if batch:
        yield batch
