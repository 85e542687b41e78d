"""What a seed promises, over every sampler of flow-matching models, on a tiny FLUX."""

import pytest

from promptkit.backends.samplers import SAMPLERS, kinds
from promptkit.records import FINISHED, PRUNED
from tests.backends.conftest import load
from tests.backends.test_seeds import bits, levels, made

FLOW = [spec for spec in SAMPLERS if kinds(spec) == ("flow",)]
samplers = pytest.mark.parametrize("spec", FLOW, ids=lambda spec: spec.name)
SIDES = {"width": 32, "height": 32, "batch_size": 4}


@pytest.fixture(scope="module")
def flux(checkpoint):
    return load(checkpoint("flux"))


@samplers
def test_a_seed_has_the_same_bits_in_any_slot_and_beside_rows_that_only_fill_up(flux, spec):
    whole = made(flux, [1, 2, 3, 40], sampler=spec, **SIDES)
    other = made(flux, [40, 7, 8, 9], sampler=spec, **SIDES)
    part = made(flux, [40], sampler=spec, pad=True, **SIDES)
    assert bits(whole[3]) == bits(other[0]) == bits(part[0])


@samplers
def test_a_survivor_is_the_same_seed_alone_and_is_run_again_with_the_same_bits(flux, spec):
    found = made(flux, range(4), sampler=spec, on_step=lambda event: {2: [1, 3], 4: [3]}.get(event.step), **SIDES)
    assert [candidate.outcome for candidate in found] == [PRUNED, PRUNED, PRUNED, FINISHED]
    assert levels(found[3], made(flux, [3], sampler=spec, **SIDES)[0]) <= 1
    again = made(flux, [3], sampler=spec, pad=True, shrink=found[3].shrunk, **SIDES)
    assert bits(again[0]) == bits(found[3])
