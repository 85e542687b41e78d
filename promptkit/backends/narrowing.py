"""Dropping rows of a batch in the middle of denoising, whatever the pipeline.

A pipeline's loop hands its denoiser the latents, which a step callback can shrink, beside arguments that it laid out
for the whole batch: embeddings, pooled embeddings, guidance, time ids, some for both halves of guidance.
Broadcasting would then bring the dropped rows back in silence (8 → 1 gives 8), so each of them is cut to the rows that
are left before the denoiser sees it. The state of a multistep, ancestral or SDE scheduler is cut in place.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from promptkit.backends.batch import Batch
from promptkit.backends.families import denoiser

LATENTS = ("sample", "hidden_states", "x")
"""What denoisers call the argument that the callback has shrunk."""
POSITIONS = ("img_ids", "txt_ids")
"""Arguments whose first of two dimensions counts tokens, not rows."""


@contextmanager
def narrowed(pipeline: Any, batch: Batch) -> Iterator[None]:
    """Let the denoiser see arguments of as many rows as its latents have.

    Z-Image guides its answers one by one, as many as there were at first: it is given stand-ins for the rows that were
    dropped, which are cut again before the scheduler sees them.
    """
    network = denoiser(pipeline)
    if network is None:
        yield
        return
    handles = [
        network.register_forward_pre_hook(_narrowing(batch), with_kwargs=True),
        network.register_forward_hook(_widening(batch)),
    ]
    scheduler = pipeline.scheduler
    honest, own = scheduler.step, vars(scheduler).get("step")

    @functools.wraps(honest)
    def step(model_output: Any, timestep: Any, sample: Any, *more: Any, **named: Any) -> Any:
        if len(model_output) == batch.size > len(sample):
            model_output = model_output[batch.rows]
        return honest(model_output, timestep, sample, *more, **named)

    scheduler.step = step
    try:
        yield
    finally:
        if own is None:
            del scheduler.step
        else:
            scheduler.step = own
        for handle in handles:
            handle.remove()


def _widening(batch: Batch) -> Callable[[Any, Any, Any], Any]:
    def widen(_: Any, __: Any, answer: Any) -> Any:
        listed = isinstance(answer, tuple) and isinstance(answer[0], list)
        if not listed or len(batch.rows) == batch.size:
            return None
        found, left = answer[0], len(batch.rows)
        places = [batch.rows.index(row) if row in batch.rows else 0 for row in range(batch.size)]
        return ([found[half * left + place] for half in range(len(found) // left) for place in places], *answer[1:])

    return widen


def _narrowing(batch: Batch) -> Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]:
    def narrow(_: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if len(batch.rows) == batch.size:
            return None
        latents = given[0] if given else next(named[name] for name in LATENTS if name in named)
        halves = len(latents) // len(batch.rows)
        every = [half * batch.size + row for half in range(halves) for row in batch.rows]
        whole = halves * batch.size

        def cut(value: Any, name: str = "") -> Any:
            if isinstance(value, dict):
                return {key: cut(inner, key) for key, inner in value.items()}
            if isinstance(value, (list, tuple)):
                chosen = [value[row] for row in every] if len(value) == whole else value
                return type(value)(chosen)
            if not hasattr(value, "ndim") or (name in POSITIONS and value.ndim == 2):
                return value
            return value[every] if value.ndim and len(value) == whole else value

        return tuple(cut(value) for value in given), {name: cut(value, name) for name, value in named.items()}

    return narrow


def narrow_scheduler(scheduler: Any, places: Sequence[int], rows: int, dimensions: int) -> None:
    """Cut everything that a scheduler remembers of its last steps from ``rows`` to ``places``.

    Tensors of that many rows and as many dimensions as the latents, alone or in lists, are what it remembers.
    """

    def cut(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(cut(inner) for inner in value)
        remembered = hasattr(value, "ndim") and value.ndim == dimensions and len(value) == rows
        return value[list(places)] if remembered else value

    for name, value in list(vars(scheduler).items()):
        setattr(scheduler, name, cut(value))
    tree = getattr(getattr(scheduler, "noise_sampler", None), "tree", None)
    if tree is not None:
        tree.trees = [tree.trees[place] for place in places]
