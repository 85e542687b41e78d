"""What a plugin implements: one small Protocol for each kind of work.

Hooks only register; these do the work. A registered object is cheap to make: whatever is heavy is imported and
loaded inside ``load`` or at the first call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from promptkit.prompt import Prompt
from promptkit.records import Candidate, GenerationRequest, GenerationSettings, LoadOptions, ModelSpec, SamplerSpec
from promptkit.seeds import Draw

if TYPE_CHECKING:
    import random

    import numpy as np
    from numpy.typing import NDArray
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
class EarlyCheck(Protocol):
    """What a loader may also have: it looks at a model where it lies, and loads nothing."""

    def check(self, model: ModelSpec, settings: GenerationSettings, sampler: SamplerSpec | None) -> None:
        """Refuse what the model cannot do, as far as that can be told from its files. Raises SettingsError, and
        ModelError for files that are no model."""
        ...


@runtime_checkable
class EarlyNameCheck(Protocol):
    """What a loader of rankers may also have: it looks at a checkpoint's name, and loads nothing."""

    def check_name(self, model: str) -> None:
        """Refuse a checkpoint that cannot be had, as far as that can be told. Raises ModelError."""
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
class Ensemble(Protocol):
    """What a ranker may do besides: measure the noise of its own scores, by which ``promptkit.ties`` tells ties."""

    def score_ensemble(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[list[Mapping[str, float]]]:
        """Return the members of an ensemble, each a list like that of ``score``, the first of them that list itself.

        A member looks at all candidates in one way and says the prompt in one way that change nothing of what they
        show and say: mirrored, cropped a little, in other words. Empty where nothing can be judged.
        """
        ...


@runtime_checkable
class Embedder(Protocol):
    """What a ranker may do besides: give pictures and texts places in one space, where what means the same lies near.
    The library keeps them and finds pictures by them."""

    @property
    def embedding_name(self) -> str:
        """What decides the space: embeddings of one name can be compared. ``ranker:checkpoint`` as users write it, so
        that the library can load it; behind an ``@`` what else decides it, such as a hash of the weights."""
        ...

    def embed_images(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """Return embeddings of unit length (pictures, width). Pictures that were just scored, and not changed since,
        need not be looked at again."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return embeddings of unit length (texts, width), to be compared with those of pictures by their cosine."""
        ...


@runtime_checkable
class RankerLoader(Protocol):
    """A way to load rankers; ``name`` is what stands before the colon in ``--ranker name:model``.

    It may also have a ``summary``, one line, and ``checkpoints``, which says how a checkpoint is spelled.
    """

    name: str

    def load(self, model: str | None = None, *, device: str | None = None) -> Ranker:
        """Load the ranker, with ``model`` as its checkpoint. Raises ModelError with a hint when that cannot be done."""
        ...


Score = Callable[[Sequence[Candidate]], Sequence[Mapping[str, float]]]
"""Score pictures or previews against the prompt of the run: one mapping each, as a ranker gives them, with a finite
``total``. Raises ScoringError, which says why, where that cannot be done."""


@runtime_checkable
class Search(Protocol):
    """A strategy with its schedule settled: how the candidates of a request are spent."""

    needs: frozenset[str]
    """The abilities that a backend must have for it."""
    needs_ranker: bool

    def run(
        self,
        backend: Backend,
        request: GenerationRequest,
        *,
        score: Score,
        on_step: OnStep,
        note: Callable[[str], object],
    ) -> Iterator[Candidate]:
        """Yield every candidate as soon as the backend gives it, the pruned ones too, with ``pruned_at`` and the scores
        of their previews.

        ``on_step`` is told every step before the strategy decides. A strategy that cannot do as it was asked goes on
        without dropping anything, and tells the user by ``note``.
        """
        ...

    def describe(self, num_inference_steps: int) -> Mapping[str, Any]:
        """Return what decides which candidates are kept, as plain JSON values: ``name`` and the schedule."""
        ...


@runtime_checkable
class BatchWise(Protocol):
    """What a search may also have: that it decides for each denoising batch by that batch alone, and has no second
    round. Then a run that was cut off goes on with the batches that are missing; else all of it is run again."""

    batchwise: bool


@runtime_checkable
class SearchStrategy(Protocol):
    """A way to spend candidates; ``name`` is what stands before the colon in ``--search name:schedule``."""

    name: str
    summary: str

    def plan(self, schedule: str | None = None) -> Search:
        """Settle the schedule, ``None`` for the usual one. Raises SettingsError for one that cannot be followed."""
        ...


@dataclass(frozen=True, kw_only=True)
class Processed:
    """What a post-processor may return in place of a picture, where there is something to say of it."""

    image: Image
    note: str = ""
    """For the user: what was found, or why nothing was done."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON values for the recipe: what was measured, versions, the hash of a model. No path, time or host."""
    done: bool = True
    """Whether the picture was worked on; where it was not, the step is told and not recorded."""


@runtime_checkable
class PostProcessor(Protocol):
    """Something that finishes an image."""

    name: str

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Image | Processed:
        """Return a new RGB image; ``image``, RGB too, is left as it was. Every choice is drawn from ``rng``."""
        ...


@runtime_checkable
class ManyModes(Protocol):
    """What a post-processor may also have: the modes that it takes besides RGB, of ``MODES``. It gives back a picture
    of the mode that it was handed."""

    modes: Sequence[str]


MODES = ("RGB", "RGBA", "L", "LA", "I;16")
"""The modes of pictures in a chain. Alpha is straight, not premultiplied; ``I;16`` is grey of 16 bits."""


@runtime_checkable
class Stripping(Protocol):
    """What a post-processor may also have: that it takes out what the file says of the picture, so that the chain's
    writer keeps none of it. ``process`` is handed a picture without any."""

    strips_metadata: bool


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A number, text or switch of a post-processor, as users write it: ``grain:amount=0.3``."""

    name: str
    default: float | int | bool | str
    """Its type says what may be written: only whole numbers where it is an ``int``."""
    least: float = -math.inf
    most: float = math.inf
    choices: tuple[str, ...] = ()
    """The texts that may be written; empty takes any."""
    check: Callable[[Any], object] | None = None
    """Raises SettingsError for a value that cannot be used, such as a file that is not there."""
    registered: str = ""
    """The kind of registered object that the text names, such as ``face_detector``: ``process`` is handed the object
    in place of its name. An empty text stays one."""
    file: bool = False
    """Whether the text is the path of a file: a recipe keeps its name alone, and the facts should keep its hash."""
    preset: bool = False
    """Whether the text names other settings: those of a preset that a style pack brings (``grades:``)."""
    summary: str = ""


@runtime_checkable
class Adjustable(Protocol):
    """What a post-processor may also have: its settings by name, so that what it cannot take is refused before a
    picture is made. It is then always given all of them."""

    settings: Sequence[Setting]
    """The first one is what a value without a name sets: ``grain:0.3``."""


@runtime_checkable
class SettingsCheck(Protocol):
    """What a post-processor may also have: a look at all of its settings together, before a picture is made."""

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """Raise SettingsError or ModelError, with a hint, for settings that do not go together, a model's file that is
        not the one it was pinned to, a package that is missing."""
        ...


Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Face:
    """A face in a picture, in pixels from the upper left corner."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    landmarks: tuple[Point, ...] = ()
    """The eyes, the tip of the nose and the corners of the mouth, each pair from left to right as the viewer sees it;
    empty where they are not known."""
    score: float = 1.0
    """How sure the detector is; higher is surer."""


@runtime_checkable
class FaceDetector(Protocol):
    """Something that finds faces."""

    name: str

    def detect(self, image: Image, *, model: str = "", sha256: str = "") -> Sequence[Face]:
        """Return the faces of an RGB image, in any order.

        ``model`` is the path of a file that it may need, ``sha256`` what that file must hash to. Raises ModelError.
        """
        ...


@runtime_checkable
class FaceModelCheck(Protocol):
    """What a face detector may also have: a look at the file that it was given, before a picture is made."""

    def check_model(self, model: str, sha256: str) -> None:
        """Raise SettingsError or ModelError, with a hint, for a file that is missing, not the one that was hashed, or
        not wanted; ``detect`` raises the same."""
        ...


@runtime_checkable
class FaceDetectorFacts(Protocol):
    """What a face detector may also have: what decides which faces it finds, besides its file."""

    def facts(self) -> Mapping[str, Any]:
        """Return plain JSON values for the recipe, such as the version of a library."""
        ...
