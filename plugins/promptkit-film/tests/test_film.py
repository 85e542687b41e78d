"""The post-processors by what they must do to light."""

import hashlib
import random

import numpy as np
import pytest
from PIL import Image
from promptkit_film import Grain, Halation, Look, Vignette
from promptkit_film.look import FOLDER, LOOKS, find
from promptkit_film.made import LOOKS as FORMULAS
from promptkit_film.made import cube_text

from promptkit import SettingsError
from promptkit.interfaces import Processed
from promptkit.testing import check_postprocessor

ALL = (Grain(), Halation(), Vignette(), Look())


def usual(processor, **changed):
    return {setting.name: setting.default for setting in processor.settings} | changed


def run(processor, image, seed=0, **changed):
    found = processor.process(image, settings=usual(processor, **changed), rng=random.Random(seed))
    return found.image if isinstance(found, Processed) else found


def pixels(image):
    return np.asarray(image, dtype=float)


@pytest.fixture
def scene():
    """A ramp of greys with colours below and a white spot."""
    found = np.zeros((40, 60, 3), np.uint8)
    found[:20] = np.linspace(0, 255, 60).astype(np.uint8)[None, :, None]
    found[20:] = np.random.default_rng(1).integers(0, 256, (20, 60, 3))
    found[5:9, 5:9] = 255
    return Image.fromarray(found)


@pytest.mark.parametrize("processor", ALL, ids=lambda one: one.name)
def test_a_new_picture_of_the_same_size_and_the_old_one_kept(processor, scene):
    before = scene.tobytes()
    found = run(processor, scene)
    assert (found.mode, found.size) == ("RGB", scene.size)
    assert scene.tobytes() == before
    assert found.tobytes() != before
    assert run(processor, scene).tobytes() == found.tobytes()
    assert processor.summary


@pytest.mark.parametrize("processor", ALL, ids=lambda one: one.name)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (33, 2), (257, 101)])
def test_any_size_and_the_ends_of_every_setting(processor, size):
    image = Image.new("RGB", size, (120, 130, 250))
    for setting in processor.settings:
        for value in {setting.default, *({setting.least, setting.most} if isinstance(setting.default, float) else ())}:
            assert run(processor, image, **{setting.name: value}).size == size


@pytest.mark.parametrize(("processor", "setting"), [
    (Grain(), "amount"), (Halation(), "amount"), (Vignette(), "amount"), (Look(), "strength"),
])  # fmt: skip
def test_nothing_of_it_leaves_the_picture_as_it_was(processor, setting, scene):
    assert run(processor, scene, **{setting: 0.0}).tobytes() == scene.tobytes()


def test_grain_is_drawn_by_the_seed_and_strongest_in_the_middle():
    ramp = Image.fromarray(np.repeat(np.linspace(0, 255, 5).astype(np.uint8), 200)[None].repeat(200, 0)).convert("RGB")
    first, second = run(Grain(), ramp, 1, amount=1.0), run(Grain(), ramp, 2, amount=1.0)
    assert first.tobytes() != second.tobytes()
    spread = [np.std(pixels(first)[:, at * 200 : (at + 1) * 200, 0]) for at in range(5)]
    assert spread[0] == spread[4] == 0
    assert spread[2] > 1.2 * spread[1] > 0
    assert pixels(first).mean() == pytest.approx(pixels(ramp).mean(), abs=1.5)


def test_grain_is_grey_and_as_wide_as_it_is_told_unless_coloured():
    grey = Image.new("RGB", (200, 200), (128, 128, 128))
    fine, wide, coloured = run(Grain(), grey), run(Grain(), grey, size=4.0), run(Grain(), grey, colour=1.0)
    assert np.ptp(pixels(fine), axis=-1).max() == 0
    assert np.ptp(pixels(coloured), axis=-1).max() > 0

    def alike(image):
        values = pixels(image)[..., 0] - pixels(image)[..., 0].mean()
        return (values[:, 1:] * values[:, :-1]).mean() / values.var()

    assert abs(alike(fine)) < 0.05
    assert alike(wide) > 0.6


def test_halation_glows_red_round_what_is_bright_and_darkens_nothing():
    night = Image.new("RGB", (100, 100), (20, 20, 20))
    assert run(Halation(), night).tobytes() == night.tobytes()
    night.paste("white", (45, 45, 55, 55))
    found = pixels(run(Halation(), night, radius=0.05))
    assert (found >= pixels(night)).all()
    red, green, blue = found[50, 41] - 20
    assert red > green > blue >= 0
    assert red > 20
    assert found[50, 41, 0] > found[50, 35, 0] > found[2, 2, 0] == 20


def test_a_vignette_takes_the_light_that_it_says_from_the_corners_and_none_from_the_middle():
    grey = Image.new("RGB", (101, 61), (188, 188, 188))
    found = pixels(run(Vignette(), grey, amount=0.5))
    assert found[30, 50, 0] == 188
    assert found[0, 0, 0] == found[-1, -1, 0] == pytest.approx(137, abs=1)
    assert found[0, 50, 0] > found[0, 0, 0]
    assert pixels(run(Vignette(), grey, amount=1.0))[0, 0].max() <= 1


IDENTITY = "LUT_3D_SIZE 2\n" + "\n".join(f"{r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1))


def test_a_look_is_a_name_or_a_file(tmp_path, scene):
    path = tmp_path / "mine.cube"
    path.write_text("\ufeff" + IDENTITY, encoding="utf-8")
    assert run(Look(), scene, cube=str(path)).tobytes() == scene.tobytes()
    found = Look().process(scene, settings=usual(Look(), cube=str(path)), rng=random.Random(0))
    assert found.facts == {"cube_sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    with pytest.raises(SettingsError, match="There is no look 'silvr'"):
        find("silvr")
    path.write_text("LUT_3D_SIZE 2\n0 0 0\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"mine\.cube' has 1 colours"):
        find(str(path))


@pytest.mark.parametrize("name", LOOKS)
def test_the_looks_are_their_formulas(name):
    assert (FOLDER / f"{name}.cube").read_text(encoding="utf-8") == cube_text(name)
    colours = np.random.default_rng(2).random((200, 3)).astype(np.float32)
    expected = np.array([FORMULAS[name](*map(float, colour)) for colour in colours])
    assert np.abs(find(name).applied(colours) - expected).max() < 0.015


def test_the_looks_look_as_they_say():
    greys = np.linspace(0, 1, 9, dtype=np.float32)[:, None].repeat(3, 1)
    print_film = find("dusk-print").applied(greys)
    assert print_film[1, 2] > print_film[1, 0]
    assert print_film[7, 0] > print_film[7, 2]
    assert print_film[0].min() > 0
    silver = find("silver").applied(np.random.default_rng(2).random((50, 3)).astype(np.float32))
    assert np.ptp(silver, axis=-1).max() < 1e-4


@pytest.mark.parametrize("processor", ALL, ids=lambda one: one.name)
def test_the_contract_of_a_post_processor_is_kept(processor):
    check_postprocessor(processor)
