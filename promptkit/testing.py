"""What plugin authors test with: a backend that draws from the seed alone, in no time and without torch."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit.errors import SettingsError
from promptkit.hookspecs import hookimpl
from promptkit.interfaces import OnStep, StepEvent
from promptkit.prompt import Prompt
from promptkit.records import FAILED, Candidate, GenerationRequest, GenerationSettings, ModelSpec

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

    def describe(self) -> Mapping[str, Any]:
        return {"device": "cpu", "dtype": "float32", "pipeline": "FakeBackend", "hash": None, "notes": []}

    def settle(self, settings: GenerationSettings) -> GenerationSettings:
        if settings.width is not None and settings.width % 8:
            raise SettingsError(f"A width of {settings.width} pixels cannot be made.", hint="Use --width 16.")
        return settings.over(
            GenerationSettings(width=SIDE, height=SIDE, num_inference_steps=2, guidance_scale=1.0, batch_size=4)
        )

    def generate(self, request: GenerationRequest, *, on_step: OnStep | None = None) -> Iterator[Candidate]:
        from PIL import Image as Pillow

        self.requests.append(request)
        size = request.settings.batch_size or 1
        for index, seed in enumerate(request.seeds):
            if seed == self.stop_at:
                raise KeyboardInterrupt
            rng = random.Random(seed)
            image = Pillow.new("RGB", (SIDE, SIDE), tuple(rng.randrange(256) for _ in range(3)))
            if on_step is not None:
                on_step(StepEvent(step=1, num_inference_steps=1, indices=(index,), preview=_always(image)))
            batch = min(size, len(request.seeds) - index // size * size)
            failed = seed in self.fail
            yield Candidate(
                index=index,
                seed=seed,
                image=None if failed else image,
                outcome=FAILED if failed else "finished",
                batch_size=batch,
            )


def _always(image: Image) -> Callable[[int], Image]:
    return lambda _: image


class FakeLoader:
    """Hands out one FakeBackend."""

    name = "fake"

    def __init__(self, backend: FakeBackend | None = None) -> None:
        self.backend = backend or FakeBackend()

    def load(self, model: ModelSpec, *, device: str | None = None, dtype: str | None = None) -> FakeBackend:  # noqa: ARG002
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
