"""A face is brought to its restorer's place and put back, and nothing else is touched."""

import numpy as np
import pytest
from PIL import Image

from promptkit.finishing.align import EDGE, SIDE, TEMPLATE, by_box, put, restoring, similarity, taken
from promptkit.interfaces import MODES, Face

from .portraits import BOX, FACE, LANDMARKS, in_mode, portrait, scaled

BOXED = Face(box=BOX)


def grown(factor):
    return Face(
        box=tuple(factor * edge for edge in BOX), landmarks=tuple((factor * x, factor * y) for x, y in LANDMARKS)
    )


def within(frame, size):
    """Say of each pixel whether the mask of a frame can touch it."""
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    u, v = np.tensordot(frame.into[:, :2], np.stack([x, y]), 1) + frame.into[:, 2, None, None]
    half = frame.side / 2
    return np.maximum(np.abs(u - half), np.abs(v - half)) < EDGE * half


@pytest.mark.parametrize("degrees", [0, 30, 180])
def test_umeyama_finds_the_similarity_that_made_the_points(degrees):
    turn = np.radians(degrees)
    matrix = 0.37 * np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    moved = np.asarray(LANDMARKS) @ matrix.T + (12, -7)
    assert similarity(LANDMARKS, moved) == pytest.approx(np.column_stack([matrix, (12, -7)]))


def test_umeyama_agrees_with_scikit_image():
    from skimage.transform import SimilarityTransform

    theirs = SimilarityTransform.from_estimate(np.asarray(LANDMARKS), np.asarray(TEMPLATE))
    assert similarity(LANDMARKS, TEMPLATE) == pytest.approx(theirs.params[:2])


def test_umeyama_never_mirrors():
    mirrored = [(-x, y) for x, y in LANDMARKS]
    assert np.linalg.det(similarity(LANDMARKS, mirrored)[:, :2]) > 0


def test_landmarks_in_one_place_are_an_error():
    with pytest.raises(ValueError, match="in one place"):
        similarity([(3, 3)] * 5, TEMPLATE)


def test_landmarks_come_to_lie_where_the_template_has_them():
    turn = np.radians(20)
    matrix = 0.4 * np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    points = np.asarray(TEMPLATE) @ matrix.T + (150, 100)
    image = Image.new("RGB", (512, 512))
    for x, y in points:
        image.paste((255, 255, 255), (round(x) - 3, round(y) - 3, round(x) + 3, round(y) + 3))
    face = Face(box=(*points.min(0), *points.max(0)), landmarks=tuple(map(tuple, points.tolist())))
    light = taken(image, restoring(face, image.size))[..., 0]
    for x, y in TEMPLATE:
        rows, columns = np.nonzero(light[round(y) - 20 : round(y) + 20, round(x) - 20 : round(x) + 20] > 0.5)
        assert (columns.mean() + 0.5, rows.mean() + 0.5) == (pytest.approx(20, abs=2), pytest.approx(20, abs=2))


def test_without_landmarks_the_box_comes_near_the_template():
    frame = restoring(BOXED, (512, 512))
    eyes = [frame.place(point) for point in LANDMARKS[:2]]
    assert np.abs(np.asarray(eyes) - np.asarray(TEMPLATE[:2])).max() < 24


@pytest.mark.parametrize(
    "landmarks", [((5, 5),) * 5, ((1e6, 1e6),) * 2 + LANDMARKS[2:], tuple((-x, y) for x, y in LANDMARKS)]
)
def test_impossible_landmarks_are_not_used(landmarks):
    face = Face(box=BOX, landmarks=landmarks)
    assert restoring(face, (512, 512)).into == pytest.approx(restoring(BOXED, (512, 512)).into)


@pytest.mark.parametrize("factor", [1, 2, 4])
@pytest.mark.parametrize("known", [True, False])
def test_there_and_back_changes_little_within_and_nothing_outside(factor, known):
    image = scaled(factor) if factor > 1 else portrait()
    face = grown(factor) if known else Face(box=grown(factor).box)
    frame = restoring(face, image.size)
    before, back = taken(image, frame), image.copy()
    put(back, frame, before, before, 1.0)
    changed = np.abs(np.asarray(back, int) - np.asarray(image, int))
    inside = within(frame, image.size)
    assert changed[inside].mean() < 2
    assert changed[~inside].max() == 0


def test_upright_and_pixel_for_pixel_there_and_back_is_the_same_picture():
    frame = by_box(BOXED, (512, 512), factor=1.4)
    before, back = taken(portrait(), frame), portrait().copy()
    assert (before == np.asarray(portrait(), np.float32)[47:187, 153:293] / np.float32(255)).all()
    put(back, frame, before, before, 1.0)
    assert back.tobytes() == portrait().tobytes()


@pytest.mark.parametrize("mode", MODES)
def test_what_is_made_is_blended_in_every_mode_and_the_rest_keeps_its_bits(mode):
    image = in_mode(portrait(), mode)
    frame = restoring(FACE, image.size)
    before = taken(image, frame)
    made, kept = image.copy(), np.asarray(image)
    put(made, frame, 1 - before, before, 1.0)
    found, inside = np.asarray(made), within(frame, image.size)
    assert (made.mode, made.size) == (mode, image.size)
    assert (found[~inside] == kept[~inside]).all()
    middle = found[110:120, 215:225].astype(float), kept[110:120, 215:225].astype(float)
    most = 65535 if mode == "I;16" else 255
    channels = slice(0, 3) if mode in ("RGB", "RGBA") else slice(0, 1)
    middle = [one.reshape(100, -1)[:, channels].mean() for one in middle]
    assert middle[0] == pytest.approx(most - middle[1], abs=most / 50)
    if mode in ("RGBA", "LA"):
        assert (found[..., -1] == kept[..., -1]).all()


def test_half_the_strength_goes_half_the_way():
    frame = restoring(FACE, (512, 512))
    before = taken(portrait(), frame)
    whole, half = portrait().copy(), portrait().copy()
    put(whole, frame, before * 0.5, before, 1.0)
    put(half, frame, before * 0.5, before, 0.5)
    between = (np.asarray(whole, float) + np.asarray(portrait(), float)) / 2
    assert np.abs(np.asarray(half, float) - between).max() <= 2


def test_a_large_face_keeps_detail_that_the_template_cannot_hold():
    image = scaled(10).crop((1400, 300, 3100, 2000))
    grain = np.random.default_rng(0).integers(-20, 20, (1700, 1700, 1))
    image = Image.fromarray(np.clip(np.asarray(image, int) + grain, 0, 255).astype(np.uint8))
    frame = restoring(Face(box=(330, 370, 1330, 1370)), image.size)
    assert frame.scale > 2
    before, back = taken(image, frame), image.copy()
    put(back, frame, before, before, 1.0)
    assert np.abs(np.asarray(back, int) - np.asarray(image, int)).max() <= 1


def test_what_a_face_has_beyond_the_border_is_the_border_repeated():
    image = portrait().crop((180, 90, 512, 512))
    frame = restoring(Face(box=(-7, -23, 93, 77)), image.size)
    found = taken(image, frame)
    assert found.shape == (SIDE, SIDE, 3)
    assert np.abs(found[0] - found[60]).max() < 0.02
    made = image.copy()
    put(made, frame, found, found, 1.0)
    assert np.abs(np.asarray(made, int) - np.asarray(image, int)).mean() < 1


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (7, 5)])
def test_faces_of_a_few_pixels(size):
    image = portrait().resize(size)
    for frame in (restoring(Face(box=(0, 0, *size)), size), by_box(Face(box=(0, 0, *size)), size, factor=1.4)):
        before = taken(image, frame)
        assert before.shape == (frame.side, frame.side, 3)
        put(image.copy(), frame, before, before, 1.0)
