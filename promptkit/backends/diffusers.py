"""Any text-to-image pipeline of diffusers, from a hub id, a folder or a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from promptkit.backends.abilities import abilities
from promptkit.backends.adapters import Adapters
from promptkit.backends.batch import Batch
from promptkit.backends.conditioning import Conditioning, condition
from promptkit.backends.denoising import Outcome, Run, denoise
from promptkit.backends.families import least, multiple, native, unheard
from promptkit.backends.hashing import model_hash
from promptkit.backends.limits import check_size
from promptkit.backends.memory import Ladder, free_memory
from promptkit.interfaces import OnStep
from promptkit.records import (
    FAILED,
    LORA,
    Candidate,
    GenerationRequest,
    GenerationSettings,
    ModelSpec,
    SamplerSpec,
)

DEFAULT_BATCH = 4
SMALL_BATCH = 16
SMALL_SIDE = 256


class DiffusersBackend:
    """A loaded pipeline. Every candidate has its own CPU generator, so its initial noise is the same in any batch."""

    def __init__(self, pipeline: Any, model: ModelSpec, remarks: Sequence[str] = ()) -> None:
        self.pipeline = pipeline
        self.model = model
        self.remarks = tuple(remarks)
        """What was to be said when it was loaded."""
        self.notes: list[str] = []
        self._own_scheduler = pipeline.scheduler
        self._native = native(pipeline)
        self._ladder = Ladder(pipeline)
        self._adapters = Adapters(pipeline)

    @cached_property
    def _hash(self) -> str | None:
        return model_hash(self.model.source)

    @property
    def abilities(self) -> frozenset[str]:
        return abilities(self.pipeline)

    def describe(self) -> Mapping[str, Any]:
        import diffusers
        import torch

        return {
            "device": str(self.pipeline.device),
            "dtype": str(self.pipeline.dtype).removeprefix("torch."),
            "pipeline": type(self.pipeline).__name__,
            "hash": self._hash,
            "notes": [*self.remarks, *self.notes],
            "torch": torch.__version__,
            "diffusers": diffusers.__version__,
        }

    def settle(self, settings: GenerationSettings) -> GenerationSettings:
        """Fill what is open with what the pipeline likes. Raises SettingsError for what it cannot do."""
        full = settings.over(self._native)
        assert full.width is not None
        assert full.height is not None
        small = full.width * full.height <= SMALL_SIDE**2
        full = full.over(GenerationSettings(batch_size=SMALL_BATCH if small else DEFAULT_BATCH))
        check_size(full, self.model.name, multiple(self.pipeline), least(self.pipeline))
        return full

    def generate(self, request: GenerationRequest, *, on_step: OnStep | None = None) -> Iterator[Candidate]:
        self._use_sampler(request.sampler)
        self.notes = self._adapters.wear(request.adapters)
        conditioning = self._condition(request)
        if conditioning is None:
            yield from (_candidate(request, Batch([i], [seed]), i, Outcome(FAILED)) for i, seed in _numbered(request))
            return
        self.notes += conditioning.notes
        self.notes += unheard(self.pipeline, request)
        run = Run(request, conditioning, on_step)
        waiting = list(_numbered(request))
        size = request.settings.batch_size or 1
        while waiting:
            members, waiting = waiting[:size], waiting[size:]
            batch, outcomes = self._try_batch(run, members, size)
            if outcomes is None:
                free_memory()
                if len(members) > 1 or self._relieved():
                    size = (len(members) + 1) // 2
                    waiting = members + waiting
                    continue
                outcomes = {members[0][0]: Outcome(FAILED)}
            for index, outcome in outcomes.items():
                yield _candidate(request, batch, index, outcome)

    def _relieved(self) -> bool:
        """Take the next step against a lack of memory, and tell it; ``False`` when there is none left."""
        told = self._ladder.relieve()
        if told is not None:
            self.notes.append(told)
        return told is not None

    def _condition(self, request: GenerationRequest) -> Conditioning | None:
        """Encode the prompt; ``None`` when memory does not suffice for that, whatever is done."""
        while True:
            try:
                return self._encoded(request)
            except _torch().OutOfMemoryError:
                pass
            free_memory()
            if not self._relieved():
                return None

    def _encoded(self, request: GenerationRequest) -> Conditioning:
        return condition(
            self.pipeline,
            request.prompt.resolved,
            request.prompt.negative_resolved,
            dialect=request.prompt.dialect,
            num_inference_steps=request.settings.num_inference_steps or 1,
            weighting=request.settings.weighting,
            encode=request.encode,
            networks=[adapter.name for adapter in request.adapters if adapter.kind == LORA],
        )

    def _try_batch(
        self, run: Run, members: Sequence[tuple[int, int]], size: int
    ) -> tuple[Batch, dict[int, Outcome] | None]:
        """Return a batch and its outcomes, or ``None`` when memory ran out; the exception is gone by then, and its
        tensors."""
        batch = _batch(run.request, members, size)
        try:
            outcomes = denoise(self.pipeline, run, batch)
            failed = any(outcome.outcome == FAILED for outcome in outcomes.values())
            if failed and self.pipeline.dtype != _torch().float32:
                batch = _batch(run.request, members, size)
                outcomes = self._in_float32(run, batch)
        except (_torch().OutOfMemoryError, MemoryError):
            return batch, None
        return batch, outcomes

    def _in_float32(self, run: Run, batch: Batch) -> dict[int, Outcome]:
        """Run a batch again in float32, the words encoded anew: half precision gave numbers that are none."""
        dtype = self.pipeline.dtype
        self.pipeline.to(dtype=_torch().float32)
        try:
            return denoise(self.pipeline, replace(run, conditioning=self._encoded(run.request)), batch)
        finally:
            self.pipeline.to(dtype=dtype)

    def _use_sampler(self, sampler: SamplerSpec | None) -> None:
        from promptkit.backends.samplers import create_scheduler

        own = self._own_scheduler
        self.pipeline.scheduler = own if sampler is None else create_scheduler(sampler, own)


def _torch() -> Any:
    import torch

    return torch


def _numbered(request: GenerationRequest) -> Iterator[tuple[int, int]]:
    """Yield index and seed of each candidate: at the full strength of a variation, its seeds are the seeds."""
    variation = request.variation
    return enumerate(variation.seeds if variation is not None and variation.strength == 1 else request.seeds)


def _batch(request: GenerationRequest, members: Sequence[tuple[int, int]], size: int) -> Batch:
    indices, seeds = zip(*members, strict=True)
    return Batch(indices, seeds, size=size if request.pad else None)


def _candidate(request: GenerationRequest, batch: Batch, index: int, outcome: Outcome) -> Candidate:
    return Candidate(
        index=index,
        seed=request.seeds[index],
        image=outcome.image,
        outcome=outcome.outcome,
        batch_size=batch.size,
        shrunk=tuple(batch.shrunk),
        variation_seed=None if request.variation is None else request.variation.seeds[index],
    )
