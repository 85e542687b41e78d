"""Every built-in keeps the contract of its kind, and every deliberate fault is caught by the check that is for it."""

import sys

import pytest

from promptkit.errors import ContractError, PluginError
from promptkit.expanders.mixing import AppliedStyle
from promptkit.expanders.plugin import register_expanders
from promptkit.expanders.styles import StyleExpander, default_library
from promptkit.searches.plugin import register_searches
from promptkit.testing import (
    FakeBackend,
    check_backend,
    check_expander,
    check_postprocessor,
    check_search,
)

from . import broken


def caught(check, *arguments, **options):
    """Return the names of the contracts that do not hold."""
    with pytest.raises(ContractError) as error:
        check(*arguments, **options)
    found = [made.name for made in error.value.report.broken]
    assert found[0] in str(error.value)
    return found


@pytest.mark.parametrize("expander", register_expanders(), ids=lambda one: one.name)
def test_built_in_expanders_keep_the_contract(expander):
    report = check_expander(expander)
    assert all(made.ok for made in report.checks)


def test_styles_do_so_as_an_expander():
    library = default_library()
    styles = [AppliedStyle(style) for style in library.styles() if style.choices][:3]
    check_expander(StyleExpander(styles), examples=4)


def test_a_sound_expander_passes_and_leaves_global_state_as_it_was():
    import random

    import numpy as np
    import torch

    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    check_expander(broken.Words())
    assert before == (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())


@pytest.mark.parametrize(("fault", "contract"), broken.EXPANDERS.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_faults_of_expanders_are_caught(fault, contract):
    assert contract in caught(check_expander, fault(), examples=15)


def test_an_expander_that_hangs_is_left_behind():
    with pytest.raises(ContractError, match=r"did not come back within 0\.2 seconds") as error:
        check_expander(broken.Hanging(), seconds=0.2)
    last = error.value.report.checks[-1]
    assert last.ok is None
    assert "did not come back" in last.detail


@pytest.mark.parametrize("search", register_searches(), ids=lambda one: one.name)
def test_built_in_searches_keep_the_contract(search):
    check_search(search, schedules=("30,70",) if search.name == "halving" else ())


@pytest.mark.parametrize(("fault", "contract"), broken.SEARCHES.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_faults_of_searches_are_caught(fault, contract):
    check_search(broken.Strategy(), examples=5)
    assert contract in caught(check_search, broken.Strategy(fault))


def test_faults_of_strategies_are_caught():
    assert caught(check_search, broken.Easygoing(), examples=2) == ["refuses what is no schedule"]
    assert caught(check_search, broken.Mumbling(), examples=2) == ["has a name, a summary and a docstring"]


def test_what_a_search_needs_and_the_fake_has_not_is_not_tried():
    class Blending(broken.Spend):
        needs = frozenset({"variation seeds"})

    report = check_search(broken.Strategy(Blending))
    assert [made.ok for made in report.checks if made.name == "can be planned"] == [None]


def test_a_sound_postprocessor_passes():
    check_postprocessor(broken.Grain())
    check_postprocessor(broken.Grain(), settings=[{"amount": 0.9}])
    assert all(made.ok for made in check_postprocessor(broken.Telling()).checks)


def test_a_postprocessor_that_refuses_the_usual_settings_is_not_tried():
    report = check_postprocessor(broken.Telling(), settings=[{"amount": 1.0}])
    assert [made.detail for made in report.checks if made.ok is None] == ["Nothing would be left. Choose less."]


@pytest.mark.parametrize(
    ("fault", "contract"), broken.POSTPROCESSORS.items(), ids=lambda one: getattr(one, "__name__", "")
)
def test_faults_of_postprocessors_are_caught(fault, contract):
    assert contract in caught(check_postprocessor, fault())


def test_the_fake_backend_keeps_the_contract():
    report = check_backend(FakeBackend())
    assert all(made.ok for made in report.checks)


def test_a_backend_that_can_do_little_is_not_asked_for_more():
    class Plain(FakeBackend):
        """Makes pictures."""

        abilities = frozenset()

    untried = [made.name for made in check_backend(Plain()).checks if made.ok is None]
    assert untried == [
        "tells every step", "shows candidates half-way", "drops whom it is told to", "lets an interrupt pass"
    ]  # fmt: skip


@pytest.mark.parametrize(("fault", "contract"), broken.BACKENDS.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_faults_of_backends_are_caught(fault, contract):
    assert contract in caught(check_backend, fault())


def test_the_diffusers_backend_keeps_the_contract(tiny_sd):
    from promptkit.backends.loader import DiffusersLoader
    from promptkit.records import LoadOptions, ModelSpec

    backend = DiffusersLoader().load(ModelSpec(name="tiny", source=str(tiny_sd)), LoadOptions(device="cpu"))
    report = check_backend(backend)
    assert all(made.ok for made in report.checks)


def test_without_hypothesis_the_cure_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(PluginError, match="need hypothesis") as error:
        check_expander(broken.Words())
    assert "promptkit[testing]" in (error.value.hint or "")


def test_a_finding_says_what_was_called_what_came_back_and_the_cure():
    with pytest.raises(ContractError) as error:
        check_expander(broken.Endless())
    (found,) = error.value.report.broken
    assert "limit=1) yielded more than 1" in found.detail
    assert "Stop after limit" in found.cure
    assert error.value.hint == found.cure
