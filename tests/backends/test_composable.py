"""``AND`` against a denoising loop written by hand: Liu et al., arXiv:2206.01714."""

import numpy as np
import pytest
import torch

from tests.backends.conftest import preview_side

from .loop import apart, denoise, encoded, run

CLOSE = 1e-5


def nothing(pipeline, text=""):
    """Encode the negative prompt; SDXL guides by zeros where there is none."""
    found = encoded(pipeline, text)
    return tuple(0 * each for each in found) if hasattr(pipeline, "text_encoder_2") and not text else found


def by_hand(pipeline, prompts, *, negative="", seeds=(3, 4), steps=4, scale=5.0):
    said = nothing(pipeline, negative), [(weight, encoded(pipeline, text)) for weight, text in prompts]
    return denoise(pipeline, lambda _: said, seeds, steps=steps, scale=scale)


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("a dog AND a lighthouse", [(1, "a dog"), (1, "a lighthouse")]),
        ("a dog :0.7 AND a lighthouse :1.4", [(0.7, "a dog"), (1.4, "a lighthouse")]),
        ("a dog AND snow :-0.8", [(1, "a dog"), (-0.8, "snow")]),
        ("a dog AND a cat :0.5 AND moonlight :0.3", [(1, "a dog"), (0.5, "a cat"), (0.3, "moonlight")]),
    ],
    ids=["two", "weighted", "negative weight", "three"],
)
def test_prompts_are_followed_at_once(backend, text, prompts):
    _, found = run(backend, text)
    assert apart(found, by_hand(backend.pipeline, prompts)) < CLOSE
    joined = run(backend, ", ".join(said for _, said in prompts))[1]
    assert apart(found, joined) > 100 * CLOSE


def test_one_prompt_twice_is_that_prompt(backend):
    _, found = run(backend, "a dog :0.5 AND a dog :0.5")
    assert apart(found, run(backend, "a dog")[1]) < CLOSE


@pytest.mark.parametrize("scale", [1.0, 5.0])
def test_a_negative_prompt_stands_against_all_of_them(backend, scale):
    _, found = run(backend, "a dog AND a lighthouse :0.6", negative="snow", scale=scale)
    prompts = [(1, "a dog"), (0.6, "a lighthouse")]
    assert apart(found, by_hand(backend.pipeline, prompts, negative="snow", scale=scale)) < CLOSE


def test_weights_within_each_prompt(backend):
    from promptkit.backends.conditioning import condition

    pipeline = backend.pipeline
    weighed = condition(pipeline, "a (red:1.5) dog").arguments
    prompts = [(1, (weighed["prompt_embeds"], weighed.get("pooled_prompt_embeds"))), (0.5, encoded(pipeline, "a cat"))]
    _, found = run(backend, "a (red:1.5) dog AND a cat :0.5")
    assert apart(found, denoise(pipeline, lambda _: (nothing(pipeline), prompts), (3, 4), steps=4, scale=5.0)) < CLOSE


def test_schedules_within_each_prompt(backend):
    _, found = run(backend, "a [dog:cat:1] AND a lighthouse :0.6", negative="[snow:blur:3]")
    pipeline = backend.pipeline

    def said(step):
        return encoded(pipeline, "snow" if step <= 3 else "blur"), [
            (1, encoded(pipeline, "a dog" if step <= 1 else "a cat")),
            (0.6, encoded(pipeline, "a lighthouse")),
        ]

    assert apart(found, denoise(pipeline, said, (3, 4), steps=4, scale=5.0)) < CLOSE


def test_prompts_of_different_lengths(backend):
    pipeline = backend.pipeline
    _, found = run(backend, "a dog BREAK snow AND a lighthouse")
    empty = encoded(pipeline, "")[0]
    pad = lambda text, *more: (torch.cat([encoded(pipeline, text)[0], *more], 1), encoded(pipeline, text)[1])
    without = nothing(pipeline)
    negative = (torch.cat([without[0]] * 2, 1), without[1])
    prompts = [(1, pad("a dog", encoded(pipeline, "snow")[0])), (1, pad("a lighthouse", empty))]
    assert apart(found, denoise(pipeline, lambda _: (negative, prompts), (3, 4), steps=4, scale=5.0)) < CLOSE


def test_batches_and_previews(backend):
    """Guidance multiplies what batches differ by, and two prompts are guided by twice the scale."""
    text, seen = "a dog AND a lighthouse", []
    together = run(
        backend, text, seeds=range(4), batch_size=4, on_step=lambda event: seen.append(event.preview(2).size)
    )
    apiece = run(backend, text, seeds=range(4), batch_size=1)
    assert apart(apiece[1], together[1]) < 1e-4
    pictures = [[np.asarray(candidate.image).astype(int) for candidate in found] for found, _ in (apiece, together)]
    assert np.abs(np.subtract(*pictures)).max() <= 1
    shown = preview_side(backend, together[0][0].image.width)
    assert seen == [(shown, shown)] * 4


def test_the_denoiser_is_given_one_row_for_each_prompt_and_is_left_as_it_was(backend):
    unet, rows = backend.pipeline.unet, []
    listening = unet.register_forward_pre_hook(lambda module, inputs: rows.append(len(inputs[0])))
    honest = unet.forward.__func__
    conv = unet.conv_in.register_forward_pre_hook(lambda module, inputs: rows.append(len(inputs[0])))
    run(backend, "a dog AND a cat AND a lighthouse", seeds=(1, 2), steps=1)
    listening.remove()
    conv.remove()
    assert rows == [4, 8]
    assert unet.forward.__func__ is honest
    assert "forward" not in vars(unet)


def test_an_interrupt_leaves_the_denoiser_as_it_was(backend):
    def stop(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(backend, "a dog AND a cat", on_step=stop)
    assert "forward" not in vars(backend.pipeline.unet)
