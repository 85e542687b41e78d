"""Opening picture files: upright, with what they carry, and told what was lost."""

import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from promptkit.errors import MetadataError
from promptkit.pictures import kept, open_picture

ORIENTATION = 0x0112


def png(width, height, depth, colour, rows):
    """Return the bytes of a PNG that Pillow itself cannot write."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_comes_upright_with_its_exif_and_profile(tmp_path, kind):
    path = tmp_path / f"x.{kind.lower()}"
    exif = Image.Exif()
    exif[ORIENTATION], exif[0x010F] = 6, "A maker"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (6, 4), "red").save(path, kind, exif=exif, icc_profile=profile)
    opened = open_picture(path)
    assert (opened.image.size, opened.format, opened.note) == ((4, 6), kind, "")
    carried = kept(opened.image)
    assert carried["icc_profile"] == profile
    read = Image.Exif()
    read.load(carried["exif"])
    assert (read.get(ORIENTATION, 1), read[0x010F]) == (1, "A maker")


def test_the_texts_of_a_png_are_texts_and_nothing_else(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a dog")
    info.add_itxt("note", "ü", zip=True)
    path = tmp_path / "x.png"
    Image.new("RGB", (2, 2)).save(path, pnginfo=info)
    opened = open_picture(path)
    assert opened.texts == {"parameters": "a dog", "note": "ü"}
    assert "parameters" not in opened.image.info


@pytest.mark.parametrize(
    ("colour", "channels", "mode", "told"), [(2, 3, "RGB", True), (6, 4, "RGBA", True), (0, 1, "I;16", False)]
)
def test_sixteen_bits_that_pillow_reduces_in_silence_are_told(tmp_path, colour, channels, mode, told):
    path = tmp_path / "deep.png"
    row = b"\0" + struct.pack(">" + "H" * (2 * channels), *[40_000] * (2 * channels))
    path.write_bytes(png(2, 1, 16, colour, row))
    opened = open_picture(path)
    assert (opened.image.mode, bool(opened.note)) == (mode, told)
    assert np.asarray(opened.image).flat[0] == (40_000 if mode == "I;16" else 156)


def test_a_header_that_lies_about_a_huge_picture_costs_nothing(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png(2**30, 2**30, 8, 2, b""))
    with pytest.raises(MetadataError, match="larger than any picture|more than") as caught:
        open_picture(path)
    assert caught.value.hint


def test_the_limit_of_the_process_is_left_as_it_was(tmp_path):
    before = Image.MAX_IMAGE_PIXELS
    path = tmp_path / "large.png"
    Image.new("L", (10_000, 9_100)).save(path)
    with pytest.raises(MetadataError, match="--max-pixels|more than"):
        open_picture(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_picture(path, max_pixels=100_000_000).image.size == (10_000, 9_100)
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "MPO"])
def test_of_an_animation_the_first_frame_is_taken_and_told(tmp_path, kind):
    path = tmp_path / "moving"
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(path, kind, save_all=True, append_images=frames[1:], lossless=True)
    opened = open_picture(path)
    assert (opened.frames, opened.note) == (3, "It has 3 frames; the first was taken.")
    assert opened.format == {"MPO": "JPEG"}.get(kind, kind)
    assert opened.image.convert("RGB").getpixel((0, 0)) == pytest.approx((255, 0, 0), abs=2)


def test_a_profile_that_is_none_is_left_out_and_told(tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "x.png", icc_profile=b"no profile")
    opened = open_picture(tmp_path / "x.png")
    assert (kept(opened.image), opened.note) == ({}, "Its colour profile cannot be read and was left out.")
