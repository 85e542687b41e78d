"""Sharpening: steeper edges, no fringes, bounded halos, noise left alone."""

import random

import numpy as np
import pytest
from PIL import Image
from skimage import data
from skimage.filters import unsharp_mask

from promptkit.finishing.arrays import LUMA, values
from promptkit.finishing.sharpen import Sharpen
from promptkit.interfaces import MODES, Processed
from tests.finishing.reference import usual
from tests.finishing.test_arrays import drawn

SOFT = np.clip((np.arange(40) - 17) / 6, 0, 1) * 0.4 + 0.3


def edge(levels=255, kind=np.uint8):
    return Image.fromarray(np.rint(SOFT * levels).astype(kind)[None].repeat(20, 0))


def run(image, **changed):
    found = Sharpen().process(image, settings=usual(Sharpen(), **changed), rng=random.Random(0))
    return found.image if isinstance(found, Processed) else found


def test_an_edge_gets_steeper_and_its_halo_is_no_more_than_said():
    before, after = values(edge())[10, :, 0], values(run(edge(), amount=3.0, radius=2.0, halo=0.05))[10, :, 0]
    assert np.diff(after).max() > 1.4 * np.diff(before).max()
    assert after.max() == pytest.approx(before.max() + 0.05, abs=0.003)
    assert after.min() == pytest.approx(before.min() - 0.05, abs=0.003)
    none = values(run(edge(), amount=3.0, radius=2.0, halo=0.0))[10, :, 0]
    assert (none.min(), none.max()) == (before.min(), before.max())
    assert np.diff(none).max() > 1.3 * np.diff(before).max()


def test_without_bounds_it_is_the_unsharp_mask_of_scikit_image():
    image = Image.fromarray(data.camera())
    expected = unsharp_mask(data.camera() / 255, radius=1.5, amount=0.8)
    found = values(run(image, amount=0.8, radius=1.5, threshold=0.0, halo=1.0))[..., 0]
    assert np.abs(found - expected)[8:-8, 8:-8].max() < 0.012
    assert np.abs(found - expected).mean() < 0.002


def test_what_is_fainter_than_the_threshold_is_left_alone():
    noisy = Image.fromarray((128 + np.random.default_rng(1).integers(-2, 3, (60, 60))).astype(np.uint8))
    assert run(noisy, amount=2.0, threshold=0.03).tobytes() == noisy.tobytes()
    assert values(run(noisy, amount=2.0, threshold=0.0)).std() > 1.5 * values(noisy).std()


def test_colours_keep_their_differences_so_that_edges_get_no_fringes():
    image = Image.fromarray(
        np.stack([np.rint(255 * SOFT * share) for share in (1, 0.8, 0.6)], -1).astype(np.uint8)[None].repeat(20, 0)
    )
    before, after = values(image), values(run(image, amount=2.0))
    change = after - before
    assert np.abs(change @ np.array(LUMA)).max() > 0.01
    assert np.ptp(change, axis=-1).max() < 0.005


def test_sixteen_bits_stay_sixteen():
    found = np.asarray(run(edge(65535, np.uint16), amount=1.0))
    assert found.dtype == np.uint16
    assert (found % 257 != 0).any()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (40, 30)])
def test_every_mode_and_size_comes_back_with_its_alpha(mode, size):
    image = drawn(mode, size)
    before = image.tobytes()
    found = run(image, radius=20.0)
    assert (found.mode, found.size) == (mode, size)
    assert image.tobytes() == before
    if "A" in mode:
        assert found.getchannel("A").tobytes() == image.getchannel("A").tobytes()


def test_tiles_leave_no_seam():
    image = Image.fromarray(data.astronaut()).resize((700, 600))
    part = (440, 440, 580, 580)
    inner = (40, 40, 100, 100)
    assert (
        run(image, radius=3.0).crop(part).crop(inner).tobytes()
        == run(image.crop(part), radius=3.0).crop(inner).tobytes()
    )


def test_none_of_it_is_told():
    found = Sharpen().process(edge(), settings=usual(Sharpen(), amount=0.0), rng=random.Random(0))
    assert isinstance(found, Processed)
    assert not found.done
    assert found.note
