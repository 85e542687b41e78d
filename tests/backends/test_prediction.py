"""x₀ half-way: an ideal model of a single point predicts that very point at each of its calls, whatever the scheduler."""

import functools

import pytest
import torch

from promptkit.backends.prediction import predicted
from promptkit.backends.samplers import SAMPLERS, create_scheduler, kinds
from tests.backends.ideal import MEAN, OWN, denoise, kind

STEPS = 8
CASES = [
    (model, spec)
    for model in ("SD 1", "embedded", "FLUX", "Sana")
    for spec in SAMPLERS
    if kind(OWN[model]) in kinds(spec)
]


@pytest.mark.parametrize(("model", "spec"), CASES, ids=lambda value: getattr(value, "name", value))
def test_the_point_is_predicted_at_every_step(model, spec):
    scheduler, shown = create_scheduler(spec, OWN[model]), []
    with predicted(scheduler, []) as found:
        honest = scheduler.step

        @functools.wraps(honest)
        def step(*given, **named):
            answer = honest(*given, **named)
            shown.append(found.original())
            return answer

        scheduler.step = step
        end = denoise(OWN[model], scheduler, STEPS)
    assert len(shown) >= STEPS
    assert torch.stack(shown).sub(MEAN).abs().max() < 0.02
    assert end.shape == shown[0].shape
