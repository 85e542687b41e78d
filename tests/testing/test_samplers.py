"""Every built-in sampler solves an ideal model, and a scheduler with a fault does not get through."""

import pytest

from promptkit.backends.samplers import SAMPLERS, expanded
from promptkit.errors import ContractError
from promptkit.records import DIFFUSION, FLOW, SamplerSpec
from promptkit.testing import check_sampler, embedded_backend

from . import schedulers

OTHERS = [spec for spec in expanded() if spec.name.endswith(("_karras", "_sgm_uniform"))][::5]


def own(kind, **more):
    given = {"name": "own", "scheduler": f"{kind.__module__}:{kind.__name__}", "summary": "ours"}
    return SamplerSpec(**{"suits": getattr(kind, "suits", (FLOW,)), **given, **more})


@pytest.mark.parametrize("sampler", [*SAMPLERS, *OTHERS], ids=lambda one: one.name)
def test_built_in_samplers_keep_the_contract(sampler):
    report = check_sampler(sampler, examples=1)
    assert all(made.ok for made in report.checks)


@pytest.mark.parametrize("kind", [schedulers.Flow, schedulers.Noisy, schedulers.Bare])
def test_a_scheduler_of_our_own_passes(kind):
    check_sampler(own(kind, noise=kind is schedulers.Noisy))


@pytest.mark.parametrize(("fault", "contract"), schedulers.FAULTS.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_faults_of_schedulers_are_caught(fault, contract):
    with pytest.raises(ContractError) as error:
        check_sampler(own(fault))
    assert any(contract in made.name for made in error.value.report.broken)


@pytest.mark.parametrize(
    ("given", "contract"),
    [
        ({"summary": " "}, "has a name, a summary and plain settings"),
        ({"name": "a/b"}, "has a name, a summary and plain settings"),
        ({"config": {"shift": {1}}}, "has a name, a summary and plain settings"),
        ({"suits": ("everything",)}, "says what it suits"),
        ({"config": {"no_such_setting": 1}, "suits": ("diffusion",)}, "can be set up for a model of a diffusion"),
        ({"scheduler": "nothing:Here"}, "can be set up for a model of a flow"),
    ],
)
def test_faults_of_what_is_registered_are_caught(given, contract):
    with pytest.raises(ContractError) as error:
        check_sampler(own(schedulers.Flow, **given), examples=1)
    assert contract in [made.name for made in error.value.report.broken]


def test_a_sampler_is_run_on_a_model_too():
    backend = embedded_backend()
    report = check_sampler(next(iter(SAMPLERS)), backend=backend, examples=1)
    assert [made.ok for made in report.checks if made.name == "runs on a model"] == [True]


def test_what_knows_noise_alone_is_refused_by_models_that_predict_v_and_that_is_no_fault():
    backend = embedded_backend()
    report = check_sampler(own(schedulers.NoiseAlone, suits=(DIFFUSION,)), backend=backend)
    untried = {made.name: made.detail for made in report.checks if made.ok is None}
    assert set(untried) == {"can be set up for a model of a diffusion that predicts v", "runs on a model"}
    assert all("knows noise alone" in reason for reason in untried.values())


def test_a_sampler_that_takes_v_for_noise_is_caught():
    with pytest.raises(ContractError) as error:
        check_sampler(own(schedulers.VForNoise, suits=(DIFFUSION,)))
    assert [made.name for made in error.value.report.broken] == [
        "reaches an ideal model's picture of a diffusion that predicts v"
    ]
