"""Where the pictures of a run are written, under which names, and that a library learns of each once it is on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from promptkit.embedding import Embedding
from promptkit.finish import Finished
from promptkit.ledger import KeptRun, held_folder
from promptkit.metadata import write_picture, write_png
from promptkit.output import prepare_folder, write_file
from promptkit.records import FINISHED, Candidate, Recipe
from promptkit.resuming import Past, held_picture


@dataclass(frozen=True)
class Output:
    """Where pictures are written, and how many."""

    folder: Path
    keep: int | None = None
    """The best so many, at the end of the run; ``None`` writes each picture as soon as it is scored. In a library the
    others wait beside it until then, so that nothing is lost when the run is cut off."""


class Placing:
    """Writes the pictures of one run. Without ``output`` it writes none, without ``kept`` no library learns of them;
    ``embed`` gives what it finds them by."""

    def __init__(
        self,
        recipe: Recipe,
        output: Output | None,
        kept: KeptRun | None,
        past: Past,
        embed: Callable[[Candidate], Embedding | None],
    ) -> None:
        self._own, self._output, self._kept, self._past, self._embed = recipe, output, kept, past, embed

    def put(self, candidate: Candidate, together: int) -> Candidate:
        """Write a candidate that came, the file before its row; return it with its path. What an earlier process wrote
        is returned as it is."""
        if candidate.index in self._past.candidates:
            return self._past.candidates[candidate.index]
        ready = candidate
        if self._output is not None and candidate.outcome == FINISHED:
            if self._output.keep is None:
                ready = self._written(candidate)
            elif self._kept is not None:
                self._hold(candidate, self._kept)
        if self._kept is not None:
            self._kept.add(ready, self.recipe(candidate), together=together, embedding=self._embed(ready))
        return ready

    def choose(self, candidate: Candidate) -> Candidate:
        """Write one of the best: in a library the very bytes that waited."""
        if self._kept is None:
            return self._written(candidate)
        held = held_picture(self._waiting_in(self._kept), candidate.index)
        if held is None:
            return self._written(candidate)
        content = held.read_bytes()
        path = write_file(self._folder / held.name.partition("-")[2], lambda handle: handle.write(content))
        return self.told(replace(candidate, path=str(path)))

    def told(self, candidate: Candidate) -> Candidate:
        """Tell the library what is known of a candidate by now."""
        if self._kept is not None:
            self._kept.add(candidate, self.recipe(candidate), embedding=self._embed(candidate))
        return candidate

    def put_finished(self, found: Finished, candidate: Candidate) -> Candidate:
        """Write what post-processors made of a candidate beside its picture; without one nothing is written."""
        if candidate.path is None or self._output is None:
            return candidate
        recipe = replace(self.recipe(candidate), finish=candidate.finish)
        write = (
            partial(write_picture, texts={})
            if found.stripped
            else partial(write_png, recipe=recipe, candidate=candidate)
        )
        path = self._folder / self._name(candidate, "-finished")
        made = write_file(path, lambda handle: write(handle, found.image))
        ready = replace(candidate, finished_path=str(made))
        if self._kept is not None:
            self._kept.add_finished(ready, self.recipe(candidate))
        return ready

    def recipe(self, candidate: Candidate) -> Recipe:
        """Return what made a candidate: in a run that was gone on with, perhaps other versions than today's."""
        return self._past.recipes[candidate.index] if candidate.index in self._past.candidates else self._own

    def _hold(self, candidate: Candidate, kept: KeptRun) -> None:
        """Write a picture where it waits until it is known whether it is one of the best."""
        folder = prepare_folder(self._waiting_in(kept))
        while (old := held_picture(folder, candidate.index)) is not None:
            old.unlink()
        self._write(folder / f"{candidate.index}-{self._name(candidate)}", candidate)

    def _waiting_in(self, kept: KeptRun) -> Path:
        return held_folder(kept.folder, kept.number)

    def _written(self, candidate: Candidate) -> Candidate:
        return replace(candidate, path=self._write(self._folder / self._name(candidate), candidate))

    def _write(self, path: Path, candidate: Candidate) -> str:
        assert candidate.image is not None
        image, recipe = candidate.image, self.recipe(candidate)
        return str(write_file(path, lambda handle: write_png(handle, image, recipe, candidate)))

    @property
    def _folder(self) -> Path:
        assert self._output is not None
        return self._output.folder

    def _name(self, candidate: Candidate, ending: str = "") -> str:
        second = "" if candidate.variation_seed is None else f"-v{candidate.variation_seed}"
        return f"{self.recipe(candidate).id}-{candidate.seed}{second}{ending}.png"
