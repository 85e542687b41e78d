"""Every deliberate fault of a face detector is caught by the sentence that is for it."""

import random

import pytest

from promptkit.errors import ContractError, ModelError
from promptkit.interfaces import Face
from promptkit.testing import check_face_detector


class Passport:
    """Finds a face in the middle."""

    name = "passport"

    def detect(self, image, *, model="", sha256=""):
        width, height = image.size
        return [Face(box=(0.25 * width, 0.25 * height, 0.75 * width, 0.75 * height))]


class Nameless(Passport):
    """Has no name."""

    name = ""


class Tuples(Passport):
    """Gives boxes alone."""

    def detect(self, image, *, model="", sha256=""):
        return [face.box for face in super().detect(image)]


class Nothing(Passport):
    """Gives nothing."""

    def detect(self, image, *, model="", sha256=""):
        return None


class Outside(Passport):
    """Believes that every picture is large."""

    def detect(self, image, *, model="", sha256=""):
        return [Face(box=(40, 40, 60, 60))]


class ThreePoints(Passport):
    """Has three landmarks where there is room for them."""

    def detect(self, image, *, model="", sha256=""):
        (face,) = super().detect(image)
        return [Face(box=face.box, landmarks=((1, 1), (2, 1), (1.5, 2)) if image.width == 33 else ())]


class Unsure(Passport):
    """Divides by nothing in flat pictures."""

    def detect(self, image, *, model="", sha256=""):
        return [Face(box=(0, 0, *image.size), score=float("nan"))]


class Crowd(Passport):
    """Finds a face in every pixel."""

    def detect(self, image, *, model="", sha256=""):
        return [Face(box=(x, y, x + 1, y + 1)) for x in range(image.width) for y in range(image.height)]


class Dicing(Passport):
    """Draws from global state."""

    def detect(self, image, *, model="", sha256=""):
        return [Face(box=(0, 0, 1, 1), score=random.random())]


class Painting(Passport):
    """Paints on the picture that it is given."""

    def detect(self, image, *, model="", sha256=""):
        image.putpixel((0, 0), (255, 0, 255))
        return super().detect(image)


FAULTS = {
    Nameless: "has a name and a docstring",
    Tuples: "finds faces, or none",
    Nothing: "finds faces, or none",
    Outside: "finds faces in pictures of any size",
    ThreePoints: "finds faces in pictures of any size",
    Unsure: "finds faces, or none",
    Crowd: "finds faces, or none",
    Dicing: "finds the same again",
    Painting: "keeps the picture that it is given",
}


@pytest.mark.parametrize(("fault", "contract"), FAULTS.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_faults_of_face_detectors_are_caught(fault, contract):
    with pytest.raises(ContractError) as error:
        check_face_detector(fault())
    assert contract in [made.name for made in error.value.report.broken]


def test_a_sound_detector_passes():
    assert all(made.ok for made in check_face_detector(Passport()).checks)


def test_one_that_wants_a_file_is_not_tried_without():
    class Wanting(Passport):
        """Needs a file."""

        def detect(self, image, *, model="", sha256=""):
            if not model:
                raise ModelError("It needs a file.", hint="Give one.")
            return super().detect(image)

    report = check_face_detector(Wanting())
    assert [(made.name, made.detail) for made in report.checks if made.ok is None] == [
        ("finds faces, or none", "It needs a file. Give one.")
    ]
    assert all(made.ok for made in check_face_detector(Wanting(), model="there.onnx").checks)
