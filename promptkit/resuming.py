"""What is there of a run that was cut off, and which of its batches are run again.

Candidates are kept whose row and picture are there. A batch that is not whole is run again as it was: all of its seeds
together, because bits depend on the size of a batch, and scores on what is scored together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.errors import MetadataError
from promptkit.interfaces import BatchWise, OnStep, Search, StepEvent
from promptkit.ledger import held_folder
from promptkit.metadata import read_provenance
from promptkit.pictures import open_picture
from promptkit.records import FINISHED, Candidate, GenerationRequest, Recipe, Variation

if TYPE_CHECKING:
    from PIL.Image import Image

    from promptkit.library import Library
    from promptkit.library.records import StoredRun


@dataclass(frozen=True, kw_only=True)
class Past:
    """What is there of a run."""

    candidates: Mapping[int, Candidate] = field(default_factory=dict)
    """Those that came to their end, by index, with their images."""
    recipes: Mapping[int, Recipe] = field(default_factory=dict)
    """What the picture of each says of itself: an earlier part of the run may have had other versions."""


def past_of(library: Library, run: StoredRun, *, keep: int | None) -> Past:
    """Return what is there of a run; a candidate whose picture is gone, or cannot be read, is none of it."""
    candidates: dict[int, Candidate] = {}
    recipes: dict[int, Recipe] = {}
    for candidate in library.candidates(run.id):
        recipes[candidate.index] = run.recipe
        if candidate.outcome != FINISHED:
            candidates[candidate.index] = candidate
            continue
        path = Path(candidate.path) if candidate.path else None
        if keep is not None:
            candidate = replace(candidate, path=candidate.path if path is not None and path.is_file() else None)
            path = held_picture(held_folder(library.folder, run.id), candidate.index)
        found = None if path is None else _pictured(candidate, path)
        if found is not None:
            candidates[candidate.index], recipe = found
            recipes[candidate.index] = recipe or run.recipe
    return Past(candidates=candidates, recipes=recipes)


def held_picture(folder: Path, index: int) -> Path | None:
    """Return the picture of a candidate that waits for the end of its run."""
    return next(iter(sorted(folder.glob(f"{index}-*.png"))), None)


def _pictured(candidate: Candidate, path: Path) -> tuple[Candidate, Recipe | None] | None:
    """Return a candidate with its images, and the recipe in its file; ``None`` where that cannot be opened."""
    try:
        opened = open_picture(path)
        said = read_provenance(opened)
        recipe = None if said is None else said.recipe
        made = replace(candidate, image=_plain(opened.rgb))
        return _with_finished(made), None if recipe is None else Recipe.from_json(recipe)
    except MetadataError:
        return None


def _with_finished(candidate: Candidate) -> Candidate:
    """Return a candidate with what post-processors made of it, or as if they had not been run where that is gone."""
    if candidate.finished_path is None:
        return replace(candidate, finish=())
    try:
        return replace(candidate, finished=open_picture(Path(candidate.finished_path)).image)
    except MetadataError:
        return replace(candidate, finished_path=None, finish=())


def _plain(image: Image) -> Image:
    """Return an image as a backend gives it: pixels, and nothing that its file says."""
    image.load()
    plain = image.copy()
    plain.info = {}
    return plain


@dataclass(frozen=True, kw_only=True)
class Part:
    """Candidates that are run in one go: whole batches of one size."""

    indices: tuple[int, ...]
    """Their places in the run."""
    size: int
    """How many are denoised together."""

    def request(self, whole: GenerationRequest) -> GenerationRequest:
        """Return the request for these alone."""
        if self.indices == tuple(range(len(whole.seeds))) and self.size == whole.settings.batch_size:
            return whole
        second = whole.variation
        return replace(
            whole,
            seeds=tuple(whole.seeds[index] for index in self.indices),
            settings=replace(whole.settings, batch_size=self.size),
            variation=None
            if second is None
            else Variation(seeds=tuple(second.seeds[index] for index in self.indices), strength=second.strength),
        )

    def placed(self, candidate: Candidate) -> Candidate:
        """Return a candidate of these with its place in the run."""
        return replace(candidate, index=self.indices[candidate.index])

    def told(self, on_step: OnStep) -> OnStep:
        """Return a listener that hears of these candidates by their places in the run."""

        def listen(event: StepEvent) -> Sequence[int] | None:
            def previews(wanted: Sequence[int]) -> list[Image]:
                return event.previews([self.indices.index(index) for index in wanted])

            indices = tuple(self.indices[index] for index in event.indices)
            kept = on_step(replace(event, indices=indices, previews=previews))
            return None if kept is None else [self.indices.index(index) for index in kept]

        return listen


def parts_left(search: Search, request: GenerationRequest, there: Mapping[int, Candidate]) -> list[Part]:
    """Return what must be run, in order, so that every candidate is there.

    A search that does not say that it decides batch by batch is run again from the beginning.
    """
    size, count = request.settings.batch_size or 1, len(request.seeds)
    if not there:
        return [Part(indices=tuple(range(count)), size=size)]
    if not (isinstance(search, BatchWise) and search.batchwise):
        return [] if len(there) == count else [Part(indices=tuple(range(count)), size=size)]
    return _joined(_batches(size, count, there))


def _batches(size: int, count: int, there: Mapping[int, Candidate]) -> Iterator[Part]:
    """Yield the batches that are not whole. One of which a candidate is there has the size that this one records; any
    other has that of the batch before it, which may have shrunk because memory ran out."""
    at = 0
    while at < count:
        recorded = next((there[i].batch_size for i in range(at, min(at + size, count)) if i in there), None)
        here = min(recorded or size, size)
        members = tuple(range(at, min(at + here, count)))
        if not all(index in there for index in members):
            yield Part(indices=members, size=here)
        at += here
        size = here


def _joined(batches: Iterator[Part]) -> list[Part]:
    """Put batches of one size into one part: the prompt is encoded once for all of them."""
    found: list[Part] = []
    for batch in batches:
        last = found[-1] if found else None
        if last is not None and last.size == batch.size == len(last.indices[-batch.size :]) and _whole(last):
            found[-1] = replace(last, indices=(*last.indices, *batch.indices))
        else:
            found.append(batch)
    return found


def _whole(part: Part) -> bool:
    return len(part.indices) % part.size == 0


def rerun(parts: Collection[Part]) -> frozenset[int]:
    """Return the places of all candidates that are run, also of those that are there already."""
    return frozenset(index for part in parts for index in part.indices)
