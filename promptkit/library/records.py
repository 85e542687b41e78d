"""What a library knows, as records: a run, a picture, and what is said of a picture in rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from promptkit.records import FINISHED, Candidate, Recipe
from promptkit.seeds import MAX_SEED

RUNNING = "running"
DONE = "finished"
STOPPED = "stopped"
FAILED_RUN = "failed"
STATES = (RUNNING, DONE, STOPPED, FAILED_RUN)
"""What a run can be: going on or cut off, at its end, stopped by its user, or ended by an error."""

CANDIDATE = "candidate"
FINISHED_PICTURE = "finished"
IMPORTED = "imported"

WORDS = ("prompt", "negative", "subject", "style", "lighting", "camera", "styles", "model", "tags")
"""The columns that words are searched in."""
SLOT_COLUMNS = ("subject", "style", "lighting", "camera")


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """A run as the library keeps it."""

    id: int
    recipe: Recipe
    job: Mapping[str, Any]
    """What is needed beside the recipe to go on with it."""
    state: str
    """One of ``STATES``."""
    created: float
    """Seconds since 1970, UTC."""
    updated: float
    """When its last candidate came, likewise."""
    seconds: float | None = None
    """What it took, once it ended."""
    host: str = ""


@dataclass(frozen=True, kw_only=True)
class StoredPicture:
    """A picture as the library keeps it."""

    id: int
    file: str
    """The path inside the library's folder, with ``/``."""
    path: Path
    """The same, absolute."""
    sha256: str
    bytes: int
    width: int
    height: int
    format: str
    kind: str
    """``candidate``, ``finished`` by post-processors, or ``imported``."""
    run: int | None = None
    index: int | None = None
    """Its place in the run."""
    parent: int | None = None
    """The picture that a finished one was made of."""
    seed: int | None = None
    tool: str = ""
    """What made it: ``promptkit``, or what its metadata names."""
    model: str | None = None
    sampler: str | None = None
    prompt: str = ""
    """As typed, where promptkit made it."""
    negative: str = ""
    recipe: Mapping[str, Any] | None = None
    """As JSON; ``None`` where another tool made it."""
    rating: int | None = None
    """0 to 5."""
    added: float = 0.0
    """When its row was first written: seconds since 1970, UTC."""
    made: float | None = None
    """When its file was written, likewise."""
    scores: Mapping[str, float] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    """What the prompt says, slot by slot; a slot that says nothing is absent."""

    @property
    def total(self) -> float | None:
        """The ranker's total; higher is better."""
        return self.scores.get("total")

    def to_json(self) -> dict[str, Any]:
        """Return the picture as plain JSON values, without its recipe."""
        plain = {name: value for name, value in vars(self).items() if name != "recipe"}
        return {
            **plain,
            "path": str(self.path),
            "scores": dict(self.scores),
            "tags": list(self.tags),
            "slots": dict(self.slots),
        }


def run_of(row: Sequence[Any]) -> StoredRun:
    """Return a run from a row of ``RUN_COLUMNS``."""
    number, recipe, job, *others = row
    names = ("state", "created", "updated", "seconds", "host")
    return StoredRun(
        id=number,
        recipe=Recipe.from_json(json.loads(recipe)),
        job=json.loads(job),
        **dict(zip(names, others, strict=True)),
    )


RUN_COLUMNS = "id, recipe, job, state, created, updated, seconds, host"

PICTURE_COLUMNS = (
    "p.id, p.file, p.sha256, p.bytes, p.width, p.height, p.format, p.kind, p.run_id, p.idx, p.parent, p.seed, p.tool, "
    "p.model, p.sampler, p.prompt, p.negative, p.rating, p.added, p.made, p.recipe, "
    "w.subject, w.style, w.lighting, w.camera"
)
PICTURE_NAMES = (
    "id", "file", "sha256", "bytes", "width", "height", "format", "kind", "run", "index", "parent", "seed", "tool",
    "model", "sampler", "prompt", "negative", "rating", "added", "made",
)  # fmt: skip


def kept_seed(seed: int) -> int | str:
    """Return a seed as the table of pictures keeps it: as text where it is too large for SQLite's integers."""
    return seed if abs(seed) <= MAX_SEED else str(seed)


def picture_of(row: Sequence[Any], folder: Path, scores: Mapping[str, float], tags: Sequence[str]) -> StoredPicture:
    """Return a picture of the library in ``folder`` from a row of ``PICTURE_COLUMNS``."""
    plain, (recipe, *slots) = row[: len(PICTURE_NAMES)], row[len(PICTURE_NAMES) :]
    facts = dict(zip(PICTURE_NAMES, plain, strict=True))
    facts["seed"] = None if facts["seed"] is None else int(facts["seed"])
    return StoredPicture(
        **facts,
        path=folder / facts["file"],
        recipe=None if recipe is None else json.loads(recipe),
        scores=scores,
        tags=tuple(sorted(tags)),
        slots={name: words for name, words in zip(SLOT_COLUMNS, slots, strict=True) if words},
    )


def candidate_row(candidate: Candidate) -> dict[str, Any]:
    """Return what a row of ``candidates`` says of a candidate."""
    return {
        "seed": candidate.seed,
        "variation_seed": candidate.variation_seed,
        "outcome": candidate.outcome,
        "batch_size": candidate.batch_size,
        "shrunk": json.dumps(candidate.shrunk),
        "pruned_at": candidate.pruned_at,
        "scores": json.dumps(dict(candidate.scores)),
        "total": candidate.scores.get("total"),
        "interval": None if candidate.interval is None else json.dumps(candidate.interval),
        "tied": int(candidate.tied),
        "finish": json.dumps(candidate.finish),
    }


CANDIDATE_COLUMNS = (
    "c.idx, c.seed, c.variation_seed, c.outcome, c.batch_size, c.shrunk, c.pruned_at, c.scores, c.interval, c.tied, "
    "c.finish, made.file, done.file"
)


def candidate_of(row: Sequence[Any], folder: Path) -> Candidate:
    """Return a candidate, without its image, from a row of ``CANDIDATE_COLUMNS``."""
    index, seed, second, outcome, batch_size, shrunk, pruned_at, scores, interval, tied, finish, file, finished = row
    return Candidate(
        index=index,
        seed=seed,
        image=None,
        variation_seed=second,
        outcome=outcome,
        batch_size=batch_size,
        shrunk=tuple((after, size) for after, size in json.loads(shrunk)),
        pruned_at=pruned_at,
        scores=json.loads(scores),
        interval=None if interval is None else tuple(json.loads(interval)),
        tied=bool(tied),
        finish=tuple(json.loads(finish)),
        path=None if file is None else str(folder / file),
        finished_path=None if finished is None else str(folder / finished),
    )


def recorded_candidate(found: Mapping[str, Any], path: Path) -> Candidate:
    """Return the candidate that a picture's own metadata tells of. Raises KeyError, TypeError or ValueError where
    that is not what promptkit writes."""
    second = found.get("variation_seed")
    index, seed = int(found["index"]), int(found["seed"])
    if not all(0 <= number <= MAX_SEED for number in (index, seed, int(second or 0))):
        raise ValueError("no seed or index of promptkit's")
    return Candidate(
        index=index,
        seed=seed,
        image=None,
        outcome=FINISHED,
        batch_size=int(found.get("batch_size", 1)),
        shrunk=tuple((int(after), int(size)) for after, size in found.get("shrunk", ())),
        variation_seed=None if second is None else int(second),
        scores={str(name): float(value) for name, value in dict(found.get("scores") or {}).items()},
        path=str(path),
    )


def slots_of(phrases: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the words of each slot from pairs of slot and text; other slots than the four have no column."""
    found: dict[str, list[str]] = {name: [] for name in SLOT_COLUMNS}
    for slot, text in phrases:
        if slot in found:
            found[slot].append(text)
    return {slot: ", ".join(texts) for slot, texts in found.items()}
