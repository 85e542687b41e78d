"""Stand-ins for tests: a backend that draws from the seed alone, in no time and without torch, and a ranker that can be
checked by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit.errors import SettingsError
from promptkit.hookspecs import hookimpl
from promptkit.interfaces import OnStep, StepEvent
from promptkit.prompt import Prompt
from promptkit.records import (
    FAILED,
    FINISHED,
    PREVIEW,
    PRUNED,
    PRUNING,
    STEPS,
    Candidate,
    GenerationRequest,
    GenerationSettings,
    LoadOptions,
    ModelSpec,
)

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 16


class FakeBackend:
    """Draws a picture of one colour for each seed. ``fail`` names seeds that end as failed, ``stop_at`` one that is
    interrupted."""

    def __init__(self, *, fail: Sequence[int] = (), stop_at: int | None = None) -> None:
        self.fail = tuple(fail)
        self.stop_at = stop_at
        self.requests: list[GenerationRequest] = []

    @property
    def abilities(self) -> frozenset[str]:
        return frozenset({STEPS, PREVIEW, PRUNING})

    def describe(self) -> Mapping[str, Any]:
        return {"device": "cpu", "dtype": "float32", "pipeline": "FakeBackend", "hash": None, "notes": []}

    def settle(self, settings: GenerationSettings) -> GenerationSettings:
        if settings.width is not None and settings.width % 8:
            raise SettingsError(f"A width of {settings.width} pixels cannot be made.", hint="Use --width 16.")
        return settings.over(
            GenerationSettings(width=SIDE, height=SIDE, num_inference_steps=2, guidance_scale=1.0, batch_size=4)
        )

    def generate(self, request: GenerationRequest, *, on_step: OnStep | None = None) -> Iterator[Candidate]:
        self.requests.append(request)
        size = request.settings.batch_size or 1
        seeds = list(enumerate(request.seeds))
        for begin in range(0, len(seeds), size):
            batch = dict(seeds[begin : begin + size])
            kept, shrunk = self._steps(batch, request.settings.num_inference_steps or 1, on_step)
            for index, seed in batch.items():
                if seed == self.stop_at:
                    raise KeyboardInterrupt
                outcome = FAILED if seed in self.fail else FINISHED if index in kept else PRUNED
                yield Candidate(
                    index=index,
                    seed=seed,
                    image=_one_colour(seed) if outcome == FINISHED else None,
                    outcome=outcome,
                    batch_size=len(batch),
                    shrunk=shrunk,
                )

    def _steps(
        self, batch: Mapping[int, int], steps: int, on_step: OnStep | None
    ) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
        """Tell every step of a batch; return who is left, and where the batch shrank."""
        kept, shrunk = tuple(batch), []
        for step in range(1, steps + 1):
            event = StepEvent(
                step=step,
                num_inference_steps=steps,
                indices=kept,
                previews=lambda wanted: [_one_colour(batch[i]) for i in wanted],
            )
            wanted = None if on_step is None else on_step(event)
            if wanted is not None and len(wanted) < len(kept):
                kept = tuple(index for index in kept if index in wanted)
                shrunk.append((step, len(kept)))
        return kept, tuple(shrunk)


def _one_colour(seed: int) -> Image:
    from PIL import Image as Pillow

    rng = random.Random(seed)
    return Pillow.new("RGB", (SIDE, SIDE), tuple(rng.randrange(256) for _ in range(3)))


class FakeLoader:
    """Hands out one FakeBackend."""

    name = "fake"

    def __init__(self, backend: FakeBackend | None = None) -> None:
        self.backend = backend or FakeBackend()

    def load(self, model: ModelSpec, options: LoadOptions | None = None) -> FakeBackend:  # noqa: ARG002
        return self.backend


class RednessRanker:
    """Scores how red a picture is: simple enough to check by hand."""

    name = "redness"

    def load(self, model: str | None = None, *, device: str | None = None) -> RednessRanker:  # noqa: ARG002
        return self

    def describe(self) -> Mapping[str, Any]:
        return {"name": self.name, "model": "none"}

    def score(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[Mapping[str, float]]:  # noqa: ARG002
        values = [candidate.image.tobytes()[0] / 255 for candidate in candidates if candidate.image is not None]
        return [{"total": value, "subject": value} for value in values]


class FakePlugin:
    """Registers the fakes: a model ``fake`` on a backend ``fake``, ranked by ``redness``."""

    def __init__(self, backend: FakeBackend | None = None) -> None:
        self.loader = FakeLoader(backend)

    @hookimpl
    def register_backends(self) -> list[FakeLoader]:
        return [self.loader]

    @hookimpl
    def register_models(self) -> list[ModelSpec]:
        return [ModelSpec(name="fake", source="fake", backend="fake", ranker="redness")]

    @hookimpl
    def register_rankers(self) -> list[RednessRanker]:
        return [RednessRanker()]
