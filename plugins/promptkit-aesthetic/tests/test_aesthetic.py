"""Heads by sums that can be checked by hand, statistics by pictures of which the answer is known."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from promptkit_aesthetic.head import AestheticLoader, read_head
from promptkit_aesthetic.statistics import MEASURES, StatisticsLoader, measured
from safetensors.torch import save_file

import promptkit
from promptkit.testing import check_ranker

PROMPT = promptkit.parse("a red lighthouse")


def candidates(*images):
    return [promptkit.Candidate(index=at, seed=at, image=image) for at, image in enumerate(images)]


@pytest.fixture(scope="module")
def width():
    from promptkit.rankers.clip_model import ClipModel

    return ClipModel("embedded", "cpu").images([Image.new("RGB", (64, 64))]).shape[-1]


@pytest.fixture
def head(tmp_path, width):
    path = tmp_path / "head.safetensors"
    weight = torch.linspace(-1, 1, width)
    save_file({"linear.weight": weight[None], "linear.bias": torch.tensor([0.25])}, path)
    return path


def test_a_head_is_a_weighted_sum_of_the_features(head):
    ranker = AestheticLoader().load(f"embedded+{head}", device="cpu")
    images = [Image.new("RGB", (64, 64), colour) for colour in ("crimson", "navy")]
    features = ranker.clip.images(images)
    expected = (features @ torch.linspace(-1, 1, features.shape[-1]) + 0.25).tolist()
    assert [score["total"] for score in ranker.score(PROMPT, candidates(*images))] == pytest.approx(expected, abs=1e-6)
    assert ranker.describe()["model"] == "embedded+head.safetensors"
    assert len(ranker.describe()["head"]) == 64
    assert str(head.parent) not in str(ranker.describe())


def test_a_head_keeps_the_contract(head):
    check_ranker(AestheticLoader().load(f"embedded+{head}", device="cpu"))


def test_a_head_may_lack_a_bias(tmp_path, width):
    save_file({"w": torch.ones(width)}, tmp_path / "plain.safetensors")
    weight, bias = read_head(tmp_path / "plain.safetensors", width)
    assert weight.shape == (width,)
    assert float(bias) == 0


@pytest.mark.parametrize(("model", "error", "said"), [
    (None, promptkit.SettingsError, "needs a CLIP and a head"),
    ("embedded", promptkit.SettingsError, "needs a CLIP and a head"),
    ("embedded+", promptkit.SettingsError, "needs a CLIP and a head"),
    ("embedded+none.safetensors", promptkit.ModelError, "is no file"),
    ("embedded+head.pth", promptkit.ModelError, "no .safetensors"),
])  # fmt: skip
def test_what_is_no_head_says_what_is_one(model, error, said):
    with pytest.raises(error, match=said) as caught:
        AestheticLoader().load(model)
    assert "safetensors" in caught.value.hint


@pytest.mark.parametrize(("tensors", "said"), [
    ({"w": torch.ones(3)}, "holds 3 values"),
    ({}, "holds no values"),
    ({"w": torch.ones(8), "v": torch.ones(8)}, "holds 8, 8 values"),
    ({"w": torch.full((8,), float("nan"))}, "numbers that are none"),
])  # fmt: skip
def test_a_file_that_is_no_head_of_that_width_is_refused(tmp_path, tensors, said):
    save_file(tensors, tmp_path / "head.safetensors")
    with pytest.raises(promptkit.ModelError, match=said):
        read_head(tmp_path / "head.safetensors", 8)


def test_a_file_that_is_cut_short_is_refused(tmp_path):
    (tmp_path / "head.safetensors").write_bytes(b"\x10")
    with pytest.raises(promptkit.ModelError, match="cannot be read"):
        read_head(tmp_path / "head.safetensors", 8)


@pytest.fixture
def photo():
    """A colourful picture with detail and middle tones."""
    rng = np.random.default_rng(4)
    blocks = rng.integers(40, 216, (16, 16, 3), dtype=np.uint8)
    return Image.fromarray(blocks).resize((128, 128), Image.Resampling.NEAREST)


def test_blur_is_less_sharp(photo):
    found = [measured(photo.filter(ImageFilter.GaussianBlur(radius)))["sharpness"] for radius in (0, 1, 4)]
    assert found == sorted(found, reverse=True)
    assert measured(Image.new("RGB", (9, 9), "red"))["sharpness"] == 0


def test_dark_and_burnt_are_badly_exposed():
    found = {level: measured(Image.new("RGB", (4, 4), (level,) * 3))["exposure"] for level in (0, 40, 128, 255)}
    assert found[128] == pytest.approx(1, abs=1e-3)
    assert found[0] == pytest.approx(np.exp(-0.25 / 0.08), abs=1e-6)
    assert found[0] < found[40] < found[128] > found[255]


def test_colourfulness_is_that_of_the_paper():
    half = Image.new("RGB", (2, 1), (255, 0, 0))
    half.putpixel((1, 0), (0, 0, 255))
    rg, yb = np.array([255.0, 0.0]), np.array([127.5, -255.0])
    expected = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    assert measured(half)["colourfulness"] == pytest.approx(expected / (expected + 33))
    assert measured(Image.new("L", (5, 5), 90))["colourfulness"] == 0


def test_the_total_is_a_geometric_mean(photo):
    found = measured(photo)
    (score,) = StatisticsLoader().load().score(PROMPT, candidates(photo))
    assert score == {"total": pytest.approx(np.prod(list(found.values())) ** (1 / 3))}
    (alone,) = StatisticsLoader().load("sharpness").score(PROMPT, candidates(photo))
    assert alone["total"] == pytest.approx(found["sharpness"])


@pytest.mark.parametrize("model", [None, *MEASURES])
def test_statistics_keep_the_contract_and_higher_is_better(photo, model):
    worse = Image.blend(photo, Image.new("RGB", photo.size, "black"), 0.9).filter(ImageFilter.GaussianBlur(3))
    middle = Image.blend(photo, worse, 0.5)
    check_ranker(StatisticsLoader().load(model), ordered=[worse, middle, photo])


def test_a_measure_that_nobody_knows_is_refused():
    with pytest.raises(promptkit.SettingsError, match="knows no 'beauty'") as caught:
        StatisticsLoader().load("sharpness,beauty")
    assert "exposure" in caught.value.hint


def test_what_has_no_picture_cannot_be_scored():
    with pytest.raises(ValueError, match="no picture"):
        StatisticsLoader().load().score(PROMPT, candidates(None))
