"""Filters in tiles: what Pillow gives on the whole in floating point, in every mode, and no colour that was hidden."""

import numpy as np
import pytest
from PIL import Image

from promptkit.finishing import resample
from promptkit.finishing.arrays import from_light, to_light
from promptkit.finishing.resample import METHODS, resampled
from promptkit.interfaces import MODES
from promptkit.testing.drawn import picture

FILTERS = [method for method in METHODS if method != "nearest"]


def whole(image, size, method, work=lambda plane: plane, back=lambda plane: plane):
    """Resample each band as one picture of floating point numbers."""
    most = 65535 if image.mode == "I;16" else 255
    array = np.asarray(image).astype(np.float32) / most
    planes = array.reshape(*array.shape[:2], -1)
    made = []
    for at in range(planes.shape[2]):
        plane = Image.fromarray(np.ascontiguousarray(work(planes[..., at]), np.float32))
        made.append(back(np.asarray(plane.resize(size, Image.Resampling[method.upper()]))))
    return np.clip(np.stack(made, axis=-1), 0, 1) * most


def levels(image):
    found = np.asarray(image).astype(np.float32)
    return found.reshape(*found.shape[:2], -1)


@pytest.mark.parametrize("method", FILTERS)
@pytest.mark.parametrize("size", [(140, 90), (100, 77), (301, 13), (30, 20)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_tiles_give_what_the_whole_gives(monkeypatch, method, size, mode):
    monkeypatch.setattr(resample, "TILE", 32)
    image = picture(mode, (70, 45), 2)
    made = resampled(image, size, method=method)
    assert (made.mode, made.size) == (mode, size)
    away = np.abs(levels(made) - whole(image, size, method)) > 0.51
    assert away.mean() <= (0.025 if method == "box" else 0)  # box takes either of two pixels that are equally near


def test_sixteen_bits_stay(monkeypatch):
    monkeypatch.setattr(resample, "TILE", 32)
    image = picture("I;16", (70, 45), 2)
    made = resampled(image, (100, 77))
    assert made.mode == "I;16"
    assert np.abs(levels(made) - whole(image, (100, 77), "lanczos")).max() <= 1
    assert len(np.unique(np.asarray(made))) > 5000


def test_light_adds_up_where_it_is_asked_for():
    stripes = Image.fromarray(np.tile(np.array([0, 255], np.uint8), (40, 40)))
    plain = np.asarray(resampled(stripes, (20, 20), method="box"))
    light = np.asarray(resampled(stripes, (20, 20), method="box", linear=True))
    assert plain[10, 10] in (127, 128)
    assert light[10, 10] == 188
    image = picture("RGB", (70, 45), 2)
    made = levels(resampled(image, (100, 77), linear=True))
    assert np.abs(made - whole(image, (100, 77), "lanczos", to_light, from_light)).max() <= 0.51


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("method", FILTERS)
@pytest.mark.parametrize("linear", [False, True])
def test_hidden_colours_do_not_bleed(mode, method, linear):
    grey, hidden = Image.new("L", (20, 20), 200), Image.new("L", (10, 20), 0)
    grey.paste(hidden, (10, 0))
    alpha = Image.new("L", (20, 20), 255)
    alpha.paste(0, (10, 0, 20, 20))
    image = Image.merge(mode, [*[grey] * (len(mode) - 1), alpha])
    made = levels(resampled(image, (50, 50), method=method, linear=linear))
    seen = made[..., -1] > 0
    assert np.abs(made[seen][:, :-1] - 200).max() <= 1
    assert (made[..., -1] < 255).any()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("size", "wanted"), [((1, 1), (8, 8)), ((1, 300), (3, 900)), ((7, 1), (9, 1)), ((50, 3), (1, 1))]
)
def test_odd_sizes_of_every_mode(mode, method, size, wanted):
    made = resampled(picture(mode, size, 3), wanted, method=method)
    assert (made.mode, made.size) == (mode, wanted)


@pytest.mark.parametrize("mode", MODES)
def test_one_colour_stays_that_colour(mode):
    image = picture(mode, (1, 1), 5)
    for method in METHODS:
        made = resampled(image, (9, 9), method=method, linear=True)
        assert np.abs(levels(made) - levels(image)).max() <= 1
