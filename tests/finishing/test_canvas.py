"""Cropping and padding: the aspect that was asked for, nothing more cut or added than that takes."""

import numpy as np
import pytest
from PIL import Image

from promptkit.errors import SettingsError
from promptkit.finishing.canvas import ANCHORS, Crop, Pad
from promptkit.finishing.sizes import aspect
from promptkit.interfaces import MODES
from promptkit.testing.drawn import picture

from .asking import ask

CROP, PAD = Crop(), Pad()
ASPECTS = ["1:1", "16:9", "9:16", "4:5", "2.39", "golden"]
SIZES = [(1, 1), (1, 500), (37, 21), (160, 90), (90, 160)]


@pytest.mark.parametrize(
    ("text", "size", "ratio"),
    [
        ("16:9", (1, 1), 16 / 9), ("1.85:1", (1, 1), 1.85), ("1.85", (1, 1), 1.85), ("2", (1, 1), 2),
        ("golden", (3, 2), 1.618034), ("golden", (2, 3), 0.618034), ("100:1", (1, 1), 100), (" 4 : 5 ", (1, 1), 0.8),
    ],
)  # fmt: skip
def test_aspects_are_read(text, size, ratio):
    assert aspect(text, size) == pytest.approx(ratio, rel=1e-6)


@pytest.mark.parametrize(
    "text",
    ["", "16:9:4", "16/9", ":", "16:", ":9", "0:1", "1:0", "-16:9", "-1:-1", "nan", "inf", "1:101", "wide", "1e999"],
)
def test_what_is_no_aspect_is_refused(text):
    for processor in (CROP, PAD):
        with pytest.raises(SettingsError, match="is no aspect") as error:
            processor.settings[0].check(text)
        assert error.value.hint


@pytest.mark.parametrize("text", ASPECTS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("processor", [CROP, PAD], ids=["crop", "pad"])
def test_one_side_stays_and_the_other_is_as_near_as_pixels_allow(processor, text, size):
    made = ask(processor, picture("L", size, 1), aspect=text).image
    ratio = aspect(text, size)
    changed = [new - old for new, old in zip(made.size, size, strict=True)]
    assert 0 in changed
    assert all(one <= 0 for one in changed) if processor is CROP else all(one >= 0 for one in changed)
    near = abs(made.width - made.height * ratio), abs(made.height - made.width / ratio)
    assert min(near) <= 0.5 or min(made.size) == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize("text", ["3:1", "1:3"])
def test_a_crop_is_the_part_that_the_anchor_names(mode, anchor, text):
    image = picture(mode, (60, 60), 2)
    made = ask(CROP, image, aspect=text, anchor=anchor)
    assert made.image.mode == mode
    left, top, right, bottom = made.facts["box"]
    assert made.image.tobytes() == image.crop((left, top, right, bottom)).tobytes()
    if text == "3:1":
        assert top == {"top": 0, "bottom": 40}.get(anchor.split("-")[0], 20)
    else:
        assert left == {"left": 0, "right": 40}.get(anchor.split("-")[-1], 20)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("colour", ["black", "#8040c0", "edge", "blur", "white"])
@pytest.mark.parametrize("anchor", ["centre", "top-left", "bottom-right"])
@pytest.mark.parametrize("text", ["3:1", "1:3"])
def test_padding_leaves_the_picture_inside_as_it_was(mode, colour, anchor, text):
    image = picture(mode, (31, 30), 2)
    before = image.tobytes()
    made = ask(PAD, image, aspect=text, colour=colour, anchor=anchor)
    assert made.image.mode == mode
    assert made.image.crop(tuple(made.facts["box"])).tobytes() == before
    assert image.tobytes() == before


@pytest.mark.parametrize(
    ("mode", "colour", "wanted"),
    [
        ("RGB", "#8040c0", (128, 64, 192)), ("RGBA", "#8040c0", (128, 64, 192, 255)), ("RGBA", "#8040c080", (128, 64, 192, 128)),
        ("RGBA", "transparent", (0, 0, 0, 0)), ("LA", "transparent", (0, 0)), ("L", "white", 255), ("LA", "white", (255, 255)),
        ("I;16", "white", 65535), ("I;16", "black", 0), ("RGB", "rebeccapurple", (102, 51, 153)),
    ],
)  # fmt: skip
def test_margins_have_the_colour_in_every_mode(mode, colour, wanted):
    made = ask(PAD, picture(mode, (4, 4), 2), aspect="3:1", colour=colour).image
    assert made.size == (12, 4)
    assert {made.getpixel((x, y)) for x in (0, 3, 8, 11) for y in range(4)} == {wanted}


def test_transparency_needs_alpha():
    for mode in ("RGB", "L", "I;16"):
        with pytest.raises(SettingsError, match="has no transparency") as error:
            ask(PAD, picture(mode, (4, 4), 2), aspect="3:1", colour="transparent")
        assert error.value.hint


@pytest.mark.parametrize("text", ["nocolour", "#12", "rgb(1", "", "edges"])
def test_what_is_no_colour_is_refused(text):
    with pytest.raises(SettingsError, match="is no colour") as error:
        PAD.settings[1].check(text)
    assert "edge" in error.value.hint


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", ["3:1", "1:3"])
def test_edges_are_drawn_out(mode, text):
    image = picture(mode, (6, 6), 2)
    made = ask(PAD, image, aspect=text, colour="edge").image
    found = np.asarray(image)
    margin = ((0, 0), (6, 6)) if text == "3:1" else ((6, 6), (0, 0))
    wanted = np.pad(found, margin if found.ndim == 2 else (*margin, (0, 0)), mode="edge")
    assert np.array_equal(np.asarray(made), wanted)


def test_a_blurred_ground_has_the_light_of_the_picture():
    image = Image.new("RGB", (90, 90), (200, 40, 40))
    image.paste((40, 40, 200), (0, 45, 90, 90))
    made = np.asarray(ask(PAD, image, aspect="3:1", colour="blur").image).astype(int)
    ground = made[:, :80]
    assert ground[:10, :, 0].mean() > 150 > 100 > ground[:10, :, 2].mean()
    assert ground[-10:, :, 2].mean() > 150 > 100 > ground[-10:, :, 0].mean()
    assert np.abs(np.diff(ground, axis=0)).max() < 30


def test_what_has_the_aspect_is_left_and_that_is_told():
    image = picture("RGB", (32, 18), 2)
    for processor in (CROP, PAD):
        made = ask(processor, image, aspect="16:9")
        assert not made.done
        assert "32x18 is 16:9 already" in made.note
        assert made.image is not image
        assert made.image.tobytes() == image.tobytes()


def test_padding_has_a_limit():
    with pytest.raises(SettingsError, match="'pad' would make a picture of 400000x4000"):
        ask(PAD, Image.new("L", (1, 4000)), aspect="100:1")
