"""Any text-to-image pipeline of diffusers, from a hub id or a folder."""

from __future__ import annotations

import gc
import hashlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.backends.conditioning import Conditioning, condition
from promptkit.backends.conditioning.composable import composed
from promptkit.backends.loading import load_pipeline
from promptkit.backends.pixels import to_image
from promptkit.backends.steps import StepCallback
from promptkit.errors import GenerationError, SettingsError
from promptkit.interfaces import OnStep
from promptkit.records import (
    BLOCKED,
    FAILED,
    FINISHED,
    NEGATIVE,
    PREVIEW,
    STEPS,
    WEIGHTS,
    Candidate,
    GenerationRequest,
    GenerationSettings,
    ModelSpec,
    SamplerSpec,
)

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

DEFAULT_BATCH = 4
SMALL_BATCH = 16
SMALL_SIDE = 256
MAX_SIDE = 4096
MAX_STEPS = 1000


class DiffusersLoader:
    """Loads pipelines with ``DiffusionPipeline.from_pretrained``: safetensors only, never remote code."""

    name = "diffusers"

    def load(self, model: ModelSpec, *, device: str | None = None, dtype: str | None = None) -> DiffusersBackend:
        pipeline = load_pipeline(model.source, revision=model.revision, device=device, dtype=dtype)
        return DiffusersBackend(pipeline, model)


@dataclass(frozen=True)
class _Run:
    """What all batches of a request share."""

    request: GenerationRequest
    conditioning: Conditioning
    on_step: OnStep | None


@dataclass(frozen=True)
class _Outcome:
    image: Image | None
    outcome: str


class DiffusersBackend:
    """A loaded pipeline. Every candidate has its own CPU generator, so its initial noise is the same in any batch."""

    def __init__(self, pipeline: Any, model: ModelSpec) -> None:
        self.pipeline = pipeline
        self.model = model
        self.notes: list[str] = []
        self._own_scheduler = pipeline.scheduler

    @property
    def abilities(self) -> frozenset[str]:
        return frozenset({STEPS, PREVIEW, NEGATIVE, WEIGHTS})

    def describe(self) -> Mapping[str, Any]:
        import diffusers
        import torch

        return {
            "device": str(self.pipeline.device),
            "dtype": str(self.pipeline.dtype).removeprefix("torch."),
            "pipeline": type(self.pipeline).__name__,
            "hash": model_hash(self.model.source),
            "notes": list(self.notes),
            "torch": torch.__version__,
            "diffusers": diffusers.__version__,
        }

    def settle(self, settings: GenerationSettings) -> GenerationSettings:
        """Fill what is open with the pipeline's own size and sensible numbers. Raises SettingsError for what it
        cannot do."""
        width, height = self._native_size()
        native = GenerationSettings(width=width, height=height, num_inference_steps=30, guidance_scale=6.5)
        full = settings.over(native)
        assert full.width is not None
        assert full.height is not None
        small = full.width * full.height <= SMALL_SIDE**2
        full = full.over(GenerationSettings(batch_size=SMALL_BATCH if small else DEFAULT_BATCH))
        self._check_size(full.width or 0, full.height or 0)
        return full

    def generate(self, request: GenerationRequest, *, on_step: OnStep | None = None) -> Iterator[Candidate]:
        self._use_sampler(request.sampler)
        run = _Run(request, self._condition(request), on_step)
        self.notes = list(run.conditioning.notes)
        waiting = list(enumerate(request.seeds))
        size = request.settings.batch_size or 1
        while waiting:
            batch, waiting = waiting[:size], waiting[size:]
            outcomes = self._try_batch(run, [seed for _, seed in batch], [i for i, _ in batch])
            if outcomes is None:
                self._free_memory()
                if len(batch) > 1:
                    size = (len(batch) + 1) // 2
                    waiting = batch + waiting
                    continue
                outcomes = [_Outcome(None, FAILED)]
            for (index, seed), outcome in zip(batch, outcomes, strict=True):
                yield Candidate(
                    index=index, seed=seed, image=outcome.image, outcome=outcome.outcome, batch_size=len(batch)
                )

    def _condition(self, request: GenerationRequest) -> Conditioning:
        return condition(
            self.pipeline,
            request.prompt.resolved,
            request.prompt.negative_resolved,
            dialect=request.prompt.dialect,
            num_inference_steps=request.settings.num_inference_steps or 1,
            weighting=request.settings.weighting,
            encode=request.encode,
        )

    def _try_batch(self, run: _Run, seeds: Sequence[int], indices: Sequence[int]) -> list[_Outcome] | None:
        """Return the outcomes of one batch, or ``None`` when memory ran out; the exception is gone by then, and its
        tensors."""
        import torch

        try:
            outcomes = self._batch(run, seeds, indices)
            if any(outcome.outcome == FAILED for outcome in outcomes) and self.pipeline.dtype != torch.float32:
                outcomes = self._in_float32(run, seeds, indices)
        except (torch.OutOfMemoryError, MemoryError):
            return None
        return outcomes

    def _in_float32(self, run: _Run, seeds: Sequence[int], indices: Sequence[int]) -> list[_Outcome]:
        """Run a batch again in float32, the words encoded anew: half precision gave numbers that are none."""
        dtype = self.pipeline.dtype
        self.pipeline.to(dtype=_torch().float32)
        try:
            return self._batch(replace(run, conditioning=self._condition(run.request)), seeds, indices)
        finally:
            self.pipeline.to(dtype=dtype)

    def _batch(self, run: _Run, seeds: Sequence[int], indices: Sequence[int]) -> list[_Outcome]:
        settings, conditioning = run.request.settings, run.conditioning
        arguments: dict[str, Any] = {
            **conditioning.arguments,
            "num_images_per_prompt": len(seeds),
            "num_inference_steps": settings.num_inference_steps,
            "guidance_scale": settings.guidance_scale,
            "width": settings.width,
            "height": settings.height,
            "generator": [_torch().Generator("cpu").manual_seed(seed) for seed in seeds],
            "output_type": "pt",
        }
        if run.on_step is not None or conditioning.changes:
            arguments["callback_on_step_end"] = StepCallback(
                conditioning, indices, settings.num_inference_steps or 1, run.on_step
            )
        known = inspect.signature(self.pipeline.__call__).parameters
        with composed(self.pipeline, conditioning.weights), _blaming(conditioning.encoded_by):
            output = self.pipeline(**{name: value for name, value in arguments.items() if name in known})
        blocked = getattr(output, "nsfw_content_detected", None) or [False] * len(seeds)
        return [_outcome(image, bool(flag)) for image, flag in zip(output.images, blocked, strict=True)]

    def _use_sampler(self, sampler: SamplerSpec | None) -> None:
        from promptkit.backends.samplers import create_scheduler

        own = self._own_scheduler
        self.pipeline.scheduler = own if sampler is None else create_scheduler(sampler, own)

    def _factor(self) -> int:
        return int(getattr(self.pipeline, "vae_scale_factor", 8))

    def _native_size(self) -> tuple[int, int]:
        core = getattr(self.pipeline, "unet", None) or getattr(self.pipeline, "transformer", None)
        size = getattr(getattr(core, "config", None), "sample_size", None) or 64
        height, width = (size, size) if isinstance(size, int) else size
        return int(width) * self._factor(), int(height) * self._factor()

    def _check_size(self, width: int, height: int) -> None:
        factor = self._factor()
        for name, value in (("width", width), ("height", height)):
            if value % factor or not factor * 4 <= value <= MAX_SIDE:
                near = min(MAX_SIDE // factor * factor, max(factor * 4, round(value / factor) * factor))
                raise SettingsError(
                    f"A {name} of {value} pixels cannot be made by '{self.model.name}': "
                    f"it takes multiples of {factor} from {factor * 4} to {MAX_SIDE}.",
                    hint=f"Use --{name} {near}.",
                )

    def _free_memory(self) -> None:
        gc.collect()
        if _torch().cuda.is_available():
            _torch().cuda.empty_cache()


def _torch() -> Any:
    import torch

    return torch


@contextmanager
def _blaming(plugin: str | None) -> Iterator[None]:
    """Name the plugin whose embeddings the pipeline cannot take. Raises GenerationError."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, RuntimeError) as error:
        if plugin is None or isinstance(error, _torch().OutOfMemoryError):
            raise
        raise GenerationError(
            f"The embeddings of plugin '{plugin}' do not suit this model: {str(error).splitlines()[0]}",
            hint="Leave the plugin out: PROMPTKIT_LOAD_PLUGINS names those to load.",
        ) from error


def _outcome(image: torch.Tensor, blocked: bool) -> _Outcome:
    if blocked:
        return _Outcome(None, BLOCKED)
    if not bool(image.isfinite().all()):
        return _Outcome(None, FAILED)
    return _Outcome(to_image(image), FINISHED)


def model_hash(source: str) -> str | None:
    """Return the SHA-256 over names and bytes of a local folder's weights; ``None`` for a hub id, whose revision says
    it."""
    folder = Path(source)
    if not folder.is_dir():
        return None
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.safetensors")):
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as handle:
            for block in iter(lambda: handle.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()
