"""Pictures as numbers and back, in every mode of a chain, and light by the standard's own figures."""

import numpy as np
import pytest
from PIL import Image

from promptkit.finishing.arrays import LUMA, from_light, picture, to_light, values
from promptkit.interfaces import MODES
from tests.finishing.reference import colour

CHANNELS = {"RGB": 3, "RGBA": 3, "L": 1, "LA": 1, "I;16": 1}


def drawn(mode, size=(7, 5)):
    """Return a picture of random values, alpha too."""
    draw = np.random.default_rng(3)
    if mode == "I;16":
        return Image.fromarray(draw.integers(0, 65536, size[::-1], dtype=np.uint16))
    shape = (*size[::-1], len(mode))
    found = draw.integers(0, 256, shape, dtype=np.uint8)
    return Image.fromarray(found[..., 0] if mode == "L" else found)


@pytest.mark.parametrize("mode", MODES)
def test_there_and_back_gives_the_same_picture(mode):
    image = drawn(mode)
    assert image.mode == mode
    found = values(image)
    assert found.shape == (5, 7, CHANNELS[mode])
    assert found.dtype == np.float32
    again = picture(found, image)
    assert (again.mode, again.tobytes()) == (mode, image.tobytes())


@pytest.mark.parametrize("mode", MODES)
def test_values_run_from_black_to_white_and_are_cut_there(mode):
    image = drawn(mode)
    ends = np.broadcast_to(np.array([-3.0, 7.0, 0.5], np.float32)[None, :, None], (1, 3, CHANNELS[mode]))
    made = np.asarray(picture(ends, image.crop((0, 0, 3, 1))), dtype=float)
    most = 65535 if mode == "I;16" else 255
    found = made.reshape(3, -1)[:, 0]
    assert found.tolist() == [0, most, np.rint(most / 2)]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_kept_and_scaled_with_the_picture(mode):
    image = drawn(mode)
    image.putalpha(77)
    larger = picture(np.zeros((10, 14, CHANNELS[mode]), np.float32), image)
    assert larger.size == (14, 10)
    assert set(larger.getchannel("A").tobytes()) == {77}


def test_light_is_that_of_the_standard_both_ways():
    found = np.linspace(0, 1, 4001)
    assert np.abs(to_light(found) - colour.models.eotf_sRGB(found)).max() < 1e-6
    assert np.abs(from_light(found) - colour.models.eotf_inverse_sRGB(found)).max() < 1e-6
    assert np.allclose(from_light(to_light(found)), found, atol=1e-6)
    assert from_light(np.array([2.0, -1.0])).tolist() == pytest.approx([1, 0])
    assert sum(LUMA) == pytest.approx(1)
