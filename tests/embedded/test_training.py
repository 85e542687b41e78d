"""Every stage runs, stops, and goes on to the same result; on batches of a few, in seconds."""

import copy
import json
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from PIL import Image

from promptkit.embedded import clip_path, pipeline_path
from promptkit.embedded.scenes.render import render
from promptkit.embedded.scenes.scene import Scene
from promptkit.embedded.train import main
from promptkit.embedded.training import clip, curve, decoder, evaluate, judge, latents, sheet, tokens, unet, vae
from promptkit.embedded.training.data import CLASSES, draw_batch, labels
from promptkit.embedded.training.loop import Average
from promptkit.embedded.training.muon import orthogonalise
from promptkit.records import Candidate, GenerationSettings
from promptkit.slots.parse import parse


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    """A folder with a vae and two small shards."""
    folder = tmp_path_factory.mktemp("train")
    model = vae.train(folder, steps=2, batch=2)
    vae.measure(model, count=8)
    latents.make(folder, model, 2, shard=4)
    return folder, model


def same(first, second):
    return all(
        torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    )


def runs(stages, tmp_path):
    folder, model = stages
    pool = latents.Pool(folder, 2)
    text = clip.build(len(tokens.build()))
    return {
        "judge": lambda where, **more: judge.train(where, steps=3, batch=4, **more),
        "vae": lambda where, **more: vae.train(where, steps=3, batch=2, **more),
        "decoder": lambda where, **more: decoder.train(where, copy.deepcopy(model), steps=3, batch=2, **more),
        "clip": lambda where, **more: clip.train(where, model, pool, steps=3, batch=4, **more),
        "unet": lambda where, **more: unet.train(where, text, pool, steps=3, batch=4, **more),
    }


@pytest.mark.parametrize("stage", ["judge", "vae", "decoder", "clip", "unet"])
def test_a_stopped_stage_goes_on_to_the_same_result(stages, tmp_path, stage):
    train = runs(stages, tmp_path)[stage]
    whole = train(tmp_path / "whole")
    train(tmp_path / "parts", stop_after=1)
    assert same(whole, train(tmp_path / "parts"))


def test_latents_are_made_once_and_remember_their_scenes(stages):
    folder, model = stages
    path = latents.shard_path(folder, 0)
    before = path.stat().st_mtime_ns
    latents.make(folder, model, 2, shard=4)
    assert path.stat().st_mtime_ns == before
    found, scenes = latents.Pool(folder, 2).draw(random.Random(0), 5, available=2)
    assert found.shape == (5, vae.LATENT_CHANNELS, 16, 16)
    assert not any(scene.held_out for scene in scenes)


def test_labels_and_scenes_are_the_same_thing():
    scenes, pictures = draw_batch(random.Random(0), 6)
    assert [latents.to_scene(row) for row in labels(scenes)] == scenes
    assert (pictures.shape, pictures.dtype) == ((6, 3, 128, 128), torch.uint8)


def test_the_text_tower_converts_exactly():
    tokenizer = tokens.build()
    model = clip.build(len(tokenizer)).eval()
    encoder = unet.build_text_encoder(model, len(tokenizer)).eval()
    ids = clip.encode(tokenizer, ["a red lighthouse, neon light", "", "a cat"])
    with torch.no_grad():
        pooled = encoder(ids).pooler_output @ model.text_projection
        assert torch.allclose(torch.nn.functional.normalize(pooled, dim=-1), clip.text_features(model, ids), atol=1e-5)
        assert torch.allclose(clip.text_features(model, ids), model.encode_text(ids, normalize=True), atol=1e-5)


def test_the_tokenizer_is_the_same_in_every_process():
    script = "from promptkit.embedded.training.tokens import build; print(sorted(build().get_vocab().items()))"
    outputs = {subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(outputs) == 1


def test_a_training_folder_keeps_its_tokenizer(tmp_path, monkeypatch):
    first = tokens.of(tmp_path, "clip")
    monkeypatch.setattr(tokens, "build", None)
    assert tokens.of(tmp_path, "clip").get_vocab() == first.get_vocab()


def test_a_new_folder_may_begin_from_the_weights_of_the_package(stages, tmp_path):
    folder, model = stages
    pool = latents.Pool(folder, 2)
    pipeline = pipeline_path()
    shipped = unet.UNet2DConditionModel.from_pretrained(pipeline / "unet", torch_dtype=torch.float32)
    begun = unet.train(tmp_path, None, pool, steps=1, batch=2, stop_after=0, warm=pipeline)
    assert same(begun.unet, shipped)
    assert vae.train(tmp_path, steps=1, batch=2, stop_after=0, warm=pipeline / "vae").config.scaling_factor > 0
    assert clip.train(tmp_path, model, pool, steps=1, batch=2, stop_after=0, warm=clip_path()).logit_scale > 1


def test_an_autoencoder_may_grow_from_one_of_fewer_levels_and_channels(tmp_path):
    old = AutoencoderKL(
        block_out_channels=(32, 48, 96), down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3, layers_per_block=1, latent_channels=6, norm_num_groups=8,
        mid_block_add_attention=False,
    )  # fmt: skip
    old.save_pretrained(tmp_path)
    new, before = vae.grown(tmp_path).state_dict(), old.state_dict()
    for old_name, name in (
        ("encoder.down_blocks.2.resnets.0.conv1.weight", "encoder.down_blocks.3.resnets.0.conv1.weight"),
        ("encoder.mid_block.resnets.0.conv1.weight",) * 2,
        ("decoder.up_blocks.0.resnets.0.conv1.weight",) * 2,
    ):
        assert torch.equal(new[name], before[old_name])
    more = vae.LATENT_CHANNELS
    for half in range(2):
        mine, theirs = (
            state["quant_conv.weight"][half * size : half * size + 6, :6] for state, size in ((new, more), (before, 6))
        )
        assert torch.equal(mine, theirs)
    assert torch.equal(new["decoder.conv_in.weight"][:, :6], before["decoder.conv_in.weight"])


def test_a_decoder_learns_without_moving_the_latents(stages, tmp_path):
    _, model = stages
    taught = decoder.train(tmp_path, copy.deepcopy(model), steps=2, batch=2)
    assert same(taught.encoder, model.encoder)
    assert not same(taught.decoder, model.decoder)


def test_the_curve_gets_a_line_at_each_look(stages, tmp_path, monkeypatch):
    folder, model = stages
    monkeypatch.setattr(curve, "PROMPTS", 2)
    monkeypatch.setattr(unet, "LOOK_STEPS", 1)
    look = curve.looker(tmp_path, model, judge.Judge(), GenerationSettings(num_inference_steps=2, guidance_scale=3.0))
    unet.train(tmp_path, clip.build(len(tokens.build())), latents.Pool(folder, 2), steps=2, batch=2, look=look)
    lines = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    assert [line["samples"] for line in lines] == [2, 4]
    assert all(0 <= line["right"] <= 1 for line in lines)


def test_a_folder_without_weights_to_begin_from_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["train", "--warm", str(tmp_path)])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert f"'{tmp_path}' holds no weights to begin from" in capsys.readouterr().err


def test_known_words_are_single_tokens():
    tokenizer = tokens.build()
    for word in ("lighthouse", "watercolour", "moonlight", "overhead"):
        assert len(tokenizer.tokenize(word)) == 1
    assert tokenizer.eos_token_id == len(tokenizer) - 1


def test_muon_brings_singular_values_near_one():
    values = torch.linalg.svdvals(orthogonalise(torch.randn(24, 60, generator=torch.Generator().manual_seed(0))))
    assert values.min() > 0.5
    assert values.max() < 1.4


def test_the_average_follows_and_saves():
    layer = torch.nn.Linear(2, 2)
    average = Average(layer, 0.9)
    with torch.no_grad():
        layer.weight.add_(1)
    for _ in range(200):
        average.update(layer)
    assert torch.allclose(average.weights()["weight"], layer.weight, atol=1e-3)
    other = Average(layer)
    other.load_state_dict(average.state_dict())
    assert other.steps == 200


def test_agreement_asks_only_for_what_was_said():
    scene = Scene("cat", "red", "pixel-art", "neon", "tilted")
    other = Scene("cat", "blue", "pixel-art", "neon", "tilted")
    said = [frozenset({("subject", "cat")}), frozenset({("subject", "cat"), ("colour", "red")})]
    assert clip.agreement(said, [scene, other]).tolist() == [[True, True], [True, False]]


def test_figures_count_what_is_right():
    right = torch.zeros(4, 8, 5, dtype=torch.bool)
    right[0] = True
    right[1, 3] = True
    scenes = [Scene("cat", "red", "pixel-art", "neon", "tilted")] * 4
    found = evaluate.figures(right, {"good": [0, 3, 0, 0], "bad": [0, 0, 0, 0]}, scenes)
    assert found["random"]["mean"] == pytest.approx(9 / 32, abs=1e-4)
    assert found["oracle"]["mean"] == 0.5
    assert found["best of 8 by good"]["gap_closed"] == 1.0
    assert found["best of 8 by bad"]["mean"] == 0.25
    assert found["by_subject"] == {"cat": found["random"]}


def test_diversity_is_nought_where_every_seed_shows_the_same():
    class Embedder:
        def embed_images(self, images):
            left = [image.getpixel((0, 0))[0] < 128 for image in images]
            return np.array([(1, 0) if one else (0, 1) for one in left], np.float32)

    class Backend:
        def generate(self, request):
            for i, seed in enumerate(request.seeds):
                tone = 255 * (seed % 2) if request.prompt.text == evaluate.DIVERSE["bare"] else 0
                yield Candidate(index=i, seed=seed, image=Image.new("RGB", (4, 4), (tone, 0, 0)))

    found = evaluate.diversity(Backend(), Embedder(), parse, settings=GenerationSettings())
    assert found["full"] == 0
    assert found["bare"] == pytest.approx(256 / 496, abs=1e-4)


def test_held_out_prompts_are_held_out_and_say_everything():
    prompts = evaluate.held_out_prompts(20)
    assert all(scene.held_out for scene, _ in prompts)
    assert prompts == evaluate.held_out_prompts(20)


class Painter:
    """A backend that draws what is asked for, and every other picture in another colour."""

    def generate(self, request):
        for i, seed in enumerate(request.seeds):
            scene = Scene("cat", "blue" if i % 2 else "red", "pixel-art", "neon", "tilted")
            yield Candidate(index=i, seed=seed, image=render(scene, random.Random(seed), 128))


class AllSeeing(judge.Judge):
    """A judge that knows colours by their mean, and takes everything else for what was asked."""

    def forward(self, pictures):
        logits = super().forward(pictures)
        for facet, value in (("subject", "cat"), ("style", "pixel-art"), ("lighting", "neon"), ("camera", "tilted")):
            logits[facet] = torch.zeros_like(logits[facet])
            logits[facet][:, CLASSES[facet].index(value)] = 1
        red = pictures[:, 0].mean((1, 2)) > pictures[:, 2].mean((1, 2)) - 0.25
        logits["colour"] = torch.zeros_like(logits["colour"])
        logits["colour"][range(len(red)), [CLASSES["colour"].index("red" if one else "blue") for one in red]] = 1
        return logits


def test_pictures_that_went_wrong_are_kept_with_what_was_seen(monkeypatch, tmp_path):
    scene = Scene("cat", "red", "pixel-art", "neon", "tilted")
    monkeypatch.setattr(evaluate, "held_out_prompts", lambda count: [(scene, "a red cat")] * count)
    wrong = []
    found = evaluate.evaluate(
        Painter(), {}, AllSeeing(), parse, prompts=2, settings=GenerationSettings(), failures=wrong
    )
    assert found["random"]["mean"] == 0.5
    assert [(one.text, one.seen) for one in wrong] == [("a red cat", {"colour": "blue"})] * 2
    sheet.write(sheet.failures(wrong), tmp_path, "wrong")
    with Image.open(tmp_path / "wrong.webp") as drawn:
        assert drawn.width == 8 * (sheet.CELL + sheet.GAP)
