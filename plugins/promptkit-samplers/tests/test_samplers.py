"""Each sampler on an ideal model in closed form: what a perfect model of N(MEAN, width²) would predict."""

import math

import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler
from promptkit_samplers import SCHEDULES, SOLVERS, samplers
from promptkit_samplers.restart import Restart

from promptkit.backends.samplers import create_scheduler
from promptkit.testing import check_sampler, embedded_backend

MEAN, WIDTH = 0.7, 0.4
SCALED = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
MODELS = {
    "noise": EulerDiscreteScheduler(**SCALED),
    "v": EulerDiscreteScheduler(
        **SCALED, prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing"
    ),
    "pictures": EulerDiscreteScheduler(**SCALED, prediction_type="sample", timestep_spacing="leading"),
}
ALL = {spec.name: spec for spec in samplers()}


def predict(scheduler, x, timestep, width):
    """Return what an ideal model says of x (rows, 1, height, width) = α x₀ + √(1 − α²) n."""
    alphas = scheduler.alphas_cumprod.double().numpy()
    level = np.interp(float(timestep), np.arange(len(alphas)), 0.5 * np.log((1 - alphas) / alphas))
    alpha = 1 / math.sqrt(1 + math.exp(2 * level))
    noise = math.sqrt(1 - alpha**2)
    clean = (width**2 * alpha * x + noise**2 * MEAN) / (width**2 * alpha**2 + noise**2)
    predicted = {"epsilon": (x - alpha * clean) / noise, "sample": clean}
    return predicted.get(scheduler.config.prediction_type, alpha * (x - alpha * clean) / noise - noise * clean)


def denoise(model, spec, steps, *, width=0.0, start=None, side=4, seeds=(0,)):
    scheduler = create_scheduler(spec, MODELS[model])
    scheduler.set_timesteps(steps)
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    noise = torch.cat([torch.randn(1, 1, side, side, generator=each) for each in generators])
    x = (noise if start is None else torch.full_like(noise, start)) * scheduler.init_noise_sigma
    for timestep in scheduler.timesteps:
        predicted = predict(scheduler, scheduler.scale_model_input(x, timestep), timestep, width).float()
        x = scheduler.step(predicted, timestep, x, generator=generators).prev_sample
    return x, scheduler


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("model", MODELS)
def test_every_solver_reaches_a_single_point(model, name):
    for steps in (1, 2, 5, 20):
        end, _ = denoise(model, ALL[name], steps)
        assert end.sub(MEAN).abs().max() < 1e-4


def error(name, steps):
    end, scheduler = denoise("noise", ALL[name], steps, width=WIDTH, start=1.3, side=1)
    sigma = scheduler.levels(steps)[0]
    began = 1.3 * scheduler.init_noise_sigma
    return abs(float(end) - (MEAN + WIDTH * (began - MEAN) / math.hypot(WIDTH, sigma)))


def test_res_is_of_the_second_order():
    assert error("res_multistep_karras", 64) < error("res_multistep_karras", 16) / 9


@pytest.mark.parametrize("name", [spec.name for spec in SOLVERS if spec.noise])
@pytest.mark.parametrize("model", ["noise", "v"])
def test_what_adds_noise_draws_from_the_models_own_distribution(model, name):
    end, _ = denoise(model, ALL[name], 100, width=WIDTH, side=64)
    assert float(end.mean()) == pytest.approx(MEAN, abs=0.03)
    assert float(end.std()) == pytest.approx(WIDTH, abs=0.05)


@pytest.mark.parametrize("name", [spec.name for spec in SOLVERS])
def test_the_noise_is_the_seeds_own(name):
    both, _ = denoise("noise", ALL[name], 12, width=WIDTH, seeds=(1, 2))
    alone, _ = denoise("noise", ALL[name], 12, width=WIDTH, seeds=(2,))
    assert torch.allclose(both[1:], alone, atol=1e-5)
    assert not torch.allclose(both[:1], alone, atol=1e-2)


@pytest.mark.parametrize("spec", SOLVERS, ids=lambda spec: spec.name)
def test_a_step_is_as_many_calls_as_is_said(spec):
    for steps in (1, 5, 6, 20, 40):
        scheduler = create_scheduler(spec, MODELS["noise"])
        scheduler.set_timesteps(steps)
        assert len(scheduler.legs) == steps
        assert len(scheduler.timesteps) == steps * spec.evaluations - (spec.evaluations - 1)
        assert scheduler.order == spec.evaluations


def test_without_eta_no_noise_is_added():
    plain = create_scheduler(ALL["dpmpp_2s_a"], MODELS["noise"])
    plain.eta = 0.0
    assert all(leg.up == 0 and leg.down for leg in list(plain.plan(8))[:-1])


@pytest.mark.parametrize(("steps", "ups"), [(5, 0), (20, 1), (40, 2)])
def test_restart_goes_back_up_as_often_as_it_says(steps, ups):
    scheduler = create_scheduler(ALL["restart_karras"], MODELS["noise"])
    scheduler.set_timesteps(steps)
    back = [at for at, leg in enumerate(scheduler.legs) if leg.up]
    assert len(back) == ups
    for at in back:
        low, high = scheduler.legs[at].down, scheduler.legs[at + 1].start
        assert low < 0.5 < high == pytest.approx(2.0)
        assert math.hypot(low, scheduler.legs[at].up) == pytest.approx(high)


def test_restart_leaves_out_a_way_back_that_leads_nowhere():
    scheduler = Restart(high=0.01, **SCALED)
    scheduler.set_timesteps(20)
    assert len(scheduler.legs) == 20
    assert not any(leg.up for leg in scheduler.legs)


def test_schedule_types_stand_for_settings_of_the_model():
    assert len(ALL) == len(SOLVERS) * (1 + len(SCHEDULES))
    made = create_scheduler(ALL["restart_karras"], MODELS["noise"])
    assert made.noise.config.use_karras_sigmas
    assert create_scheduler(ALL["restart_sgm_uniform"], MODELS["noise"]).noise.config.timestep_spacing == "trailing"


def test_every_sampler_says_where_it_comes_from():
    assert all(spec.source and spec.summary and spec.order for spec in SOLVERS)


@pytest.mark.parametrize("spec", SOLVERS, ids=lambda spec: spec.name)
def test_the_contract_of_a_sampler_is_kept_on_the_embedded_model(spec):
    check_sampler(spec, backend=embedded_backend())
