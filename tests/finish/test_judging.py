"""Steps judged by a ranker: what each did to the alignment, and when that is told."""

import pytest
from PIL import Image, ImageOps

from promptkit.finish import Judge, plan_chain, run_chain
from promptkit.finish.judging import Judgement
from promptkit.interfaces import Processed
from promptkit.slots.parse import parse
from tests.finish.test_chain import add
from tests.finishers import FinishPlugin

GREY = Image.new("RGB", (4, 4), (200, 200, 200))
PROMPT = parse("a dog at dusk")


class Bright:
    """Scores brightness, and wavers by ``noise`` where it is asked for an ensemble."""

    name = "bright"

    def __init__(self, noise=0.0):
        self.noise = noise

    def score(self, prompt, candidates):
        values = [candidate.image.getpixel((0, 0))[0] / 255 for candidate in candidates]
        return [{"total": value, "subject": value, "lighting": 0.5} for value in values]

    def describe(self):
        return {"name": "bright"}


class Wavering(Bright):
    def score_ensemble(self, prompt, candidates):
        first = self.score(prompt, candidates)
        signs = [(-1, 1), (1, -1)] * 10
        return [first] + [
            [{"total": score["total"] + sign * self.noise} for score, sign in zip(first, pair, strict=True)]
            for pair in signs
        ]


class Broken(Bright):
    def score(self, prompt, candidates):
        raise ValueError("no light")


@pytest.fixture
def finishers(registry):
    add(registry.host, FinishPlugin())
    return registry


def finished(finishers, chain, ranker, image=GREY):
    judge = Judge(ranker, PROMPT)
    return run_chain(image, plan_chain(chain, finishers), seed=0, judge=judge), judge


def test_each_step_has_the_scores_before_and_after_it(finishers):
    found, judge = finished(finishers, "invert,any,invert", Bright())
    scores = [step.to_json()["scores"] for step in found.steps]
    totals = [(one["before"]["total"], one["after"]["total"]) for one in scores]
    assert totals == [(0.7843, 0.2157), (0.2157, 0.2157), (0.2157, 0.7843)]
    assert judge.notes == []


def test_a_step_that_lowered_the_alignment_is_told_with_the_slot_that_lost_most(finishers):
    found, _ = finished(finishers, "invert,any", Bright())
    assert found.lowered == (
        "'invert' lowered the alignment with the prompt from 0.784 to 0.216, most of all in subject (0.784 to 0.216).",
    )


def test_a_loss_inside_the_noise_is_none(finishers):
    assert finished(finishers, "invert", Wavering(noise=0.5))[0].lowered == ()
    assert len(finished(finishers, "invert", Wavering(noise=0.01))[0].lowered) == 1


def test_a_ranker_that_fails_is_told_once_and_the_chain_goes_on(finishers):
    found, judge = finished(finishers, "invert,invert", Broken())
    assert len(found.steps) == 2
    assert all(step.judgement is None for step in found.steps)
    (note,) = judge.notes
    assert "'bright' failed: ValueError: no light. The steps were not judged." in note


def test_what_cannot_be_judged_has_no_scores(finishers):
    class Silent(Bright):
        def score(self, prompt, candidates):
            return [{}] * len(candidates)

    found, _ = finished(finishers, "invert", Silent())
    assert "scores" not in found.steps[0].to_json()


def test_a_step_with_nothing_to_do_is_told_and_not_recorded(finishers, monkeypatch):
    monkeypatch.setattr(
        "tests.finishers.ImageOps.invert",
        lambda image: Processed(image=ImageOps.mirror(image), note="Nothing.", done=False),
    )
    found, _ = finished(finishers, "invert", Bright())
    assert (found.steps, found.notes, found.image) == ((), ("Nothing.",), GREY)


def test_a_loss_is_told_by_the_very_figures_that_a_recipe_keeps():
    told = Judgement(before={"total": 1.0}, after={"total": 0.99849}, level=False)
    shown = f"{told.to_json()['after']['total']:.3f}"
    assert f"from 1.000 to {shown}." in told.lost
    assert Judgement(before={"total": 0.70004}, after={"total": 0.69996}, level=False).lost == ""
