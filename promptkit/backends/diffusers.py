"""Any text-to-image pipeline of diffusers, from a hub id or a folder."""

from __future__ import annotations

import gc
import hashlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.backends.conditioning import condition
from promptkit.backends.loading import load_pipeline
from promptkit.errors import SettingsError
from promptkit.interfaces import OnStep, StepEvent
from promptkit.records import (
    BLOCKED,
    FAILED,
    FINISHED,
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
        settings = request.settings
        self._use_sampler(request.sampler)
        text, self.notes = condition(
            self.pipeline, request.prompt.resolved, request.prompt.negative_resolved, dialect=request.prompt.dialect
        )
        waiting = list(enumerate(request.seeds))
        size = settings.batch_size or 1
        while waiting:
            batch, waiting = waiting[:size], waiting[size:]
            outcomes = self._try_batch(text, [seed for _, seed in batch], [i for i, _ in batch], settings, on_step)
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

    def _try_batch(
        self,
        text: Mapping[str, Any],
        seeds: Sequence[int],
        indices: Sequence[int],
        settings: GenerationSettings,
        on_step: OnStep | None,
    ) -> list[_Outcome] | None:
        """Return the outcomes of one batch, or ``None`` when memory ran out; the exception is gone by then, and its
        tensors."""
        import torch

        try:
            outcomes = self._batch(text, seeds, indices, settings, on_step)
            if any(outcome.outcome == FAILED for outcome in outcomes) and self.pipeline.dtype != torch.float32:
                outcomes = self._in_float32(text, seeds, indices, settings, on_step)
        except (torch.OutOfMemoryError, MemoryError):
            return None
        return outcomes

    def _in_float32(self, *arguments: Any) -> list[_Outcome]:
        """Run a batch again in float32: half precision gave numbers that are none."""
        dtype = self.pipeline.dtype
        self.pipeline.to(dtype=_torch().float32)
        try:
            return self._batch(*arguments)
        finally:
            self.pipeline.to(dtype=dtype)

    def _batch(
        self,
        text: Mapping[str, Any],
        seeds: Sequence[int],
        indices: Sequence[int],
        settings: GenerationSettings,
        on_step: OnStep | None,
    ) -> list[_Outcome]:
        torch = _torch()
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
        arguments: dict[str, Any] = {
            **text,
            "num_images_per_prompt": len(seeds),
            "num_inference_steps": settings.num_inference_steps,
            "guidance_scale": settings.guidance_scale,
            "width": settings.width,
            "height": settings.height,
            "generator": generators,
            "output_type": "pt",
        }
        known = inspect.signature(self.pipeline.__call__).parameters
        if on_step is not None and "callback_on_step_end" in known:
            arguments["callback_on_step_end"] = self._callback(indices, settings, on_step)
        output = self.pipeline(**{name: value for name, value in arguments.items() if name in known})
        blocked = getattr(output, "nsfw_content_detected", None) or [False] * len(seeds)
        return [_outcome(image, bool(flag)) for image, flag in zip(output.images, blocked, strict=True)]

    def _callback(self, indices: Sequence[int], settings: GenerationSettings, on_step: OnStep) -> Any:
        def callback(pipeline: Any, step: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
            latents = values["latents"]
            on_step(
                StepEvent(
                    step=step + 1,
                    num_inference_steps=settings.num_inference_steps or 0,
                    indices=tuple(indices),
                    preview=lambda i: self._decode(latents[list(indices).index(i)]),
                )
            )
            return values

        return callback

    def _decode(self, latents: torch.Tensor) -> Image:
        """Decode latents (channels, height/f, width/f) as they stand."""
        vae = self.pipeline.vae
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        with _torch().no_grad():
            decoded = vae.decode((latents[None] / vae.config.scaling_factor + shift).to(vae.dtype)).sample
        return _to_image(decoded[0] / 2 + 0.5)

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


def _outcome(image: torch.Tensor, blocked: bool) -> _Outcome:
    if blocked:
        return _Outcome(None, BLOCKED)
    if not bool(image.isfinite().all()):
        return _Outcome(None, FAILED)
    return _Outcome(_to_image(image), FINISHED)


def _to_image(pixels: torch.Tensor) -> Image:
    """Turn (3, height, width) in 0 … 1 into an RGB image."""
    from PIL import Image as Pillow

    levels = (pixels.float().clamp(0, 1) * 255).round().to(_torch().uint8)
    return Pillow.fromarray(levels.permute(1, 2, 0).cpu().numpy(), "RGB")


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
