"""Samplers: every name, every scheduler on ideal models in closed form, and what is refused."""

import math
import sys
import types

import pytest
import torch
from diffusers import DPMSolverMultistepScheduler, EDMEulerScheduler, EulerDiscreteScheduler, HeunDiscreteScheduler
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

import promptkit
from promptkit.backends.samplers import (
    REFUSED,
    SAMPLERS,
    create_scheduler,
    expanded,
    kinds,
    model_kind,
    refused,
    suiting,
    unsuitable,
)
from promptkit.backends.samplers.mended import mended
from promptkit.errors import PluginError, SettingsError
from promptkit.names import loose
from promptkit.records import SamplerSpec

from .ideal import BETAS, MEAN, OWN, alpha_of, denoise, kind

ALL = {spec.name: spec for spec in expanded()}
WIDTH = 0.4
LEAVES_NOISE = {"ddim", "pndm", "tcd"}
"""End at the noise of the model's last training step, where the model says so (``set_alpha_to_one``), as SD 1 does."""


def suit(name, specs=SAMPLERS):
    return suiting(type(OWN[name]).__name__, dict(OWN[name].config), specs)


@pytest.mark.parametrize("model", OWN)
@pytest.mark.parametrize("steps", [1, 3, 20])
def test_every_solver_reaches_a_single_point(model, steps):
    for spec in suit(model):
        uneven_end = steps == 1 and spec.name in LEAVES_NOISE
        if uneven_end and model == "SD 1":
            continue  # SD 1's own spacing ("leading") puts a single step at the end
        end = denoise(OWN[model], create_scheduler(spec, OWN[model]), steps, as_pipelines=steps == 20)
        assert end.sub(MEAN).abs().max() < (0.2 if spec.name in LEAVES_NOISE else 0.012), (spec.name, steps)


@pytest.mark.parametrize("model", ["SD 1", "FLUX"])
def test_so_does_every_schedule_type(model):
    for spec in suit(model, ALL.values()):
        if spec.name in {one.name for one in SAMPLERS} or (model == "SD 1" and spec.name.startswith("ddim")):
            continue
        end = denoise(OWN[model], create_scheduler(spec, OWN[model]), 40)
        assert end.sub(MEAN).abs().max() < 0.012, spec.name


def exact(own, scheduler, start):
    """Where the deterministic flow of the ideal model takes a value: it keeps its place within the Gaussian."""
    if kind(own) == "flow":
        return MEAN + WIDTH * start
    alpha = alpha_of(scheduler, float(scheduler.timesteps[0]))
    sigma = math.sqrt(1 - alpha**2) / alpha
    scale = float(scheduler.init_noise_sigma)
    began = start * scale if scale > 1.5 else start / alpha
    return MEAN + WIDTH * (began - MEAN) / math.hypot(WIDTH, sigma)


def error(own, spec, steps):
    scheduler = create_scheduler(spec, own)
    end = float(denoise(own, scheduler, steps, width=WIDTH, start=1.3, side=1))
    return abs(end - exact(own, scheduler, 1.3))


@pytest.mark.parametrize("model", ["SD 1", "SD 3", "Sana"])
def test_more_steps_are_nearer_to_the_truth_and_higher_orders_sooner(model):
    own = OWN[model]
    euler = error(own, ALL["euler"], 32)
    for spec in suit(model):
        if spec.noise or spec.name.startswith("flow_"):
            continue
        best = ALL.get(f"{spec.name}_karras", spec) if kind(own) == "diffusion" else spec
        few, many = error(own, best, 8), error(own, best, 32)
        assert many < few / (2.5 if spec.order == 1 else 4), (spec.name, few, many)
        if spec.order and spec.order > 1:
            assert many < 0.7 * euler, spec.name


@pytest.mark.parametrize(("model", "name"), [
    *(("SD 1", spec.name) for spec in suit("SD 1") if spec.noise and "distilled" not in spec.suits),
    *(("embedded", name) for name in ("dpmpp_2m_sde", "dpmpp_3m_sde", "dpmpp_sde", "dpm2_a", "sa_solver")),
    *(("SD 3", name) for name in ("dpmpp_2m_sde", "dpmpp_3m_sde")),
])  # fmt: skip
def test_samplers_that_add_noise_draw_from_the_models_own_distribution(model, name):
    end = denoise(OWN[model], create_scheduler(ALL[name], OWN[model]), 100, width=WIDTH, side=64)
    assert float(end.mean()) == pytest.approx(MEAN, abs=0.03)
    assert float(end.std()) == pytest.approx(WIDTH, abs=0.05)


def test_ddim_steps_to_the_timestep_that_comes_next():
    """Diffusers' own goes 1000 // 256 = 3 down, where the next timestep is 3.9 down."""
    assert error(OWN["SD 1"], ALL["ddim_simple"], 256) < 0.008


def sde_update(scheduler, order, steps=16):
    """One update halfway, without noise, of a clean picture that moves as 1 + λ + 3λ²; its error to the integral."""
    scheduler.set_timesteps(steps)
    scheduler.sigmas = torch.linspace(math.log(3), math.log(0.3), steps + 1, dtype=torch.float64).exp()
    scheduler._step_index = steps // 2
    levels = [-math.log(scheduler.sigmas[steps // 2 + at]) for at in (1, 0, -1, -2)]
    clean = lambda at: 1 + at + 3 * at * at
    outputs = [torch.tensor(clean(at), dtype=torch.float64) for at in reversed(levels[1:])]
    update = getattr(scheduler, f"multistep_dpm_solver_{order}_order_update")
    nothing = torch.tensor(0.0, dtype=torch.float64)
    integral, _ = quad(lambda at: 2 * math.exp(-2 * (levels[0] - at)) * clean(at), levels[1], levels[0])
    return abs(float(update(outputs, sample=nothing, noise=nothing)) - integral / math.hypot(1, math.exp(-levels[0])))


def test_dpmpp_3m_sde_is_better_than_2m_sde_only_when_mended():
    made = {name: create_scheduler(ALL[name], OWN["SD 1"]) for name in ("dpmpp_3m_sde", "dpmpp_2m_sde")}
    third, second = sde_update(made["dpmpp_3m_sde"], "third"), sde_update(made["dpmpp_2m_sde"], "second")
    theirs = DPMSolverMultistepScheduler(algorithm_type="sde-dpmsolver++", solver_order=3)
    assert third < second / 2 < second < sde_update(theirs, "third")


@pytest.mark.parametrize(("name", "steps"), [("dpmpp_2m_beta", 32), ("dpmpp_2m_karras", 999)])
def test_timesteps_that_are_equal_do_not_run_over_the_end(name, steps):
    def run(scheduler):
        return denoise(OWN["SD 1"], scheduler, steps, side=1)

    assert torch.isfinite(run(create_scheduler(ALL[name], OWN["SD 1"]))).all()
    if name == "dpmpp_2m_beta":
        with pytest.raises(IndexError):
            run(DPMSolverMultistepScheduler(**BETAS, use_beta_sigmas=True))


def test_the_same_class_comes_back_under_its_own_name():
    assert mended(HeunDiscreteScheduler, flow=False).__name__ == "HeunDiscreteScheduler"
    assert isinstance(create_scheduler(ALL["heun"], OWN["SD 1"]), HeunDiscreteScheduler)


MULTI, KARRAS = "DPMSolverMultistepScheduler", {"use_karras_sigmas": True}
SDE = {"algorithm_type": "sde-dpmsolver++"}
WRITTEN = {
    "DPM++ 2M": (MULTI, {}),
    "DPM++ 2M Karras": (MULTI, KARRAS),
    "DPM++ 2M SDE": (MULTI, SDE),
    "DPM++ 2M SDE Heun": (MULTI, {**SDE, "solver_type": "heun"}),
    "DPM++ 2M SDE Heun Karras": (MULTI, {**SDE, "solver_type": "heun", **KARRAS}),
    "DPM++ 2M SDE Exponential": (MULTI, {**SDE, "use_exponential_sigmas": True}),
    "DPM++ 3M SDE Karras": (MULTI, {**SDE, "solver_order": 3, **KARRAS}),
    "DPM++ 2M SGM Uniform": (MULTI, {"timestep_spacing": "linspace"}),
    "dpmpp_2m simple": (MULTI, {"timestep_spacing": "trailing"}),
    "dpmpp_2m_sde_gpu": (MULTI, SDE),
    "dpmpp_2m/karras": (MULTI, KARRAS),
    "dpmpp_2m + beta": (MULTI, {"use_beta_sigmas": True}),
    "DPM++ SDE": ("DPMSolverSDEScheduler", {}),
    "DPM++ SDE Karras": ("DPMSolverSDEScheduler", KARRAS),
    "dpmpp_sde_gpu": ("DPMSolverSDEScheduler", {}),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "euler_ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "euler_ancestral sgm_uniform": ("EulerAncestralDiscreteScheduler", {"timestep_spacing": "trailing"}),
    "Euler": ("EulerDiscreteScheduler", {}),
    "euler normal": ("EulerDiscreteScheduler", {"timestep_spacing": "linspace"}),
    "euler ddim_uniform": ("EulerDiscreteScheduler", {"timestep_spacing": "leading", "steps_offset": 1}),
    "LMS Karras": ("LMSDiscreteScheduler", KARRAS),
    "Heun": ("HeunDiscreteScheduler", {}),
    "DPM2": ("KDPM2DiscreteScheduler", {}),
    "dpm_2": ("KDPM2DiscreteScheduler", {}),
    "DPM2 a Karras": ("KDPM2AncestralDiscreteScheduler", KARRAS),
    "dpm_2_ancestral": ("KDPM2AncestralDiscreteScheduler", {}),
    "DDIM": ("DDIMScheduler", {"clip_sample": False}),
    "ddpm": ("DDPMScheduler", {"clip_sample": False}),
    "PLMS": ("PNDMScheduler", {"skip_prk_steps": True}),
    "UniPC": ("UniPCMultistepScheduler", {"solver_type": "bh1", "solver_order": 3, "final_sigmas_type": "sigma_min"}),
    "uni_pc_bh2": ("UniPCMultistepScheduler", {"solver_type": "bh2", "solver_order": 3}),
    "UniPCMultistepScheduler": ("UniPCMultistepScheduler", {"solver_type": "bh2", "solver_order": 2}),
    "deis": ("DEISMultistepScheduler", {}),
    "sa_solver": ("SASolverScheduler", {}),
    "LCM": ("LCMScheduler", {}),
    "FlowMatchEulerDiscreteScheduler": ("FlowMatchEulerDiscreteScheduler", {}),
    "flow_heun": ("FlowMatchHeunDiscreteScheduler", {}),
}  # fmt: skip


@pytest.mark.parametrize("written", WRITTEN)
def test_names_of_other_programs_are_what_they_are_there(registry, written):
    found = registry.get("sampler", written)
    assert (found.scheduler, dict(found.config)) == WRITTEN[written]


def test_no_name_means_two_things():
    owners = {}
    for spec in expanded():
        for name in {loose(one) for one in (spec.name, *spec.aliases)}:
            assert owners.setdefault(name, spec.name) == spec.name


def test_every_sampler_says_what_it_is():
    for spec in SAMPLERS:
        assert spec.summary
        assert spec.source
        assert spec.suits
        assert spec.order


@given(
    st.sampled_from(sorted(ALL)), st.lists(st.sampled_from(["", " ", "-", "_", "+ ", "/"]), min_size=40, max_size=40)
)
def test_case_blanks_and_signs_do_not_matter(name, between):
    from promptkit.registry import Registry

    written = "".join(letter.upper() + sign for letter, sign in zip(name.replace("_", ""), between, strict=False))
    assert REGISTRY.setdefault("all", Registry()).get("sampler", written).name == name


REGISTRY = {}


@pytest.mark.parametrize("written", [
    *(name for refusal in REFUSED for name in refusal.names),
    "DPM++ 2S a Karras", "Euler a Karras", "euler_ancestral exponential", "plms karras", "dpmpp_2m normal",
    "DPM++ 2M Turbo", "Euler Align Your Steps", "euler_ays", "dpmpp_2m kl_optimal", "Heun Polyexponential",
    "euler linear_quadratic", "DPM++ 2M Automatic", "ddim lu", "Automatic", "ays",
])  # fmt: skip
def test_what_diffusers_has_nothing_for_is_refused_by_name(registry, written):
    with pytest.raises(promptkit.UnknownNameError):
        registry.get("sampler", written)
    said = refused(written)
    assert said is not None
    assert f"'{written}' cannot be had: " in said.message
    near = (said.hint or "").removeprefix("What comes nearest: ").rstrip(".").split(", ")
    assert near
    assert all(name in ALL for name in near)


@pytest.mark.parametrize("written", ["", "foo", "a", "eulerr"])
def test_what_nobody_knows_is_not_explained(written):
    assert refused(written) is None


@pytest.mark.parametrize(("written", "cure"), [("Karras", "dpmpp_2m_karras"), ("SGM Uniform", "dpmpp_2m_sgm_uniform")])
def test_a_schedule_type_alone_is_told_how_it_is_written(registry, written, cure):
    said = refused(written)
    assert said is not None
    assert (said.message, said.hint) == (f"'{written}' is a schedule type.", f"Put a solver before it: {cure}.")
    assert registry.get("sampler", cure).name == cure


def test_a_slip_in_the_name_of_a_class_is_seen(registry):
    with pytest.raises(promptkit.UnknownNameError) as caught:
        registry.get("sampler", "EulerDiscreteSchedulr")
    assert caught.value.suggestions[0] == "EulerDiscreteScheduler"


def test_a_model_says_which_family_it_is():
    found = {name: model_kind(type(own).__name__, dict(own.config)) for name, own in OWN.items()}
    assert {name for name, family in found.items() if family == "flow"} == {"SD 3", "FLUX", "Qwen-Image", "Sana"}
    assert model_kind("EDMEulerScheduler", dict(EDMEulerScheduler().config)) is None


@pytest.mark.parametrize(("model", "name", "instead"), [
    ("SD 3", "ddim", "euler"), ("Sana", "euler_a", "dpmpp_2m"), ("FLUX", "tcd", "lcm"), ("SD 1", "flow_euler", "euler"),
    ("zero SNR", "heun", "euler"),
])  # fmt: skip
def test_what_does_not_suit_says_what_does(model, name, instead):
    with pytest.raises(SettingsError, match=f"'{name}' does not suit this model") as caught:
        create_scheduler(ALL[name], OWN[model])
    assert instead in (caught.value.hint or "").removesuffix(".").replace("These suit it: ", "").split(", ")


def test_a_model_of_another_noise_keeps_its_own_scheduler():
    with pytest.raises(SettingsError, match="runs only on its own EDMEulerScheduler") as caught:
        create_scheduler(ALL["euler"], EDMEulerScheduler())
    assert caught.value.hint == "Leave --sampler out."


def test_models_that_predict_pictures_leave_out_what_knows_noise_alone():
    config = {**BETAS, "prediction_type": "sample"}
    assert unsuitable(ALL["heun"], "DDIMScheduler", config)
    assert unsuitable(ALL["euler"], "DDIMScheduler", config) is None


@pytest.mark.parametrize("name", ["euler", "dpmpp_2m_karras", "heun"])
def test_the_models_noise_is_kept_and_its_solvers_habits_are_not(name):
    own = EulerDiscreteScheduler(**BETAS, prediction_type="v_prediction", use_exponential_sigmas=True)
    made = create_scheduler(ALL[name], own)
    assert {key: made.config[key] for key in BETAS} == BETAS
    assert made.config.prediction_type == "v_prediction"
    assert not made.config.use_exponential_sigmas


@pytest.mark.parametrize("name", ["euler", "heun", "flow_lcm", "dpmpp_2m", "unipc_bh2"])
@pytest.mark.parametrize("model", ["SD 3", "FLUX", "Qwen-Image"])
def test_a_flow_keeps_its_shift_whatever_integrates_it(model, name):
    own, made = OWN[model], create_scheduler(ALL[f"{name}_simple"], OWN[model])
    shift = {"mu": 0.8} if own.config.use_dynamic_shifting else {}
    own.set_timesteps(sigmas=[1 - step / 7 for step in range(7)], **shift)
    made.set_timesteps(7, **shift)
    levels = made.sigmas[1::2] if made.order == 2 else made.sigmas[1:]
    assert levels[:6].tolist() == pytest.approx(own.sigmas[1:7].tolist(), abs=1e-5)
    assert made.config.get("use_dynamic_shifting", False) == own.config.use_dynamic_shifting


def test_the_brownian_sampler_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match="torchsde") as caught:
        create_scheduler(ALL["dpmpp_sde"], OWN["SD 1"])
    assert "promptkit[sde]" in (caught.value.hint or "")


@pytest.mark.parametrize(("scheduler", "config", "said"), [
    ("nobody_has_this:Scheduler", {}, "cannot be loaded"),
    ("brings_schedulers:Missing", {}, "cannot be loaded"),
    ("brings_schedulers:Number", {}, "is no scheduler"),
    ("NoSuchScheduler", {}, "cannot be loaded"),
    ("EulerDiscreteScheduler", {"use_karas_sigmas": True}, "use_karas_sigmas"),
])  # fmt: skip
def test_a_plugins_sampler_that_is_none_is_named_with_a_cure(monkeypatch, scheduler, config, said):
    module = types.ModuleType("brings_schedulers")
    module.Number = int
    monkeypatch.setitem(sys.modules, "brings_schedulers", module)
    with pytest.raises(PluginError, match=said) as caught:
        create_scheduler(SamplerSpec(name="theirs", scheduler=scheduler, config=config), OWN["SD 1"])
    assert "'theirs'" in caught.value.message
    assert "plugin" in (caught.value.hint or "")


def test_a_plugins_own_class_is_used(monkeypatch):
    class Theirs(EulerDiscreteScheduler):
        pass

    module = types.ModuleType("brings_schedulers")
    module.Theirs = Theirs
    monkeypatch.setitem(sys.modules, "brings_schedulers", module)
    spec = SamplerSpec(name="theirs", scheduler="brings_schedulers:Theirs", config=KARRAS)
    assert kinds(spec) == ("diffusion",)
    made = create_scheduler(spec, OWN["SD 1"])
    assert isinstance(made, Theirs)
    assert made.config.use_karras_sigmas
