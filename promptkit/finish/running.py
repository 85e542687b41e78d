"""A chain at work on one picture: each step is watched, told, and judged where the prompt is known."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from promptkit.errors import GenerationError, PluginError, PromptkitError
from promptkit.finish.judging import Judge, Judgement
from promptkit.finish.planning import FinishStep
from promptkit.interfaces import ManyModes, Processed, Stripping
from promptkit.modes import handed, returned, workable
from promptkit.plugins.quiet import stdout_to_stderr
from promptkit.seeds import text_draw

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 16_384**2
"""What a step may make: 16384×16384."""
ROWS = 256
"""How many rows of a picture are looked at at once."""
UNREADABLE = ("I", "F")
"""Modes of numbers that mean no agreed brightness, and so cannot be brought back."""


@dataclass(frozen=True, kw_only=True)
class DoneStep:
    """A step that was done, and what it came to."""

    step: FinishStep
    note: str = ""
    """In words for the user."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was measured, and which files were used: plain JSON values."""
    judgement: Judgement | None = None
    """Scores before and after; ``None`` where nothing judged them."""

    @property
    def name(self) -> str:
        return self.step.name

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.step.settings

    def to_json(self) -> dict[str, Any]:
        """Return what a recipe keeps."""
        found = self.step.to_json()
        if self.note:
            found["note"] = self.note
        if self.facts:
            found["facts"] = dict(self.facts)
        if self.judgement is not None:
            found["scores"] = self.judgement.to_json()
        return found


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a chain made of a picture."""

    image: Image
    """In one of ``interfaces.MODES``; the very picture that was given where no step could be done."""
    steps: tuple[DoneStep, ...]
    """Those that were done, in order."""
    failed: tuple[str, ...] = ()
    """What each step that was left out died of, in words for the user."""
    notes: tuple[str, ...] = ()
    """What was odd, or had nothing to do, in words for the user."""
    stripped: bool = False
    """Whether what the file says of the picture is to be left out of the finished one."""

    @property
    def lowered(self) -> tuple[str, ...]:
        """What each step that lowered the alignment with the prompt did, in words for the user."""
        return tuple(f"'{done.name}' {said}" for done in self.steps if done.judgement and (said := done.judgement.lost))


def run_chain(
    image: Image,
    steps: Sequence[FinishStep],
    *,
    seed: int,
    strict: bool = False,
    judge: Judge | None = None,
    tell: Callable[[FinishStep], object] = lambda _: None,
) -> Finished:
    """Run steps on a picture of any mode, which is left as it is; each draws from the image seed and its own name.

    A step that raises, or gives what is no picture, is left out and told; ``strict`` raises PluginError instead.
    ``judge`` scores the picture before and after each step; ``tell`` is told each step before it is run. Raises
    MetadataError for a picture of numbers that mean no brightness.
    """
    working = Working(image, judge)
    for step, draw in zip(steps, _draws(steps, seed), strict=True):
        tell(step)
        try:
            working.run(step, draw)
        except (Exception, SystemExit) as error:
            if strict and not isinstance(error, PromptkitError):
                raise PluginError(_left_out(step, error), hint=_cure(step, error)) from error
            if strict:
                raise
            working.failed.append(f"{_left_out(step, error)} {_cure(step, error)}")
    return working.finished()


class Working:
    """A picture on its way through a chain."""

    def __init__(self, image: Image, judge: Judge | None) -> None:
        self._given = image
        self.image, said = workable(image)
        self.notes: list[str] = [said] if said else []
        self.failed: list[str] = []
        self._done: list[DoneStep] = []
        self._judge = judge
        self._stripped = False

    def run(self, step: FinishStep, rng: Any) -> None:
        """Run one step; the picture stays as it was where the step raises."""
        takes = step.processor.modes if isinstance(step.processor, ManyModes) else ("RGB",)
        given, said = handed(self.image, takes)
        found = self._processed(step, given, rng)
        if not found.done:
            self.notes.append(found.note or f"'{step.name}' had nothing to do.")
            return
        after, told = returned(found.image, self.image, given, _title(step))
        strips = isinstance(step.processor, Stripping) and step.processor.strips_metadata
        after.info = _kept(self.image.info, found.image.info if strips else None)
        self._stripped = self._stripped or strips
        judgement = None if self._judge is None else self._judge(self.image, after)
        self.notes += [line for line in (said and f"{_title(step)} {said}", told) if line]
        self.image = after
        self._done.append(DoneStep(step=step, note=found.note, facts=found.facts, judgement=judgement))

    def finished(self) -> Finished:
        return Finished(
            image=self.image if self._done else self._given,
            steps=tuple(self._done),
            failed=tuple(self.failed),
            notes=tuple(self.notes),
            stripped=self._stripped,
        )

    def _processed(self, step: FinishStep, given: Image, rng: Any) -> Processed:
        """Ask a post-processor. One of a third party is handed a copy, which is compared afterwards."""
        mine = given if step.builtin else given.copy()
        before = None if step.builtin else _print(given)
        with stdout_to_stderr():
            answer = step.processor.process(mine, settings=dict(step.handed), rng=rng)
            found = answer if isinstance(answer, Processed) else Processed(image=answer)
            _check(found.image)
            found.image.load()
        if before is not None and _print(mine) != before:
            self.notes.append(f"{_title(step)} changed the picture it was handed; it should work on a copy.")
        return found


def _draws(steps: Sequence[FinishStep], seed: int) -> Iterator[Any]:
    """Yield a generator of random numbers for each step, keyed by its name, and its number where that comes again."""
    draw, counted = text_draw(seed), dict[str, int]()
    for step in steps:
        counted[step.name] = counted.get(step.name, 0) + 1
        again = "" if counted[step.name] == 1 else f"#{counted[step.name]}"
        yield draw(f"finish/{step.name}{again}")


def _kept(before: Mapping[Any, Any], left: Mapping[Any, Any] | None) -> dict[Any, Any]:
    """Return what a file will say: what it said before, or of that what a step that strips has left."""
    return dict(before if left is None else left)


def _check(found: Any) -> None:
    """Refuse what is no picture that can be kept. Raises GenerationError."""
    from PIL import Image as Pillow

    if not isinstance(found, Pillow.Image):
        raise GenerationError(f"it gave {type(found).__name__} and no picture")
    if found.mode in UNREADABLE:
        raise GenerationError(f"it gave a picture of mode {found.mode}, which cannot be made RGB again")
    if not 0 < found.width * found.height <= MAX_PIXELS:
        raise GenerationError(f"it gave a picture of {found.width}x{found.height}")


def _print(image: Image) -> tuple[Any, ...]:
    """Return what tells two pictures apart, a few rows at a time."""
    total = 0
    for top in range(0, image.height, ROWS):
        total = zlib.crc32(image.crop((0, top, image.width, min(top + ROWS, image.height))).tobytes(), total)
    return image.mode, image.size, total


def _title(step: FinishStep) -> str:
    return f"'{step.name}'" if step.builtin else f"'{step.name}' of plugin '{step.plugin}'"


def _left_out(step: FinishStep, error: BaseException) -> str:
    said = " ".join(str(error).split())[:300].rstrip(".")
    about = re.sub(f"^'{re.escape(step.name)}' ", "it ", said)
    reason = about if isinstance(error, PromptkitError) else f"{type(error).__name__}: {said}"
    version = "" if step.builtin else f" {step.version}"
    return f"{_title(step)}{version} was left out: {reason.rstrip(': ')}."


def _cure(step: FinishStep, error: BaseException) -> str:
    if isinstance(error, PromptkitError) and error.hint:
        return error.hint
    if step.builtin:
        return "Leave it out of the chain."
    return f"Leave it out of the chain, or update its plugin: promptkit plugins info {step.plugin}"
