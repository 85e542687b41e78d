"""A plugin whose objects fail in every way while they work; tests install this very file as a package."""

import itertools
import math
from dataclasses import replace

from promptkit import ModelSpec, Phrase, hookimpl
from promptkit.records import SamplerSpec
from promptkit.testing import FakeBackend, RednessRanker


class Expanding:
    def __init__(self, name, give):
        self.name, self.give = name, give

    def expand(self, prompt, *, draw, limit):
        return self.give(prompt)


def endless(prompt):
    for number in itertools.count():
        yield replace(
            prompt, phrases=(*prompt.phrases, Phrase(text=f"number {number}", slot="style", source="endless"))
        )


def late(prompt):
    yield prompt
    raise RuntimeError("no more\x1b[31m words\u202e")


def leaves(prompt):
    raise SystemExit(0)
    yield


class Ranking(RednessRanker):
    def __init__(self, name, give):
        self.name, self.give = name, give

    def score(self, prompt, candidates):
        return self.give(candidates)


def scores(value, count=None):
    return lambda candidates: [{"total": value}] * (len(candidates) if count is None else count)


def fails(*_):
    raise RuntimeError("broken here")


class Unloadable(Ranking):
    def load(self, model=None, *, device=None):
        return self.give(model)


class Searching:
    summary = "is broken"

    def __init__(self, name, run=None, plan=None):
        self.name, self.given_run, self.given_plan = name, run, plan

    def plan(self, schedule=None):
        return Planned(self.name, self.given_run) if self.given_plan is None else self.given_plan(schedule)


class Planned:
    needs = frozenset()
    needs_ranker = False

    def __init__(self, name, run):
        self.name, self.given_run = name, run

    def describe(self, num_inference_steps):
        return {"name": self.name}

    def run(self, backend, request, *, score, on_step, note):
        return self.given_run(backend, request)


def keeps_none(backend, request):
    yield from backend.generate(request, on_step=lambda event: [])


def stops_midway(backend, request):
    yield next(iter(backend.generate(request)))
    raise RuntimeError("broken here")


class Midway(FakeBackend):
    def generate(self, request, *, on_step=None):
        for number, candidate in enumerate(super().generate(request, on_step=on_step)):
            if number == 2:
                raise RuntimeError("broken here")
            yield candidate


class AtOnce(FakeBackend):
    def generate(self, request, *, on_step=None):
        raise RuntimeError("broken here")


class Settling(FakeBackend):
    def settle(self, settings):
        raise RuntimeError("broken here")


class Loader:
    def __init__(self, name, make):
        self.name, self.make = name, make

    def load(self, model, options=None):
        return self.make()


class Finisher:
    def __init__(self, name, process):
        self.name, self.given = name, process

    def process(self, image, *, settings, rng):
        return self.given(image)


def mutates(image):
    image.paste("black", (0, 0, *image.size))
    return image


@hookimpl
def register_expanders():
    given = {
        "raises": fails, "late": late, "endless": endless, "empty": lambda prompt: iter(()),
        "none": lambda prompt: None, "texts": lambda prompt: ["a dog\x1b[31m"], "leaves": leaves,
    }  # fmt: skip
    return [Expanding(name, give) for name, give in given.items()]


@hookimpl
def register_rankers():
    given = {
        "nan": scores(math.nan), "short": scores(0.5, 1), "long": scores(0.5, 99), "raises": fails,
        "texts": scores("high"), "none": lambda candidates: None, "leaves": leaves,
    }  # fmt: skip
    loads = {"unloadable": fails, "nothing": lambda model: None}
    return [
        *(Ranking(name, give) for name, give in given.items()),
        *(Unloadable(name, give) for name, give in loads.items()),
    ]


@hookimpl
def register_searches():
    return [
        Searching("none", lambda backend, request: iter(())),
        Searching("no-list", lambda backend, request: None),
        Searching("raises", fails),
        Searching("stops-midway", stops_midway),
        Searching("keeps-none", keeps_none),
        Searching("numbers", lambda backend, request: iter([1, 2])),
        Searching("no-plan", plan=fails),
        Searching("plan-none", plan=lambda schedule: None),
    ]


BACKENDS = {
    "unloadable": fails, "nothing": lambda: None, "midway": Midway, "at-once": AtOnce, "settling": Settling,
}  # fmt: skip


@hookimpl
def register_backends():
    return [Loader(name, make) for name, make in BACKENDS.items()]


@hookimpl
def register_models():
    return [ModelSpec(name=f"model-{name}", source="x", backend=name, ranker="none") for name in BACKENDS]


@hookimpl
def register_samplers():
    here = __name__
    return [
        SamplerSpec(name="s-gone", scheduler="nothing_of_that_name:Gone"),
        SamplerSpec(name="s-missing", scheduler=f"{here}:Missing"),
        SamplerSpec(name="s-no-scheduler", scheduler=f"{here}:Finisher"),
        SamplerSpec(name="s-raises", scheduler=f"{here}_schedulers:Raising"),
        SamplerSpec(name="s-nan", scheduler=f"{here}_schedulers:NotANumber"),
        SamplerSpec(name="s-none", scheduler=f"{here}_schedulers:GivesNone"),
    ]


@hookimpl
def register_postprocessors():
    given = {
        "raises": fails, "grey": lambda image: image.convert("L"), "floats": lambda image: image.convert("F"),
        "mutates": mutates, "none": lambda image: None, "leaves": leaves, "empty": lambda image: image.crop((0, 0, 0, 0)),
    }  # fmt: skip
    return [Finisher(name, process) for name, process in given.items()]


SCHEDULERS = """
import torch
from diffusers import DDIMScheduler


class Raising(DDIMScheduler):
    def step(self, *arguments, **options):
        raise RuntimeError("broken here")


class NotANumber(DDIMScheduler):
    def step(self, *arguments, **options):
        return (super().step(*arguments, **options)[0] * torch.nan,)


class GivesNone(DDIMScheduler):
    def step(self, *arguments, **options):
        return None
"""
"""A second module: what it needs is slow to import."""
