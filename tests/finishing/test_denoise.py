"""Denoising: how much is gained, beside scikit-image called directly; how much noise there is; clean pictures kept."""

import random

import numpy as np
import pytest
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio
from skimage.restoration import denoise_bilateral, denoise_nl_means, denoise_wavelet

from promptkit import SettingsError
from promptkit.embedded.scenes.render import render
from promptkit.embedded.scenes.scene import draw_scene
from promptkit.finishing import noise
from promptkit.finishing.arrays import values
from promptkit.finishing.denoise import Denoise, read_strength
from promptkit.finishing.noise import estimated_sigma
from promptkit.interfaces import MODES
from tests.finishing.reference import usual
from tests.finishing.test_arrays import drawn

ASTRONAUT, CAMERA = data.astronaut()[64:320, 96:352], data.camera()[100:356, 100:356]
SCENE = np.asarray(render(draw_scene(random.Random(4)), random.Random(4), 256))


def noisy(clean, sigma, seed=0):
    found = clean + np.random.default_rng(seed).normal(0, sigma, clean.shape)
    return Image.fromarray(np.clip(np.rint(found), 0, 255).astype(np.uint8))


def run(image, **changed):
    return Denoise().process(image, settings=usual(Denoise(), **changed), rng=random.Random(0))


def psnr(clean, found):
    found = values(found) if isinstance(found, Image.Image) else found
    return peak_signal_noise_ratio(clean / 255, np.clip(found.reshape(clean.shape), 0, 1), data_range=1)


@pytest.mark.parametrize("clean", [ASTRONAUT, CAMERA, SCENE], ids=["colour", "grey", "scene"])
@pytest.mark.parametrize(("sigma", "gain"), [(10, 3.0), (25, 6.0)])
@pytest.mark.parametrize("method", ["nlm", "bilateral", "wavelet"])
def test_noise_goes_and_the_picture_stays(clean, sigma, gain, method):
    image = noisy(clean, sigma)
    found = run(image, method=method)
    assert found.done
    assert found.facts["sigma"] == pytest.approx(sigma, rel=0.25)
    assert found.facts["library"].startswith("cv2 " if method == "bilateral" else "skimage 0.")
    assert psnr(clean, found.image) > psnr(clean, image) + gain


@pytest.mark.parametrize("sigma", [10, 25])
def test_each_method_is_as_good_as_scikit_image_called_directly(sigma):
    image = noisy(ASTRONAUT, sigma)
    found, level = values(image), estimated_sigma(image)
    theirs = denoise_nl_means(found, 5, 6, h=0.8 * level, sigma=level, fast_mode=True, channel_axis=-1)
    assert psnr(ASTRONAUT, run(image).image) == pytest.approx(psnr(ASTRONAUT, theirs), abs=0.1)
    theirs = denoise_wavelet(found, sigma=level, channel_axis=-1, convert2ycbcr=True, rescale_sigma=True)
    assert psnr(ASTRONAUT, run(image, method="wavelet").image) > psnr(ASTRONAUT, theirs) - 0.1
    grey = noisy(CAMERA, sigma)
    level = estimated_sigma(grey)
    theirs = denoise_bilateral(values(grey)[..., 0], win_size=9, sigma_color=2.25 * level, sigma_spatial=2)
    assert psnr(CAMERA, run(grey, method="bilateral").image) > psnr(CAMERA, theirs) - 0.1


@pytest.mark.parametrize("sigma", [0, 5, 20])
def test_noise_is_measured(sigma):
    found = 255 * estimated_sigma(noisy(CAMERA, sigma))
    assert abs(found - sigma) < 2.5


def test_a_flat_channel_has_no_noise_and_hides_none():
    red = Image.merge("RGB", [Image.effect_noise((64, 64), 60), Image.new("L", (64, 64)), Image.new("L", (64, 64))])
    assert 3 * estimated_sigma(red) == pytest.approx(estimated_sigma(red.getchannel("R")), rel=1e-3)


def test_clean_pictures_are_left_as_they_are_and_told():
    for clean in (data.chelsea(), np.full((50, 50, 3), 90, np.uint8)):
        found = run(Image.fromarray(clean))
        assert not found.done
        assert "clean" in found.note
        assert found.image.tobytes() == clean.tobytes()


def test_a_strength_counts_before_what_is_measured():
    image = noisy(ASTRONAUT, 10)
    weak, strong = (run(image, strength=text) for text in ("0.2", "1"))
    assert (weak.facts["sigma"], strong.facts["sigma"]) == (10, 50)
    rough, fine, flat = (np.abs(np.diff(values(one), axis=0)).mean() for one in (image, weak.image, strong.image))
    assert rough > 1.1 * fine > 1.3 * flat
    assert not run(image, strength="0").done
    for text in ("", "much", "-0.1", "1.5", "nan"):
        with pytest.raises(SettingsError, match="strength") as caught:
            read_strength(text)
        assert "denoise:0.2" in caught.value.hint


@pytest.mark.parametrize("method", ["nlm", "bilateral", "wavelet"])
@pytest.mark.parametrize("mode", MODES)
def test_every_mode_and_size_comes_back_with_its_alpha(mode, method):
    for size in ((1, 1), (1, 9), (40, 30)):
        image = drawn(mode, size)
        before = image.tobytes()
        for strength in ("auto", "0.3"):
            found = run(image, method=method, strength=strength)
            assert (found.image.mode, found.image.size) == (mode, size)
            assert image.tobytes() == before
            if "A" in mode:
                assert found.image.getchannel("A").tobytes() == image.getchannel("A").tobytes()


@pytest.mark.parametrize("method", ["nlm", "bilateral"])
def test_tiles_leave_no_seam(method):
    image = noisy(np.asarray(Image.fromarray(data.astronaut()).resize((640, 600))), 15)
    part, inner = (440, 440, 580, 580), (40, 40, 100, 100)
    whole, alone = (run(found, method=method, strength="0.3").image for found in (image, image.crop(part)))
    difference = np.asarray(whole.crop(part).crop(inner), int) - np.asarray(alone.crop(inner), int)
    assert np.abs(difference).max() <= 1


def test_tiles_of_wavelets_which_differ_in_what_they_shrink_leave_no_step():
    image = noisy(np.asarray(Image.fromarray(data.astronaut()).resize((1024, 300))), 20)
    made = values(run(image, method="wavelet", strength="0.4").image)
    steps = np.abs(np.diff(made, axis=1)).mean((0, 2))
    assert steps[511] < 1.15 * steps[500:523].mean()


def test_large_pictures_are_measured_in_bands(monkeypatch):
    image = noisy(np.asarray(Image.fromarray(data.camera()).resize((600, 900))), 12)
    whole = estimated_sigma(image)
    monkeypatch.setattr(noise, "MOST_PIXELS", 200_000)
    assert noise.bands(image).shape[0] < 400
    assert estimated_sigma(image) == pytest.approx(whole, rel=0.1)


@pytest.mark.parametrize(("changed", "package"), [
    ({}, "scikit-image"), ({"method": "bilateral", "strength": "0.1"}, "opencv"), ({"method": "wavelet"}, "PyWavelets"),
])  # fmt: skip
def test_what_is_missing_is_named_with_what_installs_it(changed, package, monkeypatch):
    module = {"scikit-image": "skimage", "opencv": "cv2", "PyWavelets": "pywt"}[package]
    from importlib.util import find_spec

    monkeypatch.setattr("promptkit.extras.find_spec", lambda name: None if name == module else find_spec(name))
    with pytest.raises(SettingsError, match=package) as caught:
        Denoise().check_settings(usual(Denoise(), **changed))
    assert "promptkit[finish]" in caught.value.hint
