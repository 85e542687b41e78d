"""Stripping: what a file says of its picture is out, its pixels and its colour profile stay."""

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from promptkit.finish import plan_chain, run_chain
from promptkit.finishing.strip import Strip
from promptkit.interfaces import MODES, Stripping
from promptkit.testing.drawn import picture

from .asking import ask

STRIP = Strip()
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def told(tmp_path):
    """A picture whose file says where it was taken, by what, and of which prompt."""
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[1] = "N"
    texts = PngInfo()
    texts.add_text("parameters", "a cat")
    texts.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta/>")
    picture("RGB", (12, 8), 1).save(tmp_path / "told.png", exif=exif, pnginfo=texts, icc_profile=PROFILE, dpi=(72, 72))
    with Image.open(tmp_path / "told.png") as image:
        image.load()
        return image


@pytest.mark.parametrize(("profile", "left"), [("keep", {"icc_profile": PROFILE}), ("drop", {})])
def test_nothing_but_the_profile_stays(told, profile, left):
    assert {"exif", "parameters", "XML:com.adobe.xmp", "icc_profile", "dpi"} <= set(told.info)
    before = dict(told.info)
    made = ask(STRIP, told, profile=profile)
    assert made.image.info == left
    assert not made.image.getexif()
    assert made.image.tobytes() == told.tobytes()
    assert ("profile stays" in made.note) is bool(left)
    assert told.info == before


def test_what_is_lost_is_told(told):
    assert "no longer be reproduced or searched" in ask(STRIP, told).note


@pytest.mark.parametrize("mode", MODES)
def test_pixels_of_every_mode_stay(mode):
    image = picture(mode, (9, 5), 3)
    made = ask(STRIP, image)
    assert (made.image.mode, made.image.tobytes()) == (mode, image.tobytes())
    assert made.image.info == {}


def test_the_chain_is_told_that_it_strips(told, registry):
    assert isinstance(STRIP, Stripping)
    assert STRIP.strips_metadata
    done = run_chain(told, plan_chain("strip", registry), seed=0)
    assert done.stripped
    assert done.image.info == {"icc_profile": PROFILE}
