"""Schedulers that a plugin wrote without any base class of diffusers."""

import sys
import types

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler

from promptkit.backends.prediction import Prediction
from promptkit.backends.samplers import create_scheduler
from promptkit.backends.samplers.foreign import _answer
from promptkit.errors import GenerationError, SettingsError
from promptkit.records import SamplerSpec
from tests.backends.ideal import BETAS, MEAN, OWN, denoise
from tests.backends.test_seeds import STEPS, apart, bits, made, run


class Plain:
    """DDIM (Song et al., arXiv:2010.02502, eq. 12) in as few lines as it takes."""

    def __init__(self, beta_start, beta_end, num_train_timesteps=1000):
        betas = torch.linspace(beta_start**0.5, beta_end**0.5, num_train_timesteps, dtype=torch.float64) ** 2
        self.alphas_cumprod = torch.cumprod(1 - betas, 0)

    def set_timesteps(self, num_inference_steps, device=None):
        count = len(self.alphas_cumprod)
        self.timesteps = torch.linspace(count - 1, 0, num_inference_steps + 1)[:-1].round().long()

    def step(self, model_output, timestep, sample):
        following = self.timesteps[self.timesteps < timestep]
        now, then = self.alphas_cumprod[int(timestep)], 1.0
        if len(following):
            then = self.alphas_cumprod[int(following[0])]
        clean = (sample - (1 - now).sqrt() * model_output) / now.sqrt()
        return self.give((then**0.5 * clean + (1 - then) ** 0.5 * model_output).float(), clean.float())

    def give(self, latents, clean):
        return latents


class Pair(Plain):
    def give(self, latents, clean):
        return latents, clean


class Whole(Plain):
    def give(self, latents, clean):
        return types.SimpleNamespace(prev_sample=latents, pred_original_sample=clean)


class Noisy(Plain):
    """Asks for generators, and for the answer in full."""

    def __init__(self, **noise):
        super().__init__(noise["beta_start"], noise["beta_end"])
        self.seen = noise
        self.counted = []

    def step(self, model_output, timestep, sample, generator=None, return_dict=False):
        assert return_dict
        self.counted.append(len(generator))
        fresh = [torch.randn(sample.shape[1:], generator=one) for one in generator]
        return super().step(model_output, timestep, sample + 0.01 * torch.stack(fresh))


SPECS = {}


@pytest.fixture(autouse=True, scope="module")
def _plugin():
    module = types.ModuleType("brings_plain_schedulers")
    for one in (Plain, Pair, Whole, Noisy):
        setattr(module, one.__name__, one)
        SPECS[one.__name__] = SamplerSpec(name=one.__name__.lower(), scheduler=f"{module.__name__}:{one.__name__}")
    sys.modules[module.__name__] = module
    yield
    del sys.modules[module.__name__]


@pytest.fixture
def sd(loaded):
    return loaded["sd"]


@pytest.mark.parametrize("name", ["Plain", "Pair", "Whole"])
def test_it_is_given_the_models_noise_and_integrates_it(name):
    own = OWN["SD 1"]
    scheduler = create_scheduler(SPECS[name], own)
    assert type(scheduler).__name__ == name
    assert isinstance(scheduler, Plain)
    assert scheduler.config.beta_schedule == "scaled_linear"
    assert denoise(own, scheduler, 20).sub(MEAN).abs().max() < 1e-5


@pytest.mark.parametrize("name", ["Plain", "Pair", "Whole", "Noisy"])
def test_it_runs_on_a_pipeline_whatever_it_answers_with(sd, name):
    found = made(sd, [1, 2], sampler=SPECS[name], batch_size=2)
    assert [candidate.outcome for candidate in found] == ["finished"] * 2
    assert bits(found[0]) != bits(found[1])
    assert bits(made(sd, [1, 9], sampler=SPECS[name], batch_size=2)[0]) == bits(found[0])


def test_it_denoises_what_diffusers_own_of_that_kind_does(sd):
    spaced = SamplerSpec(
        name="ddim", scheduler="DDIMScheduler", config={"clip_sample": False, "timestep_spacing": "linspace"}
    )
    _, mine = run(sd, "a dog", seeds=[1], steps=500, scale=3.0, sampler=SPECS["Plain"])
    _, theirs = run(sd, "a dog", seeds=[1], steps=500, scale=3.0, sampler=spaced)
    assert apart(mine, theirs) < 0.02


def test_a_class_that_takes_everything_gets_everything():
    made = create_scheduler(SPECS["Noisy"], DDIMScheduler(**BETAS))
    assert {"beta_start", "beta_end", "beta_schedule"} <= made.seen.keys()


@pytest.mark.parametrize("name", ["Plain", "Pair", "Whole"])
def test_candidates_are_dropped_and_previewed_with_it(sd, name):
    """By the picture that it tells, or else by its ``alphas_cumprod``."""
    seen = []

    def halve(event):
        seen.append(np.asarray(event.preview(event.indices[0])))
        return event.indices[:1] if event.step == 2 else None

    found = made(sd, [1, 2], sampler=SPECS[name], batch_size=2, on_step=halve)
    assert [candidate.outcome for candidate in found] == ["finished", "pruned"]
    assert len(seen) == STEPS
    assert np.abs(seen[-1].astype(int) - np.asarray(found[0].image)).mean() < 2


def test_without_x0_and_noise_levels_previews_say_why_there_are_none():
    with pytest.raises(GenerationError, match="does not tell what a half-finished picture"):
        Prediction(types.SimpleNamespace(config={}), output=_answer(torch.zeros(1))).original()


def test_what_knows_noise_alone_is_refused_where_the_model_predicts_v(loaded):
    with pytest.raises(SettingsError, match="'plain' does not suit this model, which predicts 'v_prediction'"):
        made(loaded["embedded"], [1], sampler=SPECS["Plain"], width=64, height=64)


def test_a_class_without_an_init_is_given_nothing(monkeypatch):
    class Still:
        def set_timesteps(self, num_inference_steps, device=None):
            self.timesteps = torch.arange(num_inference_steps, 0, -1)

        def step(self, model_output, timestep, sample):
            return sample

    monkeypatch.setitem(sys.modules, "foreign_still", types.SimpleNamespace(Still=Still))
    scheduler = create_scheduler(SamplerSpec(name="still", scheduler="foreign_still:Still"), OWN["SD 1"])
    scheduler.set_timesteps(3)
    assert scheduler.timesteps.tolist() == [3, 2, 1]
    assert scheduler.config.num_train_timesteps == 1000
