"""What detectors give is looked at before it is believed."""

import itertools

import pytest

from promptkit.errors import GenerationError
from promptkit.finishing.found import MOST, merged, sound_faces
from promptkit.interfaces import Face

SIZE = (100, 80)
GOOD = Face(box=(10, 10, 30, 30))
NAN = float("nan")


@pytest.mark.parametrize(
    ("face", "said"),
    [
        ("a face", "it is str and no Face"),
        (Face(box=(1, 2, 3)), "no four finite numbers"),
        (Face(box=(0, 0, NAN, 5)), "no four finite numbers"),
        (Face(box=("0", "0", "1", "1")), "no four finite numbers"),
        (Face(box=(5, 5, 5, 9)), "ends before it begins"),
        (Face(box=(100, 0, 120, 20)), "outside of the picture of 100x80"),
        (Face(box=(-9, -9, -1, -1)), "outside of the picture"),
        (Face(box=(0, 0, 9, 9), landmarks=((1, 1),) * 3), "neither none nor 5 points"),
        (Face(box=(0, 0, 9, 9), landmarks=((1, NAN),) * 5), "no pairs of finite numbers"),
        (Face(box=(0, 0, 9, 9), landmarks=None), "neither none nor 5 points"),
        (Face(box=(0, 0, 9, 9), score=float("inf")), "no finite number"),
    ],
)
def test_a_face_that_is_none_is_left_out_and_told(face, said):
    faces, told = sound_faces([face, GOOD], SIZE)
    assert faces == [GOOD]
    assert said in told
    assert told.startswith("1 left out")


@pytest.mark.parametrize("found", [None, 7, "faces", {"box": 1}])
def test_what_is_no_list_of_faces_is_an_error(found):
    with pytest.raises(GenerationError, match="and no faces") as error:
        sound_faces(found, SIZE)
    assert error.value.hint


def test_of_endlessly_many_faces_some_are_read():
    faces, told = sound_faces((Face(box=(n % 10 * 10, 0, n % 10 * 10 + 8, 8)) for n in itertools.count()), SIZE)
    assert len(faces) == 10
    assert f"{MOST} were read" in told


def test_boxes_of_one_face_are_merged_and_the_surest_stays():
    sure, unsure = Face(box=(10, 10, 30, 30), score=0.9), Face(box=(12, 8, 34, 31), score=0.5)
    within, apart = Face(box=(14, 14, 20, 20), score=0.8), Face(box=(28, 10, 60, 42), score=0.1)
    assert merged([unsure, within, apart, sure]) == [apart, sure]


def test_the_order_of_a_detector_changes_nothing():
    faces = [Face(box=(x, y, x + 20, y + 20)) for x in (0, 15, 50) for y in (0, 15, 50)]
    kept = merged(faces)
    assert all(merged(order) == kept for order in (faces[::-1], faces[4:] + faces[:4]))
