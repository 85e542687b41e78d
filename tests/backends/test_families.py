"""Every family of models, end to end through a Session, on tiny checkpoints in their real formats."""

from types import SimpleNamespace

import numpy as np
import pytest

from promptkit import Session
from promptkit.backends import families
from promptkit.records import (
    BLOCKED,
    FINISHED,
    NEGATIVE,
    PREVIEW,
    PRUNED,
    PRUNING,
    STEPS,
    VARIATION,
    WEIGHTS,
    GenerationRequest,
    GenerationSettings,
)
from promptkit.run import Ready
from tests.backends.loop import apart
from tests.conftest import FAMILIES

ALL = {STEPS, PREVIEW, PRUNING, WEIGHTS, NEGATIVE, VARIATION}
LACKS = {
    "consistency": {WEIGHTS, NEGATIVE},
    "stable_diffusion_3": {WEIGHTS},
    "stable_diffusion_3_without_t5": {WEIGHTS},
    "flux": {WEIGHTS, NEGATIVE},
    "flux_schnell": {WEIGHTS},
    "flux_2_klein": {WEIGHTS, NEGATIVE},
    "sana": {WEIGHTS},
    "z_image": {WEIGHTS},
    "qwen_image": {WEIGHTS},
    "pixart": {WEIGHTS, STEPS, PREVIEW, PRUNING},
    "lumina_2": {WEIGHTS},
}
"""What promptkit cannot do with a family; with the others it can do everything."""
NATIVE = {
    "stable_diffusion": (16, 30, 7.5), "stable_diffusion_2": (16, 30, 7.5), "stable_diffusion_xl": (16, 30, 5.0),
    "turbo": (16, 4, 1.0), "consistency": (16, 4, 8.5), "stable_diffusion_3": (16, 28, 7.0),
    "stable_diffusion_3_without_t5": (16, 28, 7.0), "flux": (256, 28, 3.5), "flux_schnell": (256, 4, 1.0),
    "flux_2_klein": (256, 50, 4.0), "sana": (32, 20, 4.5), "z_image": (1024, 50, 5.0), "qwen_image": (256, 50, 4.0),
    "pixart": (16, 20, 4.5), "lumina_2": (32, 30, 4.0),
}  # fmt: skip
"""Side, steps and guidance that a family is run with where nothing else is said."""
SIDES = {"sana": 32, "lumina_2": 32}
MULTIPLES = {"stable_diffusion": 8, "turbo": 8, "stable_diffusion_3": 8, "flux": 8, "sana": 32, "lumina_2": 16}


@pytest.fixture(scope="module")
def opened(checkpoint):
    """Return a session on a family's checkpoint; each is loaded once."""
    made = {}

    def session(family: str) -> Session:
        if family not in made:
            made[family] = Session(str(checkpoint(family)), ranker="none", device="cpu")
        return made[family]

    return session


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


def settings(family, steps=3, guidance=4.0, **more):
    side = SIDES.get(family, 16)
    return GenerationSettings(width=side, height=side, num_inference_steps=steps, guidance_scale=guidance, **more)


def make(session, family, text="a red dog", *, candidates=1, seed=5, negative="", on_event=None, **more):
    return session.generate(
        text, candidates=candidates, seed=seed, negative=negative, settings=settings(family, **more), on_event=on_event
    )


def backend_of(session):
    return session.backend()


def pixels(candidate):
    return np.asarray(candidate.image).astype(int)


def test_a_batch_makes_the_same_pictures_as_single_runs(opened, family):
    session, events = opened(family), []
    batch = make(session, family, candidates=3, on_event=events.append).candidates
    alone = [make(session, family, seed=seed).candidates[0] for seed in (5, 6, 7)]
    side = SIDES.get(family, 16)
    for together, single in zip(batch, alone, strict=True):
        assert together.outcome == FINISHED
        assert together.image.size == (side, side)
        assert np.abs(pixels(together) - pixels(single)).max() <= 1
    assert np.abs(pixels(batch[0]) - pixels(batch[1])).max() > 1
    steps = [event.step for event in events if hasattr(event, "step")]
    assert steps == ([1, 2, 3] if STEPS in backend_of(session).abilities else [])
    assert sum(isinstance(event, Ready) for event in events) == 3


def test_what_a_family_cannot_do_is_known_and_told(opened, family):
    session = opened(family)
    assert backend_of(session).abilities == ALL - LACKS.get(family, set())
    make(session, family, "a (red:1.3) dog", negative="blurry, text")
    told = " ".join(session.notes())
    said = {
        WEIGHTS: "it counts as 1",
        NEGATIVE: "'blurry, text' was left out",
        PREVIEW: "no previews of steps",
        PRUNING: "no dropping of candidates half-way",
    }
    for ability, sign in said.items():
        assert (sign in told) == (ability in LACKS.get(family, set()))


def test_what_a_family_likes_is_what_it_is_given(opened, family):
    settled = backend_of(opened(family)).settle(GenerationSettings())
    assert settled.width == settled.height == NATIVE[family][0]
    assert (settled.num_inference_steps, settled.guidance_scale) == NATIVE[family][1:]


@pytest.mark.parametrize(("family", "multiple"), MULTIPLES.items())
def test_sides_are_multiples_of_what_a_family_can_make(opened, family, multiple):
    pipeline = backend_of(opened(family)).pipeline
    assert families.multiple(pipeline) == multiple
    wide = families.least(pipeline) + multiple
    found = opened(family).generate(
        "a dog",
        candidates=1,
        settings=GenerationSettings(width=wide, height=families.least(pipeline), num_inference_steps=1),
    )
    assert found.best.image.size == (wide, families.least(pipeline))


def test_a_negative_prompt_counts_where_there_is_one(opened, family):
    session = opened(family)
    plain, pushed = (make(session, family, negative=negative).best for negative in ("", "blurry, text"))
    changed = np.abs(pixels(plain) - pixels(pushed)).max() > 0
    assert changed == (NEGATIVE in backend_of(session).abilities)


def test_a_negative_prompt_without_guidance_is_told_to_say_nothing(opened):
    session = opened("turbo")
    make(session, "turbo", negative="blurry", guidance=0.0)
    assert "'blurry' says nothing at a guidance scale of 0: a negative prompt needs guidance." in session.notes()


def test_guidance_reaches_the_argument_that_a_family_calls_it_by(opened):
    for family in ("qwen_image", "flux_schnell", "flux", "z_image"):
        low, high = (make(opened(family), family, guidance=scale).best for scale in (1.5, 8.0))
        assert np.abs(pixels(low) - pixels(high)).max() > 0, family


@pytest.mark.parametrize("family", [name for name in FAMILIES if PRUNING not in LACKS.get(name, ())])
def test_a_survivor_is_the_same_seed_alone(opened, family):
    """Within 1e-5 of the greatest latent, in float32, after 6 → 3 → 1; with guidance and a negative prompt."""
    backend = backend_of(opened(family))
    found, latents = denoised(backend, family, range(6), on_step=lambda e: {1: [1, 3, 4], 3: [4]}.get(e.step))
    alone, expected = denoised(backend, family, [4])
    assert [each.outcome for each in found] == [PRUNED] * 4 + [FINISHED, PRUNED]
    assert len(latents) == len(expected) == 1
    assert apart(latents, expected) < 1e-5
    assert np.abs(pixels(found[4]) - pixels(alone[0])).max() <= 1


def denoised(backend, family, seeds, on_step=None):
    """Run a batch; return its candidates, and the latents as they were decoded."""
    import promptkit

    vae, found = backend.pipeline.vae, []
    honest = vae.decode

    def listening(latents, **options):
        found.append(latents.clone())
        return honest(latents, **options)

    vae.decode = listening
    try:
        request = GenerationRequest(
            prompt=promptkit.parse("a red dog", negative="blurry"),
            seeds=tuple(seeds),
            settings=backend.settle(settings(family, steps=4, batch_size=8)),
        )
        return list(backend.generate(request, on_step=on_step)), found[-1]
    finally:
        del vae.decode


@pytest.mark.parametrize("family", [name for name in FAMILIES if PREVIEW not in LACKS.get(name, ())])
def test_previews_are_what_becomes_of_a_candidate(opened, family):
    """A flow's last prediction is its picture; others end beside theirs."""
    session, seen = opened(family), []

    def look(event):
        if hasattr(event, "preview"):
            seen.append(event.preview(event.indices[-1]))

    result = make(session, family, candidates=2, on_event=look)
    assert [image.size for image in seen] == [(SIDES.get(family, 16),) * 2] * 3
    if "FlowMatch" in type(backend_of(session).pipeline.scheduler).__name__:
        assert np.abs(np.asarray(seen[-1]).astype(int) - pixels(result.candidates[1])).max() <= 2


def test_what_a_safety_checker_blocks_is_blocked_and_the_others_are_finished(checkpoint):
    with Session(str(checkpoint("stable_diffusion")), ranker="none", device="cpu") as session:
        pipeline = backend_of(session).pipeline
        pipeline.feature_extractor = lambda images, return_tensors: _Features()
        pipeline.safety_checker = lambda images, clip_input: (images, [False, True, False])
        outcomes = [each.outcome for each in make(session, "stable_diffusion", candidates=3).candidates]
    assert outcomes == [FINISHED, BLOCKED, FINISHED]


class _Features:
    """What a feature extractor gives a safety checker."""

    pixel_values = None

    def to(self, _device):
        import torch

        return SimpleNamespace(pixel_values=torch.zeros(1))
