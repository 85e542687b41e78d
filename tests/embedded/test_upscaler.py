"""The upscaler: what it is taught on, that its training goes on where it was stopped, and what the shipped one does."""

import random

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from PIL import Image, ImageDraw

from promptkit.embedded import WEIGHTS, pipeline_path, upscaler_path
from promptkit.embedded.training import upscaler, upscaler_data, upscaler_figures
from promptkit.finishing.weights import load_model

LIMIT = 1_000_000


@pytest.fixture(scope="module")
def vae():
    return AutoencoderKL.from_pretrained(pipeline_path() / "vae", torch_dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def network():
    return upscaler.load(upscaler_path())


def test_a_stopped_training_goes_on_to_the_same_result(tmp_path, vae):
    def train(folder, **more):
        return upscaler.train(folder, vae, steps=3, batch=2, scenes=4, **more)

    whole = train(tmp_path / "whole")
    train(tmp_path / "parts", stop_after=1)
    went_on = train(tmp_path / "parts")
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), went_on.parameters(), strict=True))
    assert not torch.equal(whole.body[0].weight, upscaler.build().body[0].weight)


def test_what_it_is_taught_on_is_never_held_out(vae, monkeypatch):
    seen, drawn = [], upscaler_data.render
    monkeypatch.setattr(upscaler_data, "render", lambda scene, *more: seen.append(scene) or drawn(scene, *more))
    pool = upscaler_data.Pool("held out", 12, vae)
    assert len(pool.pairs) == len(seen) == 12
    assert not any(scene.held_out for scene in seen)
    assert all(scene.held_out for scene in upscaler_figures.scenes(12))


def test_pairs_show_the_same_place_in_the_same_colours(vae):
    small, large = upscaler_data.Pool("places", 12, vae).draw(random.Random(0), 24)
    assert (small.shape, large.shape) == ((24, 3, 32, 32), (24, 3, 64, 64))
    halved = torch.nn.functional.avg_pool2d(large, 2)
    apart = (halved - small).abs().mean((1, 2, 3))
    assert apart.max() < 0.12
    assert apart.median() < (halved.flip(0) - small).abs().mean((1, 2, 3)).median() / 4


def test_the_shipped_file_is_small_and_spandrel_knows_it():
    assert upscaler_path().stat().st_size <= LIMIT
    assert list(WEIGHTS.glob("*.safetensors")) == [upscaler_path()]
    loaded = load_model(str(upscaler_path()), "", "upscaler")
    assert (loaded.architecture, loaded.scale, loaded.descriptor.purpose) == ("RealESRGAN Compact", 2, "SR")
    assert loaded.descriptor.tags == [f"{upscaler.WIDTH}nf", f"{upscaler.DEPTH}nc"]


def test_saving_and_loading_keeps_the_network(tmp_path, network):
    upscaler.save(network, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == upscaler_path().read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.safetensors"]


def test_it_beats_resampling_on_scenes_it_was_not_taught_on(network, vae):
    """The model card has the figures of more scenes; the bounds here leave room for the luck of a few."""
    found = upscaler_figures.measure(network, vae, count=40)
    for name, least in {"box": 2.5, "bicubic": 2.5, "four times": 2.0}.items():
        ours, lanczos = found[name]["upscaler"], found[name]["lanczos"]
        assert ours["gain"] > least, name
        assert ours["ssim"] > lanczos["ssim"] + 0.01, name
        assert ours["psnr"] > max(lanczos["psnr"], found[name]["bicubic"]["psnr"]), name
    decoded = found["autoencoder"]
    assert decoded["upscaler"]["ssim"] > decoded["lanczos"]["ssim"] + 0.004
    assert decoded["upscaler"]["psnr"] > max(decoded["lanczos"]["psnr"], decoded["bicubic"]["psnr"])


def test_an_edge_does_not_ring(network):
    """Lanczos goes beyond both sides of an edge; the upscaler stays between them, and a flat field stays flat."""
    image = Image.new("RGB", (48, 48), (60, 90, 140))
    ImageDraw.Draw(image).rectangle((24, 0, 48, 48), fill=(200, 180, 120))
    truth = image.resize((96, 96), Image.Resampling.NEAREST)
    ours = upscaler_figures.enlarged(network, image)
    lanczos = image.resize((96, 96), Image.Resampling.LANCZOS)
    apart = [np.abs(np.asarray(one, float) - np.asarray(truth, float))[8:-8, 8:-8] for one in (ours, lanczos)]
    assert apart[1].max() > 15
    assert apart[0].max() < 6
    assert apart[0][:, 40:].mean() < 1
