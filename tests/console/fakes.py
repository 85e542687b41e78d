"""A fake model that varies noise and can be stopped anywhere, and runs made by hand."""

from collections.abc import Iterator
from dataclasses import replace

from PIL import Image

from promptkit.console.desk import Desk
from promptkit.console.shown import Made, Shown
from promptkit.prompt import Prompt
from promptkit.records import VARIATION, Candidate, Recipe
from promptkit.slots.parse import parse
from promptkit.testing import FakeBackend


class VaryingBackend(FakeBackend):
    """Blends two seeds' noise by name alone; ``runs_left`` stops the run after so many with a Ctrl-C."""

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self.runs_left: int | None = None

    @property
    def abilities(self) -> frozenset[str]:
        return super().abilities | {VARIATION}

    def generate(self, request, *, on_step=None) -> Iterator[Candidate]:
        if self.runs_left is not None:
            self.runs_left -= 1
            if self.runs_left < 0:
                raise KeyboardInterrupt
        seconds = None if request.variation is None else request.variation.seeds
        for candidate in super().generate(request, on_step=on_step):
            yield replace(candidate, variation_seed=None if seconds is None else seconds[candidate.index])


def recipe() -> Recipe:
    """Return the recipe of a run that nobody made."""
    return Recipe(
        prompt="a fox", resolved="a fox", negative="", phrases=(), styles=(), seed=0, candidates=4, text_seed=0,
        model={"name": "fake"}, settings={}, environment={}, ranker=None,
    )  # fmt: skip


def candidate(index: int, total: float, **others) -> Candidate:
    """Return a picture of one colour with a total, and scores that lie round it."""
    slots = others.pop("slots", {"subject": total, "lighting": round(total * 0.8, 3)})
    return Candidate(
        index=index,
        seed=10 + index,
        image=Image.new("RGB", (16, 16), (index * 40, 20, 200)),
        scores={"total": total, **slots},
        **others,
    )


def shown(*candidates: Candidate, prompt: Prompt | None = None, words: dict[int, str] | None = None) -> Shown:
    """Return a run of candidates."""
    desk, said, told = Desk(text="a fox", model="fake"), prompt or parse("a fox, golden hour"), words or {}
    made = {index: Made(desk=desk, prompt=said, recipe=recipe(), words=text) for index, text in told.items()}
    return Shown(prompt=said, candidates=candidates, recipe=recipe(), desk=desk, label="generate 4", made=made)
