"""The retouch takes out noise and red eyes, and leaves a face that has neither nearly as it was."""

import numpy as np
import pytest
from PIL import Image

from promptkit.finishing.align import by_box, put, taken
from promptkit.finishing.retouch import noise_of, retouched, usual_landmarks
from promptkit.interfaces import Face

from .portraits import BOX, LANDMARKS, noisy, portrait, with_red_eyes

FRAME = by_box(Face(box=BOX), (512, 512), factor=1.4)
POINTS = [FRAME.place(point) for point in usual_landmarks(BOX)]
INSIDE = (slice(67, 167), slice(173, 273))


def done(image):
    before = taken(image, FRAME)
    found = retouched(before, POINTS)
    made = image.copy()
    put(made, FRAME, found.pixels, before, 1.0)
    return found, np.asarray(made, float)


def psnr(one, other):
    return 10 * np.log10(255**2 / np.mean((one[INSIDE] - other[INSIDE]) ** 2))


@pytest.mark.parametrize(("sigma", "gain"), [(5, 1.5), (10, 3.5), (20, 5), (30, 6)])
def test_noise_goes_and_the_face_comes_nearer_to_what_it_was(sigma, gain):
    clean, image = np.asarray(portrait(), float), noisy(sigma)
    found, made = done(image)
    assert psnr(made, clean) > psnr(np.asarray(image, float), clean) + gain
    assert found.red_eyes == 0


def test_noise_is_measured_where_a_face_is_smooth():
    flat = np.full((128, 128, 3), 0.5) + np.random.default_rng(0).normal(0, 0.04, (128, 128, 3))
    assert noise_of(flat) == pytest.approx(0.04 / np.sqrt(3), rel=0.15)
    assert noise_of(np.full((128, 128, 3), 0.5)) == 0
    assert noise_of(flat[:4, :4]) == 0


def test_a_clean_face_stays_nearly_as_it_was():
    _, made = done(portrait())
    assert psnr(made, np.asarray(portrait(), float)) > 37


def test_red_eyes_get_dark_and_nothing_else_is_changed_by_that():
    red, plain = with_red_eyes(), portrait()
    found, made = done(red)
    assert found.red_eyes == 2
    for x, y in LANDMARKS[:2]:
        spot = made[int(y) - 3 : int(y) + 3, int(x) - 3 : int(x) + 3].mean(axis=(0, 1))
        assert spot[0] < spot[1:].mean() + 12
        assert np.asarray(red, float)[int(y), int(x), 0] == 200
    away = np.ones((512, 512), bool)
    away[85:120, 185:265] = False
    assert np.abs(made[away] - done(plain)[1][away]).max() <= 1


@pytest.mark.parametrize("place", [(222, 90), (224, 146), (190, 140)])
def test_what_is_red_elsewhere_in_a_face_stays_red(place):
    image = portrait().copy()
    image.paste((200, 40, 40), (place[0] - 4, place[1] - 4, place[0] + 4, place[1] + 4))
    found, made = done(image)
    assert found.red_eyes == 0
    assert made[place[1], place[0], 0] > 180


def test_a_red_strap_over_an_eye_is_no_pupil():
    image = portrait().copy()
    image.paste((200, 40, 40), (180, 98, 230, 106))
    assert done(image)[0].red_eyes == 0


def test_black_and_white_faces_are_cleaned_too():
    grey = noisy(15).convert("L").convert("RGB")
    clean = np.asarray(portrait().convert("L").convert("RGB"), float)
    _, made = done(grey)
    assert psnr(made, clean) > psnr(np.asarray(grey, float), clean) + 2
    assert np.ptp(made[INSIDE], axis=2).max() <= 1


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_faces_of_a_few_pixels(size):
    face = np.asarray(portrait().resize((size, size)), np.float32) / 255
    found = retouched(face, [(x * size, y * size) for x, y in usual_landmarks((0, 0, 1, 1))])
    assert found.pixels.shape == (size, size, 3)
    assert np.isfinite(found.pixels).all()


def test_the_usual_landmarks_are_near_those_of_the_photograph():
    assert np.abs(np.asarray(usual_landmarks(BOX)) - np.asarray(LANDMARKS)).max() < 12


def test_the_pictures_of_a_face_are_not_changed():
    face = np.asarray(Image.fromarray(np.asarray(with_red_eyes())[47:187, 153:293]), np.float32) / 255
    kept = face.copy()
    retouched(face, POINTS)
    assert (face == kept).all()
