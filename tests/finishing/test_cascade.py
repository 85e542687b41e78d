"""The cascade finds the face of a photograph, at other sizes and angles, and none where none is."""

import random
from itertools import starmap

import numpy as np
import pytest
from PIL import Image

from promptkit.embedded.scenes.render import render
from promptkit.embedded.scenes.scene import draw_scene
from promptkit.errors import SettingsError
from promptkit.finishing.cascade import SURE, Cascade
from promptkit.testing import check_face_detector

from .portraits import BOX, noisy, portrait, scaled


def shared(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    area = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    common = max(width, 0) * max(height, 0)
    return common / (area - common)


def check_found(image, *boxes):
    faces = Cascade().detect(image)
    assert len(faces) == len(boxes)
    for box in boxes:
        assert max(shared(face.box, box) for face in faces) > 0.75
    assert all(face.score >= SURE and face.landmarks == () for face in faces)


def test_it_finds_the_one_face_of_a_photograph_and_nothing_in_its_suit():
    check_found(portrait(), BOX)


def test_in_the_mirror_it_finds_the_same():
    image = scaled(0.5)
    (face,) = Cascade().detect(image)
    (other,) = Cascade().detect(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert other.box == pytest.approx((256 - face.box[2], face.box[1], 256 - face.box[0], face.box[3]), abs=1.5)


@pytest.mark.parametrize("factor", [0.3, 3.0])
def test_at_other_sizes(factor):
    check_found(scaled(factor), tuple(factor * edge for edge in BOX))


@pytest.mark.parametrize("degrees", [8, -12])
def test_turned_a_little(degrees):
    turn = np.radians(degrees)
    x, y = (BOX[0] + BOX[2]) / 2 - 256, (BOX[1] + BOX[3]) / 2 - 256
    centre = 256 + x * np.cos(turn) + y * np.sin(turn), 256 - x * np.sin(turn) + y * np.cos(turn)
    box = centre[0] - 50, centre[1] - 50, centre[0] + 50, centre[1] + 50
    check_found(portrait().rotate(degrees, Image.Resampling.BICUBIC), box)


def test_in_noise():
    check_found(noisy(20), BOX)


def test_three_faces_of_three_sizes():
    ground = Image.new("RGB", (600, 400), (90, 110, 80))
    head = portrait().crop((120, 20, 330, 260))
    boxes = []
    for factor, left, top in ((0.5, 20, 30), (1.0, 180, 100), (0.7, 430, 60)):
        ground.paste(head.resize((round(210 * factor), round(240 * factor))), (left, top))
        edges = [(edge - start) * factor for edge, start in zip(BOX, (120, 20, 120, 20), strict=True)]
        boxes.append((edges[0] + left, edges[1] + top, edges[2] + left, edges[3] + top))
    check_found(ground, *boxes)


def test_no_face_in_scenes_that_have_none():
    scenes = ((draw_scene(rng), rng, 128) for rng in map(random.Random, range(15)))
    assert [faces for faces in map(Cascade().detect, starmap(render, scenes)) if faces] == []


def test_no_face_in_surfaces():
    from skimage import data

    for image in (data.brick(), data.coffee(), data.coins()):
        assert Cascade().detect(Image.fromarray(image).convert("RGB").reduce(2)) == []


def test_it_keeps_the_contract():
    check_face_detector(Cascade(), examples=10)


def test_it_wants_no_model():
    with pytest.raises(SettingsError, match="takes no model") as error:
        Cascade().detect(portrait(), model="yunet.onnx")
    assert error.value.hint


def test_without_scikit_image_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("promptkit.extras.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="scikit-image") as error:
        Cascade().check_model("", "")
    assert "promptkit[finish]" in error.value.hint
