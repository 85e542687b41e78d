"""Grading: every number by what it must do to light, white against colour-science, in every mode of a chain."""

import hashlib
import random

import numpy as np
import pytest
from PIL import Image
from skimage import data

from promptkit import SettingsError
from promptkit.finishing.arrays import LUMA, to_light, values
from promptkit.finishing.grade import Grade
from promptkit.finishing.grading import Grading
from promptkit.finishing.white import adaptation, rgb_to_xyz, white
from promptkit.interfaces import MODES, Processed
from promptkit.packs.grades import KNOBS
from tests.finishing.reference import D65, colour, delta_e, usual
from tests.finishing.test_arrays import drawn

DRAW = np.random.default_rng(5)
GREYS = Image.fromarray(np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, 0))
COLOURS = Image.fromarray(DRAW.integers(0, 256, (64, 64, 3), dtype=np.uint8))


def run(image, **changed):
    found = Grade().process(image, settings=usual(Grade(), **changed), rng=random.Random(0))
    assert isinstance(found, Processed)
    return found


def graded(image, **changed):
    found = run(image, **changed)
    assert found.done
    assert (found.image.mode, found.image.size) == (image.mode, image.size)
    return values(found.image)


def test_neutral_changes_nothing_and_says_so():
    found = run(COLOURS)
    assert not found.done
    assert "neutral" in found.note
    assert found.image.tobytes() == COLOURS.tobytes()
    assert not run(COLOURS, exposure=1.0, strength=0.0).done


def test_a_stop_is_twice_the_light():
    before, after = to_light(values(GREYS)), to_light(graded(GREYS, exposure=1.0))
    assert np.allclose(after, np.minimum(2 * before, 1), atol=1e-4)


def test_contrast_turns_round_middle_grey_keeps_the_ends_and_can_be_taken_back():
    curve = graded(GREYS, contrast=2.0)[0, :, 0]
    assert (curve[0], curve[-1]) == (0, 1)
    assert (np.diff(curve) >= 0).all()
    middle = np.argmin(np.abs(to_light(values(GREYS))[0, :, 0] - 0.18))
    assert curve[middle] == pytest.approx(values(GREYS)[0, middle, 0], abs=0.005)
    assert (curve[middle + 8] - curve[middle - 8]) * 255 / 16 == pytest.approx(2, rel=0.05)
    again = run(run(GREYS, contrast=2.0).image, contrast=0.5).image
    assert np.abs(values(again) - values(GREYS)).max() < 0.005


def test_lift_moves_black_gain_white_gamma_the_middle():
    def light(**changed):
        return to_light(graded(GREYS, **changed))[0, :, 0]

    before = to_light(values(GREYS))[0, :, 0]
    assert np.allclose(light(lift="0.1"), before + 0.1 * (1 - before), atol=1e-4)
    assert np.allclose(light(gain="0.5"), before / 2, atol=1e-4)
    assert np.allclose(light(gamma="2"), np.sqrt(before), atol=1e-4)
    assert light(lift="-0.2")[0] == 0


def test_channels_may_have_a_number_each():
    before, after = to_light(values(COLOURS)), to_light(graded(COLOURS, gain="0.5/1/0.25"))
    assert np.allclose(after, before * [0.5, 1, 0.25], atol=0.005)


def test_saturation_keeps_brightness():
    before, grey = to_light(values(COLOURS)), to_light(graded(COLOURS, saturation=0.0))
    assert np.ptp(grey, axis=-1).max() < 1e-6
    assert np.allclose(grey[..., 0], before @ np.array(LUMA), atol=0.005)
    less = to_light(graded(COLOURS, saturation=0.5))
    assert np.allclose(less, (before + grey) / 2, atol=0.01)


def test_strength_is_the_share_of_it_all():
    half = graded(COLOURS, gain="0.5", strength=0.5)
    assert np.allclose(half, (values(COLOURS) + graded(COLOURS, gain="0.5")) / 2, atol=0.005)


@pytest.mark.parametrize("temperature", [-100, -40, 0, 15, 60, 100])
@pytest.mark.parametrize("tint", [-10, 0, 10])
def test_whites_are_where_ohno_finds_them(temperature, tint):
    found = colour.temperature.uv_to_CCT_Ohno2013(colour.xy_to_UCS_uv(white(temperature, tint)))
    own = colour.temperature.uv_to_CCT_Ohno2013(colour.xy_to_UCS_uv(np.array(D65)))
    assert 1e6 / found[0] - 1e6 / own[0] == pytest.approx(temperature, abs=1.5)
    assert found[1] - own[1] == pytest.approx(-tint / 1000, abs=2e-4)


@pytest.mark.parametrize(("temperature", "tint"), [(-80.0, 0.0), (-20.0, 6.0), (40.0, 0.0), (90.0, -8.0)])
def test_temperature_is_that_of_colour_science(temperature, tint):
    """From the locus to the picture: whites by Ohno (2013), adaptation by Bradford, both the reference's own."""
    cct, duv = colour.temperature.uv_to_CCT_Ohno2013(colour.xy_to_UCS_uv(np.array(D65)))
    uv = colour.temperature.CCT_to_uv_Ohno2013(np.array([1e6 / (1e6 / cct + temperature), duv - tint / 1000]))
    whites = [colour.xy_to_XYZ(np.array(xy)) for xy in (D65, colour.UCS_uv_to_xy(uv))]
    found = values(COLOURS)
    xyz = colour.sRGB_to_XYZ(found.astype(float))
    adapted = colour.adaptation.chromatic_adaptation_VonKries(xyz, *whites, transform="Bradford")
    numbers = usual(Grade(), temperature=temperature, tint=tint)
    difference = delta_e(Grading(numbers=numbers).applied(found), colour.XYZ_to_sRGB(adapted))
    assert difference.max() < 0.1


def test_warmer_is_redder_and_magenta_less_green():
    grey = Image.new("RGB", (2, 2), (120, 120, 120))
    red, green, blue = graded(grey, temperature=40.0)[0, 0]
    assert red > green > blue
    assert graded(grey, tint=8.0)[0, 0, 1] < 120 / 255 < graded(grey, tint=-8.0)[0, 0, 1]
    assert np.allclose(adaptation(0, 0), np.eye(3), atol=1e-9)
    assert np.allclose(rgb_to_xyz(), colour.RGB_COLOURSPACES["sRGB"].matrix_RGB_to_XYZ, atol=2e-4)
    assert (LUMA @ np.clip(adaptation(50, 0), -9, 9)).sum() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_comes_back_with_its_alpha_and_the_depth_that_it_had(mode):
    image = drawn(mode, (40, 30))
    before = image.tobytes()
    found = run(image, exposure=0.5, contrast=1.2, saturation=1.3, lift="0.01")
    assert (found.image.mode, found.image.size) == (mode, image.size)
    assert image.tobytes() == before != found.image.tobytes()
    assert found.note == "exposure 0.5, contrast 1.2, saturation 1.3, lift 0.01"
    if "A" in mode:
        assert found.image.getchannel("A").tobytes() == image.getchannel("A").tobytes()
    if mode == "I;16":
        assert len(np.unique(np.asarray(found.image))) > 256


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_a_grey_picture_stays_grey_and_is_told_what_was_left_out(mode):
    image = drawn(mode, (40, 30))
    found = run(image, temperature=50.0, gain="1.2/1/0.8", exposure=-0.2)
    assert "grey" in found.note
    brightness = np.array([1.2, 1, 0.8]) @ np.array(LUMA)
    expected = np.minimum(to_light(values(image)) * brightness * 2**-0.2, 1)
    assert np.allclose(to_light(values(found.image)), expected, atol=0.005)


def cube_file(folder):
    rows = "\n".join(f"{b} {g} {r}" for b in (0, 1) for g in (0, 1) for r in (0, 1))
    path = folder / "swap.cube"
    path.write_text("LUT_3D_SIZE 2\n" + rows, encoding="utf-8")
    return path


def test_a_table_is_put_on_last_and_recorded_by_its_hash(tmp_path):
    path = cube_file(tmp_path)
    found = run(COLOURS, lut=str(path))
    assert np.array_equal(np.asarray(found.image), np.asarray(COLOURS)[..., ::-1])
    assert found.facts == {"lut_sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    after = np.asarray(run(COLOURS, gain="0.5/1/1", lut=str(path)).image)
    assert np.array_equal(after, np.asarray(run(COLOURS, gain="0.5/1/1").image)[..., ::-1])
    grey = drawn("L")
    assert np.abs(np.asarray(run(grey, lut=str(path)).image, int) - np.asarray(grey, int)).max() <= 1


def test_what_cannot_be_used_is_refused_before_a_picture_is_made(tmp_path):
    for setting in ("lut", "reference"):
        with pytest.raises(SettingsError, match="cannot be read: No such file") as caught:
            Grade().check_settings(usual(Grade(), **{setting: str(tmp_path / "none")}))
        assert caught.value.hint
    channels = {knob.name for knob in KNOBS if knob.channels}
    for setting in (setting for setting in Grade().settings if setting.name in channels):
        for text in ("", "x", "1/2", "1/1/1/1", "nan", "9", "1/1/inf"):
            with pytest.raises(SettingsError, match=setting.name):
                setting.check(text)


def test_large_pictures_are_graded_as_small_ones_are():
    whole = Image.fromarray(data.astronaut()).resize((1100, 700))
    changed = {"exposure": 0.3, "contrast": 1.3, "temperature": 20.0}
    part = (500, 500, 540, 540)
    assert run(whole, **changed).image.crop(part).tobytes() == run(whole.crop(part), **changed).image.tobytes()
