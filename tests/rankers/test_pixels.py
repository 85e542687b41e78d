import numpy as np
import pytest
import torch
from PIL import Image

import promptkit
from promptkit.rankers.checkpoints import load
from promptkit.rankers.clip import ClipLoader
from promptkit.rankers.pixels import Preprocess, as_rgb
from promptkit.records import Candidate


@pytest.fixture(scope="module")
def own_and_ours():
    model, own, _ = load("embedded")
    return own, Preprocess(own, model.visual)


def noise(seed, size=(64, 64)):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), np.uint8))


@pytest.mark.parametrize("size", [(64, 64), (80, 64), (33, 97)], ids=str)
def test_the_input_is_bit_for_bit_that_of_the_models_own_preprocessing(own_and_ours, size):
    own, ours = own_and_ours
    pictures = [noise(seed, size) for seed in range(3)]
    assert torch.equal(ours(pictures), torch.stack([own(picture) for picture in pictures]))


def test_nothing_is_resized_where_the_size_is_right(own_and_ours, monkeypatch):
    _, ours = own_and_ours
    monkeypatch.setattr(ours, "own", None)
    assert ours([noise(0)]).shape == (1, 3, 64, 64)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"])
def test_pictures_of_any_mode_are_scored(mode):
    picture = noise(1).convert("L").convert("I").convert("I;16") if mode == "I;16" else noise(1).convert(mode)
    (score,) = (
        ClipLoader().load("embedded").score(promptkit.parse("a red cat"), [Candidate(index=0, seed=0, image=picture)])
    )
    assert 0 < score["total"] <= 1


def test_what_is_transparent_lies_on_white():
    picture = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert as_rgb(picture).getpixel((0, 0)) == (255, 255, 255)
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([255, 0, 0, *[0] * 765])
    assert as_rgb(palette).getpixel((0, 0)) == (255, 0, 0)
    palette.info["transparency"] = 0
    assert as_rgb(palette).getpixel((0, 0)) == (255, 255, 255)


def test_sixteen_bits_are_brought_down_not_cut_off():
    deep = Image.fromarray(np.full((4, 4), 0x8000, np.uint16))
    assert deep.mode == "I;16"
    assert as_rgb(deep).getpixel((0, 0)) == (128, 128, 128)


def test_palettes_are_resized_as_colours(own_and_ours):
    _, ours = own_and_ours
    picture = noise(2, (96, 96)).quantize(8)
    assert torch.equal(ours([picture]), ours([picture.convert("RGB")]))


def test_a_file_scores_what_its_picture_scored(tmp_path):
    ranker, prompt, picture = ClipLoader().load("embedded"), promptkit.parse("a red cat, pixel art"), noise(3, (80, 64))
    picture.save(tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as again:
        pair = [Candidate(index=i, seed=i, image=image) for i, image in enumerate((picture, again))]
        one, other = ranker.score(prompt, pair)
    assert one == other
