"""Matching a reference: the map of Monge and Kantorovich, and pictures that have hardly any colours to match."""

import hashlib

import numpy as np
import pytest
from PIL import Image
from skimage import data

from promptkit import SettingsError
from promptkit.finishing.match import Colours, colours_of, find_reference, from_lab, match, to_lab
from tests.finishing.reference import D65, colour
from tests.finishing.test_grade import graded, run

ASTRONAUT = Image.fromarray(data.astronaut()).resize((256, 256))
COFFEE = Image.fromarray(data.coffee()).resize((300, 200))


@pytest.fixture(scope="module")
def coffee(tmp_path_factory):
    path = tmp_path_factory.mktemp("reference") / "coffee.png"
    COFFEE.save(path)
    return path


def test_the_space_is_cielab():
    light = np.random.default_rng(1).random((500, 3)).astype(np.float32) ** 3
    xyz = colour.RGB_to_XYZ(light.astype(float), "sRGB", apply_cctf_decoding=False)
    assert np.abs(to_lab(light) - colour.XYZ_to_Lab(xyz, np.array(D65)) / 100).max() < 1e-3
    assert np.allclose(from_lab(to_lab(light)), light, atol=1e-5)
    grey = light[:, :1]
    assert np.allclose(to_lab(grey), to_lab(grey.repeat(3, 1))[:, :1], atol=1e-5)
    assert np.allclose(from_lab(to_lab(grey)), grey, atol=1e-5)


def test_mean_and_covariance_become_those_of_the_other():
    draw = np.random.default_rng(2)
    some, other = (draw.normal(0, 0.1, (3, 9)) for _ in range(2))
    own, wanted = (
        Colours(mean=draw.random(3), covariance=spread @ spread.T + 0.01 * np.eye(3)) for spread in (some, other)
    )
    found = match(own, wanted)
    assert np.allclose(found.matrix @ own.covariance @ found.matrix.T, wanted.covariance, rtol=0.02, atol=1e-4)
    assert np.allclose(found.matrix, found.matrix.T, atol=1e-6)
    assert np.allclose(match(own, own).matrix, np.eye(3), atol=1e-5)


def test_a_picture_takes_the_colours_of_its_reference_and_the_hash_is_recorded(coffee):
    found = run(ASTRONAUT, reference=str(coffee))
    assert found.facts == {"reference_sha256": hashlib.sha256(coffee.read_bytes()).hexdigest()}
    own, wanted, made = (colours_of(image) for image in (ASTRONAUT, COFFEE, found.image))
    assert np.abs(made.mean - wanted.mean).max() < 0.25 * np.abs(own.mean - wanted.mean).max()
    assert np.linalg.norm(made.covariance - wanted.covariance) < 0.5 * np.linalg.norm(
        own.covariance - wanted.covariance
    )


def test_a_picture_matched_to_itself_stays_as_it_is(tmp_path):
    ASTRONAUT.save(tmp_path / "same.png")
    found = np.asarray(run(ASTRONAUT, reference=str(tmp_path / "same.png")).image, int)
    assert np.abs(found - np.asarray(ASTRONAUT, int)).max() <= 1


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_picture_is_moved_and_not_torn_apart(level, coffee):
    flat = np.clip(level + np.random.default_rng(0).integers(-1, 2, (60, 60, 3)), 0, 255).astype(np.uint8)
    found = graded(Image.fromarray(flat), reference=str(coffee))
    assert np.isfinite(found).all()
    assert found.std((0, 1)).max() < 0.03


def test_a_flat_reference_calms_and_one_pixel_is_a_picture(tmp_path):
    Image.new("RGB", (1, 1), (90, 60, 40)).save(tmp_path / "one.png")
    found = graded(ASTRONAUT, reference=str(tmp_path / "one.png"))
    assert np.abs(found.mean((0, 1)) * 255 - [90, 60, 40]).max() < 4
    assert found.std() < graded(ASTRONAUT, gain="0.99").std()
    assert graded(Image.new("RGB", (1, 1), "red"), reference=str(tmp_path / "one.png")).shape == (1, 1, 3)


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_a_grey_picture_takes_the_lightness_alone(mode, coffee):
    grey = ASTRONAUT.convert("L")
    image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    found = run(image, reference=str(coffee))
    assert found.image.mode == mode
    assert colours_of(found.image).mean[0] == pytest.approx(colours_of(COFFEE).mean[0], abs=0.02)


def test_what_is_no_picture_is_refused_with_its_cure(tmp_path, monkeypatch):
    (tmp_path / "no.png").write_text("no", encoding="utf-8")
    COFFEE.save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:5000])
    COFFEE.save(tmp_path / "other.gif")
    for name in ("no.png", "cut.png", "other.gif", "none.png", "."):
        with pytest.raises(SettingsError, match="cannot be read") as caught:
            find_reference(str(tmp_path / name))
        assert "Name a picture" in caught.value.hint
    COFFEE.save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40_000)
    with pytest.raises(SettingsError, match="cannot be read.*pixels"):
        find_reference(str(tmp_path / "bomb.png"))
