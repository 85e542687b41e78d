"""Tiles: what they hand over, and that nothing can be seen of them."""

import numpy as np
import pytest
from PIL import Image

from promptkit.errors import GenerationError
from promptkit.finishing.tiles import boxes, finished_in_tiles, in_tiles, picture_in_tiles
from promptkit.interfaces import MODES
from promptkit.testing.drawn import picture

SIZES = [(1, 1), (1, 40), (37, 21), (64, 64), (65, 33)]


def pattern(height, width, channels=3, dtype=np.uint8):
    return np.random.default_rng(5).integers(0, np.iinfo(dtype).max, (height, width, channels), dtype, endpoint=True)


def blurred(values):
    """Average 7×7 pixels: a work whose pixels depend on three neighbours on each side."""
    padded = np.pad(values, ((3, 3), (3, 3), (0, 0)), mode="reflect")
    return np.lib.stride_tricks.sliding_window_view(padded, (7, 7), axis=(0, 1)).mean(axis=(-2, -1))


def doubled(values):
    return values.repeat(2, axis=0).repeat(2, axis=1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tile", [1, 16, 64, 512])
def test_tiles_cover_every_pixel_once(size, tile):
    counted = np.zeros(size[::-1], int)
    for left, top, right, bottom in boxes(size, tile):
        assert 0 < right - left <= tile
        assert 0 < bottom - top <= tile
        counted[top:bottom, left:right] += 1
    assert (counted == 1).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("overlap", [0, 5])
def test_levels_come_back_as_they_were(dtype, overlap):
    found = pattern(37, 21, 3, dtype)
    made = in_tiles(found, lambda values: values, tile=16, overlap=overlap)
    assert made.dtype == dtype
    assert np.array_equal(made, found)


@pytest.mark.parametrize("tile", [5, 16, 31])
@pytest.mark.parametrize("border", [None, 0, 2])
def test_an_overlap_of_what_a_pixel_depends_on_leaves_no_seam(tile, border):
    found = pattern(61, 47)
    whole = in_tiles(found, blurred, tile=512, overlap=3, border=border)
    assert np.array_equal(in_tiles(found, blurred, tile=tile, overlap=3, border=border), whole)
    assert not np.array_equal(in_tiles(found, blurred, tile=tile), whole)


def test_beyond_the_border_the_picture_is_mirrored_as_far_as_asked():
    found = np.arange(6, dtype=np.uint8).reshape(1, 6, 1)
    seen = []

    def look(values):
        seen.append((values[0, :, 0] * 255).round().astype(int).tolist())
        return values

    in_tiles(found, look, tile=3, overlap=2)
    assert seen == [[2, 1, 0, 1, 2, 3, 4], [1, 2, 3, 4, 5, 4, 3]]
    seen.clear()
    in_tiles(found, look, tile=3, overlap=2, border=0)
    assert seen == [[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", SIZES)
def test_pictures_of_every_mode_and_size_go_through(mode, size):
    image = picture(mode, size, 3)
    before = image.tobytes()
    larger = picture_in_tiles(image, doubled, tile=16, overlap=4, scale=2)
    assert (larger.mode, larger.size) == (mode, (size[0] * 2, size[1] * 2))
    assert larger.resize(size, Image.Resampling.NEAREST).tobytes() == before
    inverted = finished_in_tiles(image, lambda values: 1 - values, tile=16, overlap=4)
    assert inverted.mode == mode
    assert finished_in_tiles(inverted, lambda values: 1 - values).tobytes() == before
    assert image.tobytes() == before


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_stays_where_colours_are_worked_on(mode):
    image, channels = picture(mode, (30, 20), 4), []
    image.putalpha(picture("L", (30, 20), 9))

    def work(values):
        channels.append(values.shape[2])
        return values * 0

    made = finished_in_tiles(image, work, tile=16)
    assert set(channels) == {len(mode) - 1}
    assert made.getchannel("A").tobytes() == image.getchannel("A").tobytes()
    assert made.getextrema()[0] == (0, 0)


def test_values_beyond_the_range_are_cut_and_others_rounded():
    found = np.full((1, 3, 1), 100, np.uint8)
    made = in_tiles(found, lambda values: values + np.array([-1, 0.4 / 255, 1], np.float32)[None, :, None])
    assert made.ravel().tolist() == [0, 100, 255]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_refused(wrong):
    with pytest.raises(GenerationError, match="no numbers") as error:
        in_tiles(pattern(4, 4), lambda values: values + np.float32(wrong))
    assert error.value.hint


@pytest.mark.parametrize("work", [doubled, lambda values: values[1:], lambda values: values[..., :1]])
def test_another_size_is_refused(work):
    with pytest.raises(GenerationError, match="was due") as error:
        in_tiles(pattern(4, 4), work)
    assert error.value.hint
