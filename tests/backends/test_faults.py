"""Faults put in at every stage: memory that runs out, numbers that are none, interrupts. What is finished is never lost,
each candidate has an outcome, and a seed that is tried again begins with the noise of a clean run."""

from contextlib import contextmanager

import numpy as np
import pytest
import torch

import promptkit
from promptkit.errors import Interrupted
from promptkit.records import BLOCKED, FAILED, FINISHED, GenerationRequest, GenerationSettings
from promptkit.session import Session
from tests.backends.conftest import load

SEEDS = tuple(range(20, 40))
STEPS = 3
QUICK = GenerationSettings(num_inference_steps=STEPS, guidance_scale=3.0, batch_size=4)


@pytest.fixture(scope="module")
def sd(tiny_sd):
    return load(tiny_sd)


@pytest.fixture(scope="module")
def clean(sd):
    """The same seeds without a fault, one at a time."""
    return [made(sd, [seed])[0] for seed in SEEDS]


def made(backend, seeds=SEEDS, on_step=None, **settings):
    settled = backend.settle(GenerationSettings(**settings).over(QUICK))
    request = GenerationRequest(prompt=promptkit.parse("a (red:1.2) dog"), seeds=tuple(seeds), settings=settled)
    return list(backend.generate(request, on_step=on_step))


def same(first, second):
    return np.abs(np.asarray(first.image).astype(int) - np.asarray(second.image).astype(int)).max() <= 1


@contextmanager
def faulty(thing, name, when, fault):
    """Let calls of a method fault when ``when(number of the call, its arguments)`` says so."""
    honest, calls = getattr(thing, name), []

    def wrapped(*given, **named):
        calls.append(len(calls))
        if when(calls[-1], given):
            return fault(honest, *given, **named)
        return honest(*given, **named)

    setattr(thing, name, wrapped)
    try:
        yield calls
    finally:
        delattr(thing, name)


def out_of_memory(*_, **__):
    raise torch.OutOfMemoryError("injected")


def interrupt(*_, **__):
    raise KeyboardInterrupt


def nothing_finite(honest, *given, **named):
    found = honest(*given, **named)
    return (found[0] * float("nan"), *found[1:])


@contextmanager
def listening_to_noise(pipeline):
    """Collect the initial noise by seed, as each batch begins."""
    honest, found = pipeline.prepare_latents, {}

    def prepare(batch, channels, height, width, dtype, device, generator, latents=None):
        seeds = [each.initial_seed() for each in generator]
        noise = honest(batch, channels, height, width, dtype, device, generator, latents)
        for seed, row in zip(seeds, noise, strict=True):
            found.setdefault(seed, []).append(row.clone())
        return noise

    pipeline.prepare_latents = prepare
    try:
        yield found
    finally:
        del pipeline.prepare_latents


@pytest.mark.parametrize("call", range(STEPS))
@pytest.mark.parametrize("room", [1, 2, 3])
def test_memory_that_runs_out_at_a_step_halves_the_batch(sd, clean, call, room):
    """Room for so many pictures at once: rows are doubled by guidance."""
    with (
        faulty(sd.pipeline.unet, "forward", lambda n, given: n % STEPS == call and len(given[0]) > 2 * room, out_of_memory),
        listening_to_noise(sd.pipeline) as noise,
    ):  # fmt: skip
        found = made(sd)
    assert [candidate.outcome for candidate in found] == [FINISHED] * len(SEEDS)
    assert [candidate.seed for candidate in found] == list(SEEDS)
    assert {candidate.batch_size for candidate in found} <= set(range(1, room + 1))
    assert all(same(a, b) for a, b in zip(found, clean, strict=True))
    assert all(torch.equal(row, rows[0]) for rows in noise.values() for row in rows)


def test_memory_that_runs_out_at_decode_halves_the_batch(sd, clean):
    with faulty(sd.pipeline.vae, "decode", lambda _, given: len(given[0]) > 1, out_of_memory):
        found = made(sd)
    assert [candidate.outcome for candidate in found] == [FINISHED] * len(SEEDS)
    assert all(same(a, b) for a, b in zip(found, clean, strict=True))


def test_memory_that_runs_out_in_the_text_encoder_is_tried_again_with_less(tiny_sd):
    backend = load(tiny_sd)
    with faulty(backend.pipeline.text_encoder, "forward", lambda n, _: n == 0, out_of_memory):
        found = made(backend)
    assert [candidate.outcome for candidate in found] == [FINISHED] * len(SEEDS)
    assert any("Memory ran out" in note for note in backend.notes)


@pytest.mark.parametrize(("part", "method"), [("unet", "forward"), ("vae", "decode"), ("text_encoder", "forward")])
def test_memory_that_is_never_enough_gives_every_seed_an_outcome(tiny_sd, part, method):
    backend = load(tiny_sd)
    with faulty(getattr(backend.pipeline, part), method, lambda *_: True, out_of_memory):
        found = made(backend, SEEDS[:8])
    assert [(candidate.seed, candidate.outcome) for candidate in found] == [(seed, FAILED) for seed in SEEDS[:8]]
    assert backend.pipeline.vae.use_slicing
    assert [candidate.outcome for candidate in made(backend, SEEDS[:8])] == [FINISHED] * 8


def test_one_seed_that_never_fits_costs_only_itself(tiny_sd, clean):
    backend = load(tiny_sd)
    wanted = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(SEEDS[7]))

    def its_turn(_, given):
        return bool((given[0][:, None] - wanted).abs().amax((1, 2, 3, 4)).min() < 1e-6)

    with faulty(backend.pipeline.unet, "forward", its_turn, out_of_memory):
        found = made(backend)
    assert [candidate.outcome for candidate in found] == [FAILED if i == 7 else FINISHED for i in range(len(SEEDS))]
    assert all(same(a, b) for i, (a, b) in enumerate(zip(found, clean, strict=True)) if i != 7)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize(("part", "method"), [("unet", "forward"), ("vae", "decode")])
def test_numbers_that_are_none_in_half_precision_are_made_again_in_float32(tiny_sd, clean, dtype, part, method):
    backend = load(tiny_sd, dtype=dtype)
    network = getattr(backend.pipeline, part)
    with faulty(network, method, lambda _, given: given[0].dtype != torch.float32, nothing_finite):
        found = made(backend, SEEDS[:8])
    assert [candidate.outcome for candidate in found] == [FINISHED] * 8
    assert all(same(a, b) for a, b in zip(found, clean[:8], strict=True))
    assert str(backend.pipeline.dtype) == f"torch.{dtype}"


def test_numbers_that_are_none_are_seen_in_a_preview_already(tiny_sd, clean):
    backend = load(tiny_sd, dtype="bfloat16")
    network = backend.pipeline.unet
    with faulty(network, "forward", lambda _, given: given[0].dtype != torch.float32, nothing_finite) as calls:
        found = made(backend, SEEDS[:4], on_step=lambda event: event.previews(event.indices) and None)
    assert [candidate.outcome for candidate in found] == [FINISHED] * 4
    assert len(calls) == 1 + STEPS
    assert all(same(a, b) for a, b in zip(found, clean[:4], strict=True))


def test_numbers_that_are_none_in_float32_are_a_failure_and_no_picture(sd):
    with faulty(sd.pipeline.vae, "decode", lambda *_: True, nothing_finite):
        found = made(sd)
    assert [(candidate.outcome, candidate.image) for candidate in found] == [(FAILED, None)] * len(SEEDS)


def test_what_a_safety_checker_blocks_is_told_and_not_tried_again(tiny_sd):
    backend, checked = load(tiny_sd, dtype="bfloat16"), []

    def checker(image, device, dtype):
        checked.append(len(image))
        return torch.zeros_like(image), [row % 2 == 1 for row in range(len(image))]

    backend.pipeline.run_safety_checker = checker
    found = made(backend)
    assert [candidate.outcome for candidate in found] == [FINISHED, BLOCKED] * 10
    assert all((candidate.image is None) == (candidate.outcome == BLOCKED) for candidate in found)
    assert checked == [4] * 5


STAGES = [("text_encoder", "forward", 0), ("vae", "decode", 2), ("vae", "decode", 0)] + [
    ("unet", "forward", call) for call in range(5 * STEPS)
]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: f"{stage[0]}-{stage[2]}")
def test_an_interrupt_at_any_stage_keeps_what_is_finished(tiny_sd, stage, tmp_path):
    part, method, number = stage
    done = {"text_encoder": 0, "vae": 4 * number, "unet": number // STEPS * 4}[part]
    with Session(str(tiny_sd), ranker="none", device="cpu") as session:
        session.generate("a dog", candidates=1, settings=QUICK)
        network = getattr(session.backend().pipeline, part)
        with faulty(network, method, lambda n, _: n == number, interrupt), pytest.raises(Interrupted) as stopped:
            session.generate("a dog", candidates=20, seed=20, settings=QUICK, out=tmp_path)
        kept = [] if stopped.value.result is None else stopped.value.result.candidates
        assert [candidate.seed for candidate in kept] == list(SEEDS[:done])
        assert len(list(tmp_path.glob("*.png"))) == done
        assert not list(tmp_path.glob(".*"))
        after = session.generate("a dog", candidates=2, seed=20, settings=QUICK)
        assert [candidate.outcome for candidate in after.candidates] == [FINISHED] * 2
