"""How far two pictures differ, by numbers worked out by hand."""

import math

import numpy as np
import pytest
from PIL import Image

from promptkit.reproduce import compare


def picture(*values, mode="RGB", size=(10, 600)):
    return Image.new(mode, size, values if len(values) > 1 else values[0])


def test_the_same_pixels_are_identical():
    found = compare(picture(1, 2, 3), picture(1, 2, 3))
    assert (found.identical, found.close, found.largest, found.psnr) == (True, True, 0, math.inf)
    assert str(found) == "bit-identical"
    assert found.to_json()["psnr_db"] is None


def test_one_level_in_one_pixel_is_close_and_measured():
    before, after = picture(10, 20, 30), picture(10, 20, 30)
    after.putpixel((3, 555), (10, 21, 30))
    found = compare(before, after)
    assert (found.identical, found.close, found.largest) == (False, True, 1)
    assert found.differing == pytest.approx(1 / 6000)
    assert found.psnr == pytest.approx(10 * math.log10(255**2 * 18000))
    assert str(found).startswith("up to 1 level, 0.02% of the pixels")


def test_two_levels_are_not_close():
    found = compare(picture(10, 20, 30), picture(12, 20, 30))
    assert (found.close, found.largest, found.differing) == (False, 2, 1)
    assert found.psnr == pytest.approx(10 * math.log10(255**2 * 3 / 4))


def test_another_size_is_told_and_nothing_measured():
    found = compare(picture(1, 2, 3), picture(1, 2, 3, size=(11, 600)))
    assert (found.same_size, found.close, found.identical) == (False, False, False)
    assert found.to_json()["largest_difference"] is None
    assert str(found) == "another size"


def test_sixteen_bits_and_other_modes_are_compared_in_levels_of_eight():
    deep = [Image.fromarray(np.full((4, 4), value, np.uint16)) for value in (1000, 1300)]
    assert compare(*deep).largest == 2
    assert compare(picture(7, mode="L"), picture(7, 7, 8)).largest == 1
    assert compare(picture(1, 2, 3, 255, mode="RGBA"), picture(1, 2, 3, 250, mode="RGBA")).largest == 5
