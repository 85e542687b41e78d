"""The weights in the package, loaded as anybody would load them."""

import random
import warnings

import numpy as np
import pytest

from promptkit.embedded import WEIGHTS, clip_path, pipeline_path, upscaler_path
from promptkit.embedded.scenes.render import render
from promptkit.embedded.scenes.scene import draw_scene
from promptkit.embedded.words import FACETS
from promptkit.rankers.clip import ClipLoader
from promptkit.records import Candidate, GenerationSettings
from promptkit.session import Session
from promptkit.slots.parse import parse

LIMIT = 24_050_000
"""Of the two models, 24.0 MB; the upscaler has a limit of its own in test_upscaler.py."""


def test_they_fit_the_package():
    files = [path for path in WEIGHTS.rglob("*") if path.is_file() and path != upscaler_path()]
    assert sum(path.stat().st_size for path in files) <= LIMIT


def test_the_pipeline_loads_offline_without_a_warning_in_float32(capfd):
    from diffusers import StableDiffusionPipeline

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipeline = StableDiffusionPipeline.from_pretrained(pipeline_path(), use_safetensors=True)
    assert {str(part.dtype) for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder)} == {"torch.float32"}
    assert "arning" not in capfd.readouterr().err


def test_the_decoder_of_previews_shows_what_the_autoencoder_shows():
    import torch
    from diffusers import AutoencoderKL, AutoencoderTiny

    from promptkit.embedded.training import preview

    vae = AutoencoderKL.from_pretrained(pipeline_path() / "vae", torch_dtype=torch.float32)
    tiny = AutoencoderTiny.from_pretrained(pipeline_path() / "preview_vae", torch_dtype=torch.float32)
    assert preview.measure(tiny, vae, 64)["psnr"] > 27


def test_the_clip_loads_as_an_open_clip_folder():
    import open_clip

    model, _ = open_clip.create_model_from_pretrained(f"local-dir:{clip_path()}")
    ids = open_clip.get_tokenizer(f"local-dir:{clip_path()}")(["a red lighthouse, golden hour"])
    assert model.encode_text(ids).shape == (1, 128)
    assert int(ids.max()) == model.vocab_size - 1


def test_the_tokenizer_of_the_pipeline_knows_the_words_and_ends_on_the_highest_id():
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(pipeline_path() / "tokenizer")
    assert len(tokenizer.tokenize("lighthouse")) == 1
    assert tokenizer("ein Zebra, 猫").input_ids[-1] == len(tokenizer) - 1
    assert tokenizer.model_max_length == 77


def test_the_clip_knows_a_drawn_scene_from_its_neighbours():
    """On renders the tiny CLIP is nearly always right; a weak bound keeps the test about the format and not about
    luck."""
    rng = random.Random(3)
    scenes = [draw_scene(rng, held_out=True) for _ in range(40)]
    ranker = ClipLoader().load("embedded")
    right = 0
    for scene in scenes:
        others = [other for other in scenes if other.subject != scene.subject and other.colour != scene.colour][:3]
        text = f"a {FACETS['colour'][scene.colour][0]} {FACETS['subject'][scene.subject][0]}"
        shown = [render(one, rng) for one in (scene, *others)]
        candidates = [Candidate(index=i, seed=i, image=image) for i, image in enumerate(shown)]
        totals = [score["total"] for score in ranker.score(parse(text), candidates)]
        right += totals[0] == max(totals)
    assert right >= 36


@pytest.fixture(scope="module")
def session():
    with Session() as opened:
        yield opened


def test_it_draws_what_it_is_told(session):
    """Best of eight by its own CLIP says every slot of an easy prompt."""
    result = session.generate("a red lighthouse, flat vector, soft daylight, close-up", candidates=8, seed=1)
    assert result.best.scores["total"] > 0.5
    assert set(result.best.scores) == {"total", "subject", "style", "lighting", "camera"}
    red, green, blue = np.moveaxis(np.asarray(result.best.image, float), -1, 0)
    assert ((red > green + 60) & (red > blue + 60)).mean() > 0.05


def test_words_it_does_not_know_still_run(session):
    result = session.generate("ein Zebra, 猫, čaj", candidates=1, settings=GenerationSettings(num_inference_steps=2))
    assert result.best.image.size == (128, 128)


def test_a_weight_reaches_the_model(session):
    quick = GenerationSettings(num_inference_steps=4)
    plain, heavy = (
        session.generate(text, candidates=1, settings=quick).best.image.tobytes()
        for text in ("a red cat, neon lighting", "a red cat, (neon lighting:1.6)")
    )
    assert plain != heavy
