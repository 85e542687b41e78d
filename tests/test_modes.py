"""Pictures of every mode through a chain: what a step of RGB alone leaves of alpha, grey and 16 bits."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from promptkit.errors import MetadataError
from promptkit.interfaces import MODES
from promptkit.modes import handed, returned, workable

SIZE = (3, 2)


def through(image, step=lambda image: image.copy(), takes=("RGB",)):
    """Return what a step makes of a picture, and what is said."""
    working, first = workable(image)
    given, second = handed(working, takes)
    found, third = returned(step(given), working, given, "'step'")
    return found, [said for said in (first, second, third) if said]


VIA = {"1": "L", "P": "RGB", "La": "LA", "RGBa": "RGBA"}
"""Modes that Pillow makes of another one alone."""


@pytest.mark.parametrize("mode", ["L", "LA", "La", "P", "RGB", "RGBA", "RGBa"])
def test_a_step_that_does_nothing_keeps_what_is_seen(mode):
    image = Image.new("RGBA", SIZE, (51, 51, 51, 128)).convert(VIA.get(mode, mode)).convert(mode)
    found, said = through(image)
    assert (found.mode in MODES, said) == (True, [])
    alpha = (128,) if "A" in mode.upper() else ()
    assert found.convert("RGBA").getpixel((0, 0)) == pytest.approx((51, 51, 51, *(alpha or (255,))), abs=1)


def test_black_and_white_becomes_grey():
    assert through(Image.new("1", SIZE, 1))[0].getpixel((0, 0)) == 255


def test_alpha_stays_where_a_step_turns_colours():
    image = Image.new("RGBA", SIZE, (10, 20, 30, 77))
    found, said = through(image, ImageOps.invert)
    assert (found.getpixel((0, 0)), said) == ((245, 235, 225, 77), [])


def test_alpha_is_stretched_where_a_step_makes_it_larger():
    image = Image.new("RGBA", SIZE, (10, 20, 30, 77))
    found, _ = through(image, lambda given: given.resize((6, 4)))
    assert (found.size, found.getpixel((5, 3))) == ((6, 4), (10, 20, 30, 77))


def test_a_grey_picture_stays_grey_until_a_step_colours_it():
    image = Image.new("L", SIZE, 60)
    assert through(image, ImageOps.invert)[0].mode == "L"
    coloured, _ = through(image, lambda given: Image.new("RGB", given.size, (1, 2, 3)))
    assert coloured.getpixel((0, 0)) == (1, 2, 3)


def test_sixteen_bits_are_kept_for_a_step_that_takes_them_and_told_where_they_are_lost():
    image = Image.fromarray(np.full((2, 3), 12_345, np.uint16))
    kept, said = through(image, takes=("RGB", "I;16"))
    assert (kept.mode, kept.getpixel((0, 0)), said) == ("I;16", 12_345, [])
    lost, said = through(image)
    assert (lost.mode, lost.getpixel((0, 0))) == ("L", 48)
    assert "8 bits a channel" in said[0]


@given(st.sampled_from(MODES), st.sampled_from(["RGB", "RGBA", "L", "LA", "P", "1", "CMYK"]))
def test_a_step_that_gives_another_mode_is_brought_back(mode, given):
    image = Image.fromarray(np.full((2, 3), 500, np.uint16)) if mode == "I;16" else Image.new(mode, SIZE)
    found, said = through(image, lambda one: Image.new(given, one.size), takes=(mode,))
    assert found.mode == mode
    assert bool(said) == (given != mode)


def test_a_palette_with_a_transparent_colour_keeps_it():
    image = Image.new("P", SIZE)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 0), 1)
    image.info["transparency"] = 1
    found, _ = through(image)
    assert (found.getpixel((0, 0)), found.getpixel((1, 0))[3]) == ((255, 0, 0, 255), 0)


def test_ink_is_made_light_and_said():
    image = Image.new("CMYK", SIZE, (255, 0, 0, 0))
    found, said = through(image)
    assert (found.mode, found.getpixel((0, 0))) == ("RGB", (0, 255, 255))
    assert said == [
        "The picture is CMYK; it was made RGB by a plain formula, since it has no colour profile that fits."
    ]


def test_lab_is_read_by_its_profile_which_goes_with_it():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    image = Image.new("LAB", SIZE, (128, 128, 128))
    image.info["icc_profile"] = profile.tobytes()
    found, _ = workable(image)
    assert found.getpixel((0, 0)) == pytest.approx((119, 119, 119), abs=3)
    assert "icc_profile" not in found.info
    image.info["icc_profile"] = b"no profile"
    assert workable(image)[0].mode == "RGB"


def test_integers_within_16_bits_are_16_bits_and_others_are_refused():
    assert workable(Image.new("I", SIZE, 40_000))[0].getpixel((0, 0)) == 40_000
    for image in (Image.new("I", SIZE, 70_000), Image.new("I", SIZE, -1), Image.new("F", SIZE, 0.5)):
        with pytest.raises(MetadataError, match="no agreed brightness") as caught:
            workable(image)
        assert "8 or 16 bits" in caught.value.hint


def test_sixteen_bits_of_a_png_come_through():
    handle = io.BytesIO()
    Image.fromarray(np.full((2, 3), 40_001, np.uint16)).save(handle, "PNG")
    assert workable(Image.open(handle))[0].getpixel((0, 0)) == 40_001


def test_a_picture_without_pixels_is_refused():
    with pytest.raises(MetadataError, match="0x5 has no pixels"):
        workable(Image.new("RGB", (0, 5)))
