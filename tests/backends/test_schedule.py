"""Schedules and alternation, against a loop written by hand; everything that shares the step callback, in pairs."""

import pytest
import torch

from promptkit.backends.samplers import SAMPLERS
from promptkit.records import GenerationSettings
from tests.backends.conftest import preview_side

from .conftest import load
from .loop import apart, denoise, encoded, run

CLOSE = 1e-5
SAMPLER = {spec.name: spec for spec in SAMPLERS}


def by_hand(pipeline, positive, negative, *, seeds=(3, 4), steps=4, scale=5.0):
    """Run the loop with what ``positive(step)`` and ``negative(step)`` say."""

    def said(step):
        nothing = encoded(pipeline, negative(step))
        if not any(negative(each) for each in range(1, steps + 1)) and hasattr(pipeline, "text_encoder_2"):
            nothing = tuple(0 * each for each in nothing)
        return nothing, [(1, encoded(pipeline, positive(step)))]

    return denoise(pipeline, said, seeds, steps=steps, scale=scale)


@pytest.mark.parametrize("last", [1, 2, 3, 4])
def test_a_schedule_switches_behind_its_step(backend, last):
    _, found = run(backend, f"a [dog:lighthouse:{last}]")
    by_step = lambda step: "a dog" if step <= last else "a lighthouse"
    exact = apart(found, by_hand(backend.pipeline, by_step, lambda _: ""))
    beside = lambda step: "a dog" if step <= last - 1 else "a lighthouse"
    assert exact < CLOSE
    assert apart(found, by_hand(backend.pipeline, beside, lambda _: "")) > 20 * exact


def test_shares_of_the_steps_count(backend):
    _, found = run(backend, "a [dog:lighthouse:0.5]")
    assert torch.equal(found, run(backend, "a [dog:lighthouse:2]")[1])


def test_alternation_takes_turns(backend):
    _, found = run(backend, "a [dog|red cat|lighthouse]", steps=5)
    said = ("a dog", "a red cat", "a lighthouse")
    assert apart(found, by_hand(backend.pipeline, lambda step: said[(step - 1) % 3], lambda _: "", steps=5)) < CLOSE


def test_the_negative_prompt_has_schedules_too(backend):
    _, found = run(backend, "a dog", negative="[blur:snow:1]")
    assert (
        apart(found, by_hand(backend.pipeline, lambda _: "a dog", lambda step: "blur" if step == 1 else "snow")) < CLOSE
    )
    _, both = run(backend, "a [dog:cat:3]", negative="[:snow:1]")
    expected = by_hand(
        backend.pipeline, lambda step: "a dog" if step <= 3 else "a cat", lambda step: "" if step == 1 else "snow"
    )
    assert apart(both, expected) < CLOSE


@pytest.mark.parametrize("text", ["a [dog:cat:4]", "a [dog:cat:99]", "a [cat:dog:0]", "a [dog:dog:2]", "[a dog|a dog]"])
def test_a_schedule_that_never_switches_is_the_plain_prompt_bit_for_bit(backend, text):
    assert torch.equal(run(backend, text)[1], run(backend, "a dog")[1])


def test_without_guidance_there_is_no_negative_row(backend):
    _, found = run(backend, "a [dog:lighthouse:2]", negative="blur", scale=1.0)
    by_step = lambda step: "a dog" if step <= 2 else "a lighthouse"
    assert apart(found, by_hand(backend.pipeline, by_step, lambda _: "blur", scale=1.0)) < CLOSE


@pytest.mark.parametrize("name", ["heun", "dpm2", "pndm", "dpmpp_2m", "euler"])
def test_a_step_is_the_users_whatever_the_sampler_calls(loaded, name, monkeypatch):
    """Heun and DPM2 call the denoiser twice a step, PNDM its first step twice."""
    backend, spec = loaded["sd"], SAMPLER[name]
    _, found = run(backend, "a [dog:lighthouse:2]", sampler=spec, steps=5, seeds=(3,))
    events = []
    run(backend, "a dog", sampler=spec, steps=5, seeds=(3,), on_step=events.append)
    by_step = lambda step: "a dog" if step <= 2 else "a lighthouse"
    assert apart(found, by_hand(backend.pipeline, by_step, lambda _: "", seeds=(3,), steps=5)) < CLOSE
    assert sorted({event.step for event in events}) == [1, 2, 3, 4, 5]
    assert [event.step for event in events] == sorted(event.step for event in events)


def test_schedules_and_batches(backend):
    _, together = run(backend, "a [dog:lighthouse:2]", seeds=range(4), batch_size=4)
    _, apiece = run(backend, "a [dog:lighthouse:2]", seeds=range(4), batch_size=3)
    assert together.shape == apiece.shape
    assert len(together) == 4
    assert apart(apiece, together) < CLOSE


def test_schedules_and_previews(backend):
    seen, side = [], backend.settle(GenerationSettings()).width
    _, found = run(
        backend, "a [dog:lighthouse:2]", on_step=lambda event: seen.append((event.step, event.preview(1).size))
    )
    shown = preview_side(backend, side)
    assert seen == [(step, (shown, shown)) for step in (1, 2, 3, 4)]
    assert torch.equal(found, run(backend, "a [dog:lighthouse:2]")[1])


def test_schedules_of_different_lengths(backend):
    long = ", ".join(["a red dog by the lighthouse"] * 20)
    _, found = run(backend, f"a dog, [moonlight:{long}:2]")
    assert found.isfinite().all()
    assert torch.equal(found, run(backend, f"a dog, [moonlight:{long}:2]")[1])
    assert apart(found, run(backend, "a dog, moonlight")[1]) > CLOSE


def test_out_of_memory_runs_again_with_the_same_words(loaded, monkeypatch):
    backend = loaded["sd"]
    expected = [run(backend, "a [dog:lighthouse:1]", seeds=(seed,))[1] for seed in (3, 4)]
    honest = backend.pipeline.unet.forward

    def hungry(sample, *rest, **others):
        if len(sample) > 2:
            raise torch.OutOfMemoryError("injected")
        return honest(sample, *rest, **others)

    monkeypatch.setattr(backend.pipeline.unet, "forward", hungry)
    assert torch.equal(run(backend, "a [dog:lighthouse:1]")[1], torch.cat(expected))


@pytest.mark.parametrize("text", ["a [(dog:1.3):lighthouse:2]", "a dog AND a lighthouse", "a dog"])
def test_a_run_again_in_float32_has_embeddings_in_float32(tiny_sd, tiny_sdxl, text):
    for folder in (tiny_sd, tiny_sdxl):
        backend = load(folder, dtype="bfloat16")
        unet, seen = backend.pipeline.unet, set()
        honest = unet.forward

        def broken(sample, timestep, encoder_hidden_states, honest=honest, seen=seen, **others):
            seen.add(encoder_hidden_states.dtype)
            found = honest(sample, timestep, encoder_hidden_states, **others)
            return (found[0] * (float("nan") if sample.dtype == torch.bfloat16 else 1),)

        unet.forward = broken
        candidates, _ = run(backend, text)
        assert {candidate.outcome for candidate in candidates} == {"finished"}
        assert seen == {torch.bfloat16, torch.float32}
        assert unet.forward is broken
