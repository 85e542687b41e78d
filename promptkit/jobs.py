"""A job: all that was asked of a run, as plain JSON, so that the run can be gone on with in another process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from promptkit.asked import seeds_of, variation_of
from promptkit.errors import LibraryError
from promptkit.frames import Frame
from promptkit.prompt import Conflict, Phrase, Prompt
from promptkit.records import BEST_OF_N, GenerationSettings, LoadOptions, Variation

JOB_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a run does, with nothing left to choose but what is ``None``."""

    prompt: Prompt
    """As styles and templates left it."""
    model: str
    """As it was named, or the path where it lies."""
    ranker: str
    """As it was named."""
    seed: int
    candidates: int
    text_seed: int = 0
    settings: GenerationSettings = field(default_factory=GenerationSettings)
    search: str = BEST_OF_N
    variation_seed: int | None = None
    variation_strength: float | None = None
    keep: int | None = None
    finish: tuple[Mapping[str, Any], ...] = ()
    """The chain that is run, whoever asked for it: ``name`` and ``settings`` of each step."""
    finish_all: bool = False
    load: LoadOptions = field(default_factory=LoadOptions)
    packs: tuple[str, ...] = ()

    @property
    def variation(self) -> Variation | None:
        """The second seeds. Raises SettingsError."""
        return variation_of(self.variation_seed, self.variation_strength, self.candidates)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each candidate: with a variation all have the first. Raises SettingsError."""
        if self.variation is None:
            return seeds_of(self.seed, self.candidates)
        return seeds_of(self.seed, 1) * self.candidates

    def to_json(self) -> dict[str, Any]:
        """Return the job as plain JSON values."""
        return {"version": JOB_VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Job:
        """Return the job that ``to_json`` gave, equal in everything. Raises LibraryError where it gave something
        else."""
        if data.get("version") != JOB_VERSION:
            raise LibraryError(
                "This run was begun by another version of promptkit, which asked for other things.",
                hint="Update promptkit: pip install --upgrade promptkit",
            )
        values = {name: value for name, value in data.items() if name != "version"}
        try:
            return cls(
                **{
                    **values,
                    "prompt": prompt_from_json(data["prompt"]),
                    "settings": GenerationSettings(**data["settings"]),
                    "load": LoadOptions(**_with_tuples(data["load"])),
                    "finish": tuple(data["finish"]),
                    "packs": tuple(data["packs"]),
                }
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise LibraryError(
                f"What was asked of this run cannot be read: {error}.", hint="Make it anew: promptkit generate"
            ) from error


def prompt_from_json(data: Mapping[str, Any]) -> Prompt:
    """Return the prompt that ``dataclasses.asdict`` made plain. Raises KeyError and TypeError for another shape."""
    made: dict[str, Any] = {
        "phrases": _phrases(data["phrases"]),
        "negative": _phrases(data["negative"]),
        "replaced": _phrases(data["replaced"]),
        "frames": tuple(Frame(**frame) for frame in data["frames"]),
        "conflicts": tuple(_conflict(conflict) for conflict in data["conflicts"]),
        "styles": tuple(data["styles"]),
        "finish": tuple(data["finish"]),
    }
    plain = {one.name: data[one.name] for one in fields(Prompt) if one.name not in made}
    return Prompt(**plain, **made)


def _phrases(data: Sequence[Mapping[str, Any]]) -> tuple[Phrase, ...]:
    return tuple(Phrase(**phrase) for phrase in data)


def _conflict(data: Mapping[str, Any]) -> Conflict:
    return Conflict(**{**data, "first": Phrase(**data["first"]), "second": Phrase(**data["second"])})


def _with_tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}


def lasting(place: str) -> str:
    """Return a name or a path so that it means the same in another folder: what lies here becomes absolute."""
    try:
        path = Path(place).expanduser()
        return str(path.absolute()) if place and path.exists() else place
    except (OSError, RuntimeError):
        return place


def lasting_load(options: LoadOptions) -> LoadOptions:
    """Return options of loading whose folders mean the same in another folder."""
    changed = {
        "preview_vae": None if options.preview_vae is None else lasting(options.preview_vae),
        "config": None if options.config is None else lasting(options.config),
        "loras": tuple(map(lasting, options.loras)),
        "embeddings": tuple(map(lasting, options.embeddings)),
    }
    return LoadOptions(**{**asdict(options), **changed})
