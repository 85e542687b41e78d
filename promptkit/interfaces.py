"""What a plugin implements: one small Protocol for each kind of work.

Hooks only register; these do the work. A registered object is cheap to make: whatever is heavy is imported and
loaded inside ``load`` or at the first call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from promptkit.prompt import Prompt
from promptkit.records import Candidate, GenerationRequest, GenerationSettings, LoadOptions, ModelSpec
from promptkit.seeds import Draw

if TYPE_CHECKING:
    import random

    from PIL.Image import Image


@dataclass(frozen=True, kw_only=True)
class StepEvent:
    """One denoising step that has just ended."""

    step: int
    """From 1."""
    num_inference_steps: int
    indices: tuple[int, ...]
    """The candidates in the batch that are still denoised."""
    previews: Callable[[Sequence[int]], list[Image]]
    """Decode what candidates are predicted to become (x₀ of this step, not their noisy latents), all in one batch;
    costs a decode each, so call it only for those that are looked at."""

    def preview(self, index: int) -> Image:
        """Decode what one candidate is predicted to become."""
        return self.previews([index])[0]


OnStep = Callable[[StepEvent], Sequence[int] | None]
"""Return the candidates to keep, at least one, or ``None`` to keep all of them; a backend with the ability ``pruning``
drops the others, and yields them with the outcome ``pruned``."""


@runtime_checkable
class Backend(Protocol):
    """A loaded model that turns a request into images."""

    @property
    def abilities(self) -> frozenset[str]:
        """Which of ``records.ABILITIES`` it has; what else is asked of it is left out, and told."""
        ...

    def settle(self, settings: GenerationSettings) -> GenerationSettings:
        """Fill what is open with what suits the model. Raises SettingsError for what it cannot do, before any work."""
        ...

    def generate(self, request: GenerationRequest, *, on_step: OnStep | None = None) -> Iterator[Candidate]:
        """Yield each candidate as soon as it is decoded, in the order of ``request.seeds``."""
        ...

    def describe(self) -> Mapping[str, Any]:
        """Return what decides the bits: device, dtype, pipeline class, model hash, notes for the user."""
        ...


@runtime_checkable
class BackendLoader(Protocol):
    """A way to load models; ``name`` is what ``ModelSpec.backend`` refers to."""

    name: str

    def load(self, model: ModelSpec, options: LoadOptions | None = None) -> Backend:
        """Load ``model``; ``None`` leaves all options open. Raises ModelError with a hint when that cannot be done,
        SettingsError for options that are not for this machine."""
        ...


@runtime_checkable
class Expander(Protocol):
    """Something that makes fuller prompts out of one."""

    name: str

    def expand(self, prompt: Prompt, *, draw: Draw, limit: int | None) -> Iterator[Prompt]:
        """Yield variants of ``prompt``, at most ``limit`` of them; every choice is drawn from ``draw(node)``."""
        ...


@runtime_checkable
class Ranker(Protocol):
    """Something that says how well images show what a prompt says."""

    name: str

    def score(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[Mapping[str, float]]:
        """Return one mapping a candidate, in the same order: ``total`` and one key a judged slot; higher is better.

        A slot that cannot be judged has no key; where nothing can, the mapping is empty.
        """
        ...

    def describe(self) -> Mapping[str, Any]:
        """Return what decides the numbers: checkpoint, alternatives, weights of the slots."""
        ...


@runtime_checkable
class RankerLoader(Protocol):
    """A way to load rankers; ``name`` is what stands before the colon in ``--ranker name:model``."""

    name: str

    def load(self, model: str | None = None, *, device: str | None = None) -> Ranker:
        """Load the ranker, with ``model`` as its checkpoint. Raises ModelError with a hint when that cannot be done."""
        ...


@runtime_checkable
class PostProcessor(Protocol):
    """Something that finishes an image."""

    name: str

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Image:
        """Return a new image; ``image`` is left as it was."""
        ...
