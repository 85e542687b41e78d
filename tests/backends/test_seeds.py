"""What a seed promises: the same noise alone and in any batch, the same bits at the recorded batch shape whatever stands
beside it, and the same picture when others are dropped half-way. Proven over every sampler."""

import numpy as np
import pytest
import torch

import promptkit
from promptkit.backends.noise import slerp
from promptkit.backends.samplers import SAMPLERS, kinds
from promptkit.records import FINISHED, PRUNED, PRUNING, VARIATION, GenerationRequest, GenerationSettings, Variation
from tests.backends.loop import apart, run
from tests.first_party import module

DIFFUSION = [spec for spec in (*SAMPLERS, *module("promptkit-samplers").SOLVERS) if "diffusion" in kinds(spec)]
samplers = pytest.mark.parametrize("spec", DIFFUSION, ids=lambda spec: spec.name)
TEXT = "a red dog, golden hour"
STEPS = 6


def request(backend, seeds, *, sampler=None, batch_size=8, width=16, height=16, **more):
    settings = backend.settle(
        GenerationSettings(
            num_inference_steps=STEPS, guidance_scale=3.0, batch_size=batch_size, width=width, height=height
        )
    )
    return GenerationRequest(
        prompt=promptkit.parse(TEXT), seeds=tuple(seeds), settings=settings, sampler=sampler, **more
    )


def made(backend, seeds, *, on_step=None, **more):
    return list(backend.generate(request(backend, seeds, **more), on_step=on_step))


def bits(candidate):
    return np.asarray(candidate.image).tobytes()


def levels(first, second):
    return np.abs(np.asarray(first.image).astype(int) - np.asarray(second.image).astype(int)).max()


@pytest.fixture
def sd(loaded):
    return loaded["sd"]


@samplers
def test_a_seed_has_the_same_bits_in_any_slot_beside_any_neighbours(sd, spec):
    first = made(sd, [1, 2, 3, 40], sampler=spec, batch_size=4)
    other = made(sd, [40, 7, 8, 9], sampler=spec, batch_size=4)
    assert bits(first[3]) == bits(other[0])
    assert len({bits(candidate) for candidate in first}) == 4


@samplers
def test_a_part_of_a_batch_is_run_again_with_the_same_bits_by_filling_it_up(sd, spec):
    whole = made(sd, range(5, 9), sampler=spec, batch_size=4)
    part = made(sd, [7], sampler=spec, batch_size=4, pad=True)
    assert [candidate.seed for candidate in part] == [7]
    assert part[0].batch_size == 4
    assert bits(part[0]) == bits(whole[2])


def test_a_first_run_is_never_filled_up(sd):
    assert [candidate.batch_size for candidate in made(sd, range(5), batch_size=4)] == [4, 4, 4, 4, 1]


@samplers
def test_a_survivor_is_the_same_seed_alone(sd, spec):
    """Within 1e-5 of the greatest latent, in float32, after 8 → 4 → 1."""

    def halve(event):
        return {2: event.indices[::2], 4: [6]}.get(event.step)

    found, latents = run(sd, TEXT, seeds=range(8), steps=STEPS, scale=3.0, on_step=halve, sampler=spec, batch_size=8)
    alone, expected = run(sd, TEXT, seeds=[6], steps=STEPS, scale=3.0, sampler=spec)
    assert [candidate.outcome for candidate in found] == [PRUNED] * 6 + [FINISHED, PRUNED]
    assert latents.shape[0] == 1
    assert apart(latents, expected) < 1e-5
    assert levels(found[6], alone[0]) <= 1
    assert {candidate.shrunk for candidate in found} == {((2, 4), (4, 1))}


@samplers
def test_a_survivor_is_run_again_with_the_same_bits(sd, spec):
    """With the recorded batch and the recorded places where it shrank, beside rows that only fill it up."""

    def halve(event):
        return event.indices[1::2] if event.step in (2, 4) else None

    survivor = made(sd, range(8), sampler=spec, on_step=halve)[3]
    again = made(sd, [3], sampler=spec, batch_size=survivor.batch_size, pad=True, shrink=survivor.shrunk)
    assert again[0].shrunk == survivor.shrunk
    assert bits(again[0]) == bits(survivor)


@pytest.mark.parametrize("family", ["sd", "sdxl", "embedded"])
@pytest.mark.parametrize("text", ["a [dog:cat:3] in a (red:1.4) field", "a dog AND a cat :0.7", "a dog " * 90])
def test_pruning_with_schedules_weights_conjunctions_and_long_prompts(loaded, family, text):
    backend, seen = loaded[family], []

    def halve(event):
        seen.append((event.step, len(event.indices), event.preview(event.indices[0]).size))
        return [0, 2] if event.step == 2 else None

    size = {"width": 64, "height": 64} if family == "embedded" else {}
    found, latents = run(backend, text, seeds=range(4), steps=STEPS, on_step=halve, batch_size=4, **size)
    _, expected = run(backend, text, seeds=[0, 2], steps=STEPS, batch_size=2, **size)
    assert apart(latents, expected) < 5e-5  # AND across batch shapes differs by so much without pruning, too
    assert [candidate.outcome for candidate in found] == [FINISHED, PRUNED, FINISHED, PRUNED]
    assert [(step, rows) for step, rows, _ in seen] == [(1, 4), (2, 4), (3, 2), (4, 2), (5, 2), (6, 2)]


@samplers
def test_steps_are_told_once_each(sd, spec):
    events = []
    made(sd, [1, 2], sampler=spec, on_step=lambda event: events.append(event.step))
    assert events == list(range(1, STEPS + 1))


def test_several_previews_are_one_decode(sd, monkeypatch):
    calls = []
    honest = sd.pipeline.vae.decode
    monkeypatch.setattr(sd.pipeline.vae, "decode", lambda z, **more: calls.append(len(z)) or honest(z, **more))
    made(sd, range(4), on_step=lambda event: event.previews(event.indices) and None)
    assert calls == [4] * (STEPS + 1)


def test_a_search_that_keeps_nothing_is_an_error_that_says_so(sd):
    with pytest.raises(promptkit.PromptkitError, match="kept none of the candidates 0, 1 after step 1"):
        made(sd, [1, 2], on_step=lambda _: [])


def test_a_pruned_batch_leaves_the_pipeline_as_it_was(sd):
    before = made(sd, [1, 2])
    made(sd, [1, 2], on_step=lambda event: event.indices[:1])
    network = sd.pipeline.unet
    assert not network._forward_pre_hooks
    assert "step" not in vars(sd.pipeline.scheduler)
    assert list(map(bits, made(sd, [1, 2]))) == list(map(bits, before))


@pytest.mark.parametrize("sampler", ["euler_a", "dpmpp_2m"])
def test_variation_seeds_end_exactly_in_the_two_seeds(sd, sampler):
    spec = next(spec for spec in SAMPLERS if spec.name == sampler)
    assert VARIATION in sd.abilities

    def varied(strength):
        variation = Variation(seeds=(90, 91), strength=strength)
        return made(sd, [5, 5], sampler=spec, variation=variation)

    own, second = made(sd, [5, 5], sampler=spec), made(sd, [90, 91], sampler=spec)
    assert list(map(bits, varied(0.0))) == list(map(bits, own))
    assert list(map(bits, varied(1.0))) == list(map(bits, second))
    between = varied(0.2)
    assert [(candidate.seed, candidate.variation_seed) for candidate in between] == [(5, 90), (5, 91)]
    assert len({*map(bits, between), bits(own[0]), bits(second[0]), bits(second[1])}) == 5
    assert "prepare_latents" not in vars(sd.pipeline)


def test_a_variation_is_the_same_alone_and_in_a_batch(sd):
    both = made(sd, [5, 5], variation=Variation(seeds=(90, 91), strength=0.3))
    alone = made(sd, [5], variation=Variation(seeds=(91,), strength=0.3))
    assert levels(both[1], alone[0]) <= 1


def test_slerp_keeps_the_length_and_ends_exactly():
    first, second = (torch.randn(3, 4, 8, 8, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))
    assert torch.equal(slerp(first, second, 0), first)
    assert torch.equal(slerp(first, second, 1), second)
    middle = slerp(first, second, 0.5).flatten(1).norm(dim=1)
    assert torch.allclose(middle, (first.flatten(1).norm(dim=1) + second.flatten(1).norm(dim=1)) / 2, rtol=0.02)
    assert torch.allclose(slerp(first, first, 0.5), first, atol=1e-5)


def test_a_backend_says_that_it_can_prune(loaded):
    assert all(PRUNING in backend.abilities for backend in loaded.values())
