"""A chain of post-processors on picture files, also ones that promptkit did not make."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from promptkit.errors import MetadataError, OutputError, PromptkitError
from promptkit.finish import DoneStep, Finished, FinishStep, Judge, run_chain
from promptkit.interfaces import EarlyNameCheck
from promptkit.metadata import Provenance, carried, prompt_of, read_provenance, write_finished
from promptkit.output import replace_file, write_file
from promptkit.pictures import Opened, TooLarge, open_picture
from promptkit.recipes import ranker_name
from promptkit.registry import Registry
from promptkit.session import Session
from promptkit.workers import NO_RANKER

ENDING = "-finished"
"""What a finished picture's name ends in, before a number."""
NOTHING = "Nothing was written."
NO_PROMPT = "The steps were not judged: no prompt is known. Say it with --prompt."
NO_CASE = "The steps were not judged: the ranker can judge nothing in this prompt."
NO_JUDGE = "The steps were not judged: name a ranker, such as --ranker clip:embedded."


@dataclass(frozen=True, kw_only=True)
class FinishedFile:
    """What came of one file."""

    image: Path
    """The file that was given."""
    path: Path | None = None
    """The file that was written; ``None`` where nothing was."""
    seed: int | None = None
    """The image seed that the steps drew from."""
    steps: tuple[DoneStep, ...] = ()
    notes: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Why it, or a step, could not be done, in words for the user."""


@dataclass(kw_only=True)
class FinishJob:
    """A chain for any number of files. One that cannot be read, or written, stops no other."""

    steps: Sequence[FinishStep]
    registry: Registry
    folder: Path | None = None
    """Where pictures are written; ``None`` is beside each."""
    overwrite: bool = False
    """Whether a finished picture takes the place, and the format, of the one that was given."""
    seed: int | None = None
    """``None`` is the one in each picture's recipe, or 0."""
    prompt: str | None = None
    """What the steps are judged by; ``None`` is the prompt in each picture, whichever tool wrote it."""
    ranker: str | None = None
    """What judges them: ``None`` is the ranker in each picture's recipe, ``"none"`` nobody."""
    max_pixels: int
    typed: str = ""
    """The chain as it was written, for hints."""
    _sessions: dict[str, Session] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse a ranker that is not there, before a picture is opened. Raises UnknownNameError and ModelError."""
        if self.ranker in (None, NO_RANKER):
            return
        name, _, checkpoint = str(self.ranker).partition(":")
        found = self.registry.get("ranker", name)
        if checkpoint and isinstance(found, EarlyNameCheck):
            found.check_name(checkpoint)

    def finish(self, image: Path, tell: Callable[[FinishStep], object] = lambda _: None) -> FinishedFile:
        """Finish one file; ``tell`` is told each step before it is run. Raises PluginError where the registry's host
        is strict."""
        strict = self.registry.host.strict
        try:
            opened = self._opened(image)
            record = read_provenance(opened)
            seed = _recorded_seed(record) if self.seed is None else self.seed
            judge, note = self._judge(record)
            found = run_chain(opened.image, self.steps, seed=seed, strict=strict, judge=judge, tell=tell)
            path, left_out = self._write(opened, image, found) if found.steps else (None, ())
        except PromptkitError as error:
            if strict:
                raise
            told = f"{error} {error.hint}" if error.hint else str(error)
            return FinishedFile(image=image, seed=self.seed, failed=(told,))
        judged = self._unjudged(judge, found) if judge else []
        nothing = "" if path or found.failed else NOTHING
        notes = (opened.note, *found.notes, note if path else "", *judged, *found.lowered, *left_out, nothing)
        return FinishedFile(
            image=image, path=path, seed=seed, steps=found.steps, notes=tuple(filter(None, notes)), failed=found.failed
        )

    def _opened(self, image: Path) -> Opened:
        """Open a picture. Raises MetadataError, also for one whose other frames would be lost."""
        try:
            opened = open_picture(image, max_pixels=self.max_pixels)
        except TooLarge as error:
            again = f"promptkit finish {shlex.quote(str(image))} --chain {shlex.quote(self.typed or '…')}"
            raise MetadataError(error.message, hint=(error.hint or "").replace("--max", f"{again} --max")) from None
        if self.overwrite and opened.frames > 1:
            raise MetadataError(
                f"'{image}' has {opened.frames} frames, and all but the first would be lost.",
                hint="Leave out --overwrite: then the first frame is finished, and the file stays.",
            )
        return opened

    def _judge(self, record: Provenance | None) -> tuple[Judge | None, str]:
        """Return who judges the steps on a picture, or why nobody does, where somebody was asked for."""
        name = self.ranker or _recorded_ranker(record)
        if name is None or name == NO_RANKER:
            return None, NO_JUDGE if self.prompt and name is None else ""
        try:
            return self._judge_by(self._session(name), record)
        except PromptkitError as error:
            if self.ranker or self.prompt:
                raise
            return None, f"The steps were not judged. {error} {error.hint or ''}".strip()

    def _judge_by(self, session: Session, record: Provenance | None) -> tuple[Judge | None, str]:
        """Return a judge by the prompt that was given, or else by the picture's own."""
        if self.prompt is not None:
            return session.judge(self.prompt), ""
        prompt, note = (None, "") if record is None else prompt_of(record, session.parse)
        if prompt is None or not prompt.phrases:
            return None, note or (NO_PROMPT if self.ranker else "")
        return session.judge(prompt), note

    def _unjudged(self, judge: Judge, found: Finished) -> list[str]:
        """Say why no step was judged, where somebody was asked for that."""
        asked = self.ranker or self.prompt
        silent = found.steps and all(step.judgement is None for step in found.steps)
        return judge.notes or ([NO_CASE] if asked and silent else [])

    def _session(self, ranker: str) -> Session:
        if ranker not in self._sessions:
            self._sessions[ranker] = Session(ranker=ranker, registry=self.registry)
        return self._sessions[ranker]

    def _write(self, opened: Opened, image: Path, found: Finished) -> tuple[Path, tuple[str, ...]]:
        """Write a finished picture; return its file, and what had to be left out of what it says."""
        before, notes = carried(opened), list[str]()
        steps = [step.to_json() for step in found.steps]
        kind = opened.format if self.overwrite else "PNG"

        def write(handle: Any) -> None:
            notes.extend(write_finished(handle, found.image, before, steps, stripped=found.stripped, kind=kind))

        if self.overwrite:
            return _replaced(image, write), tuple(notes)
        target = (self.folder or image.parent) / f"{image.stem.removesuffix(ENDING)}{ENDING}.png"
        return write_file(target, write), tuple(notes)


def _replaced(image: Path, write: Callable[[Any], object]) -> Path:
    """Write a picture in the place of the original. Raises OutputError, whose cure fits --overwrite."""
    try:
        return replace_file(image, write)
    except OutputError as error:
        cure = (error.hint or "").replace("with --out", "with --out, in place of --overwrite")
        raise OutputError(error.message, hint=cure) from error


def _recorded_seed(record: Provenance | None) -> int:
    return 0 if record is None or record.seed is None else record.seed


def _recorded_ranker(record: Provenance | None) -> str | None:
    recipe = None if record is None else record.recipe
    return None if recipe is None else ranker_name(recipe.get("ranker"))
