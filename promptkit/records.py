"""The records that travel between floors: what is asked for, what was made, and how to make it again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from promptkit.errors import MetadataError
from promptkit.prompt import Prompt

if TYPE_CHECKING:
    from PIL.Image import Image

FINISHED = "finished"
BLOCKED = "blocked"
FAILED = "failed"
PRUNED = "pruned"

STEPS = "steps"
PREVIEW = "preview"
PRUNING = "pruning"
WEIGHTS = "weights"
NEGATIVE = "negative prompt"
VARIATION = "variation seeds"
ABILITIES = (STEPS, PREVIEW, PRUNING, WEIGHTS, NEGATIVE, VARIATION)
"""What a backend can do with its model: tell each step, show a candidate half-way, drop candidates half-way, weigh
words, follow a negative prompt, blend two seeds' noise."""

BEST_OF_N = "best-of-n"
"""The search that runs every candidate to its end."""

DIFFUSION = "diffusion"
FLOW = "flow"
DISTILLED = "distilled"
SUITS = (DIFFUSION, FLOW, DISTILLED)
"""What a sampler can be for: models of a diffusion (SD 1 and 2, SDXL), of a flow (SD 3, FLUX, Sana), and models that
were distilled to few steps."""

HUB_RANKER = "clip:ViT-B-32/laion2b_s34b_b79k"
"""What ranks a model's pictures where the model does not name a ranker."""

LORA = "lora"
INVERSION = "inversion"
LORA_KINDS = ("lora", "lyco")
"""What a tag calls a network that is loaded as a LoRA."""

RECIPE_VERSION = 1

Encode = Callable[[str, str, Any], tuple[str, Mapping[str, Any]] | None]
"""Given prompt, negative prompt and pipeline: who encodes them, and as which arguments of the pipeline's call."""


@dataclass(frozen=True, kw_only=True)
class GenerationSettings:
    """The numbers of a run; ``None`` leaves the choice to the style, then to the model."""

    width: int | None = None
    """Pixels."""
    height: int | None = None
    """Pixels."""
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    """Classifier-free guidance (Ho and Salimans, arXiv:2207.12598); 1 turns it off."""
    sampler: str | None = None
    batch_size: int | None = None
    """Candidates denoised together."""
    weighting: str | None = None
    """Whose arithmetic weights follow: ``a1111``, ``comfyui`` or ``compel``; by default that of the dialect."""

    def over(self, below: GenerationSettings) -> GenerationSettings:
        """Return these settings with what they leave open taken from ``below``."""
        return replace(below, **{name: value for name, value in asdict(self).items() if value is not None})


@dataclass(frozen=True, kw_only=True)
class LoadOptions:
    """How a model is loaded; what is left open is chosen by the machine."""

    device: str | None = None
    """``cuda``, ``cuda:1``, ``mps`` or ``cpu``; ``None`` takes the best there is."""
    dtype: str | None = None
    """``bfloat16``, ``float16`` or ``float32``; ``None`` takes what suits the device."""
    offload: str | None = None
    """``model`` keeps the part that works on the accelerator, ``sequential`` the layer; ``None`` keeps everything."""
    compile: bool = False
    """Compile the denoiser: the first batch of a shape waits for it, later ones are quicker."""
    vae_tiling: bool = False
    """Decode in tiles and one picture at a time: less memory, and seams that can hardly be seen."""
    preview_vae: str | None = None
    """A small decoder for previews, folder or hub id (an ``AutoencoderTiny`` such as TAESD); ``None`` takes the model
    folder's own, or else the model's VAE."""
    config: str | None = None
    """The folder of a pipeline that a single file of weights takes its configuration and tokenizers from."""
    loras: tuple[str, ...] = ()
    """Folders that ``<lora:name>`` is looked for in, before the user's own."""
    embeddings: tuple[str, ...] = ()
    """Folders of textual inversions, before the user's own."""


@dataclass(frozen=True, kw_only=True)
class SamplerSpec:
    """A user's name for a diffusers scheduler with its configuration."""

    name: str
    scheduler: str
    """A class name of diffusers, or ``module:Class`` for one that a plugin brings."""
    config: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    summary: str = ""
    source: str = ""
    """The paper or code that it comes from."""
    suits: tuple[str, ...] = ()
    """Which of ``SUITS`` it is for; empty says what its class integrates: ``FlowMatch…`` a flow, any other a
    diffusion."""
    flow: str | None = None
    """The class that stands in for ``scheduler`` on flow-matching models; ``None`` keeps ``scheduler``."""
    order: int | None = None
    """Halving the steps' size divides the error by 2 to this power, at best."""
    evaluations: int = 1
    """Calls of the denoiser a step."""
    max_steps: int | None = None
    """The most steps that it can run; ``None`` where it has no limit."""
    noise: bool = False
    """Whether each step adds fresh noise: more steps then give another picture, not a finer one."""


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """A diffusion model by name: where it lies, what it likes, and what to say about it."""

    name: str
    source: str
    """A folder, or a hub id."""
    revision: str | None = None
    backend: str = "diffusers"
    settings: GenerationSettings = field(default_factory=GenerationSettings)
    """Defaults that suit the model."""
    ranker: str = "clip"
    """The ranker used when none is named; ``name:model`` chooses a checkpoint."""
    licence: str | None = None
    gated: bool = False
    """Whether its page asks for an account, or for its licence to be accepted, before it can be downloaded."""
    memory_gib: float | None = None
    """What it needs on an accelerator: the weights of all its parts at two bytes a parameter, and 2 GiB for the work on
    one picture. On a CPU, in float32, it is about twice that; offloading needs less."""
    summary: str = ""
    vocabulary: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None
    """All the words that the model knows, slot → value → phrases; ``None`` when it has no such limit."""
    related: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Words that it does not know, by the value that comes nearest: slot → value → words."""


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """A LoRA or a textual inversion that a prompt names, with the file that it is."""

    kind: str
    """``lora`` or ``inversion``."""
    name: str
    """As it is written in the prompt."""
    path: str
    sha256: str
    weight: float = 1.0
    """Of a LoRA in the denoiser; 0 leaves it without effect."""
    text_weight: float = 1.0
    """Of a LoRA in the text encoders."""


@dataclass(frozen=True, kw_only=True)
class Variation:
    """Second seeds, whose initial noise each candidate's own is moved towards."""

    seeds: tuple[int, ...]
    """One a candidate."""
    strength: float
    """0 is exactly the candidate's own seed, 1 exactly the second one; between them the noises are slerped."""


@dataclass(frozen=True, kw_only=True)
class GenerationRequest:
    """One run on one loaded model: a prompt, and a seed for each candidate."""

    prompt: Prompt
    seeds: tuple[int, ...]
    settings: GenerationSettings = field(default_factory=GenerationSettings)
    """As the backend's ``settle`` returned them: nothing is open."""
    sampler: SamplerSpec | None = None
    """``None`` keeps the model's own scheduler."""
    variation: Variation | None = None
    pad: bool = False
    """Fill a batch that is not full with seeds whose pictures are thrown away: only to run a part of a recorded batch
    again with the same bits."""
    shrink: tuple[tuple[int, int], ...] = ()
    """Where a recorded batch shrank, see ``Candidate.shrunk``: to run a part of it again with the same bits."""
    adapters: tuple[Adapter, ...] = ()
    """What the prompt names beside the model; a backend that cannot load them tells it."""
    encode: Encode | None = field(default=None, compare=False, repr=False)
    """Asked for embeddings before the backend makes its own; ``None`` where no plugin makes any."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One image with its seed."""

    index: int
    """Place in the run, from 0."""
    seed: int
    image: Image | None
    """RGB; ``None`` when the outcome is not ``"finished"``."""
    outcome: str = FINISHED
    """``finished``, ``blocked`` by the model's own safety checker, ``failed``, or ``pruned`` half-way."""
    batch_size: int = 1
    """The batch that it was denoised in: bits repeat for the same machine, versions and batch size."""
    shrunk: tuple[tuple[int, int], ...] = ()
    """Where its batch shrank on the way: (after step, to so many candidates); bits repeat for the same ones."""
    variation_seed: int | None = None
    pruned_at: int | None = None
    """The step after which it was dropped; its scores are then those of what it was predicted to become."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """``total`` and one key a slot, higher is better; a slot is absent where it was not judged."""
    interval: tuple[float, float] | None = None
    """The middle 90 % of its totals in views and words that say the same; ``None`` where that was not measured."""
    tied: bool = False
    """Level with the best: the difference of totals is inside the noise of the measurement (``promptkit.ties``)."""
    path: str | None = None
    """The file that it was written to."""
    finished: Image | None = None
    """What the chain of post-processors made of ``image``; ``None`` where nothing was done."""
    finished_path: str | None = None
    """The file that ``finished`` was written to, beside ``path``."""
    finish: tuple[Mapping[str, Any], ...] = ()
    """The steps that made ``finished``, as recipes keep them, with what each measured and its scores."""

    @property
    def total(self) -> float:
        """The ranker's total, any real number; −∞ where nothing was judged, which stands behind whatever was."""
        return self.scores.get("total", -math.inf)


def best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return candidates by their totals; equals keep their order, to six digits: what differs by less differs by the
    batch that it was scored in."""
    return sorted(candidates, key=lambda candidate: -float(f"{candidate.total:.6g}"))


_KINDS: tuple[tuple[str, type], ...] = (
    *((name, str) for name in ("prompt", "resolved", "negative", "dialect")),
    *((name, int) for name in ("seed", "candidates", "text_seed")),
    *((name, dict) for name in ("model", "settings", "environment", "search", "plugins")),
)
"""What stands in a recipe's JSON."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything needed to make a run again, as plain JSON values."""

    prompt: str
    """As typed."""
    resolved: str
    negative: str
    phrases: tuple[Mapping[str, Any], ...]
    styles: tuple[str, ...]
    seed: int
    candidates: int
    text_seed: int
    model: Mapping[str, Any]
    """name, source, revision, hash, licence; ``adapters`` where there are any: kind, name, sha256, weights."""
    settings: Mapping[str, Any]
    environment: Mapping[str, Any]
    """device, dtype, and versions of promptkit and of the packages that decide the bits."""
    ranker: Mapping[str, Any] | None
    """What the ranker's ``describe`` says; ``None`` when nothing was ranked."""
    dialect: str = "a1111"
    drawn_from: str | None = None
    """The template that ``prompt`` is a resolution of."""
    search: Mapping[str, Any] = field(default_factory=lambda: {"name": BEST_OF_N})
    """How candidates were spent: what the strategy's ``describe`` says."""
    variation: Mapping[str, Any] | None = None
    """``seed`` of the first candidate's second noise, counted up from one candidate to the next, and ``strength``."""
    finish: tuple[Mapping[str, Any], ...] = ()
    """The chain of post-processors: name, settings, plugin and version of each step, in order; in a picture also
    ``facts`` that it measured and ``scores`` before and after."""
    plugins: Mapping[str, str] = field(default_factory=dict)
    """The plugins of third parties that took part, each with its version; those of ``finish`` stand there."""
    version: int = RECIPE_VERSION

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Recipe:
        """Return the recipe that ``to_json`` gave as ``data``, with the same ``id``. Raises MetadataError where
        something is missing, or comes from a newer promptkit."""
        known = {one.name for one in fields(cls)}
        least = {one.name for one in fields(cls) if one.default is MISSING and one.default_factory is MISSING}
        right = least <= set(data) <= known and all(isinstance(data.get(name, kind()), kind) for name, kind in _KINDS)
        right = right and all(isinstance(data.get(name, []), list | tuple) for name in ("phrases", "styles", "finish"))
        if not right or data.get("version", RECIPE_VERSION) != RECIPE_VERSION:
            raise MetadataError(
                "This recipe was not written by this version of promptkit.",
                hint="Update promptkit: pip install --upgrade promptkit",
            )
        lists = {name: tuple(data[name]) for name in ("phrases", "styles", "finish") if name in data}
        return cls(**{**data, **lists})

    @property
    def id(self) -> str:
        """Ten hex digits that are the same for the same recipe, however it is finished: file names begin with them."""
        text = json.dumps({**self.to_json(), "finish": ()}, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:10]


@dataclass(frozen=True, kw_only=True)
class Result:
    """A finished run: every candidate in order of its seed, and the recipe that made them."""

    prompt: Prompt
    candidates: tuple[Candidate, ...]
    recipe: Recipe
    unfinished: tuple[str, ...] = ()
    """Why post-processors of the chain were left out, each by name, in words for the user."""
    run: int | None = None
    """Its number in the library that it was written to; ``None`` where it is in none."""

    @property
    def ranked(self) -> tuple[Candidate, ...]:
        """The finished candidates, best first; equals keep the order of their seeds."""
        finished = [candidate for candidate in self.candidates if candidate.outcome == FINISHED]
        return tuple(best_first(finished))

    @property
    def ties(self) -> tuple[int, ...]:
        """The indices of the candidates that are level with the best, the nearest first."""
        return tuple(candidate.index for candidate in self.ranked if candidate.tied)

    @property
    def lost(self) -> tuple[Candidate, ...]:
        """The candidates that should have become pictures and did not: failed or blocked, not those pruned on
        purpose."""
        return tuple(candidate for candidate in self.candidates if candidate.outcome not in (FINISHED, PRUNED))

    @property
    def best(self) -> Candidate:
        """The candidate with the highest total. Raises IndexError when none was finished; a Session never returns
        such a result."""
        return self.ranked[0]
