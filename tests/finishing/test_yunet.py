"""YuNet runs through OpenCV's real FaceDetectorYN, on a file of the same inputs and outputs that finds white squares."""

import hashlib
import subprocess
import sys

import pytest
from PIL import Image

from promptkit.errors import ModelError, SettingsError
from promptkit.finishing.yunet import LONGEST, YuNet
from promptkit.testing import check_face_detector

from .onnx_files import HALF, POINTS, white_square_detector


@pytest.fixture
def model(tmp_path):
    return written(tmp_path / "squares.onnx", white_square_detector(640, 640))


def written(path, data):
    path.write_bytes(data)
    return {"model": str(path), "sha256": hashlib.sha256(data).hexdigest()}


def squares(size, *corners, side=8):
    image = Image.new("RGB", size)
    for left, top in corners:
        image.paste((255, 255, 255), (left, top, left + side, top + side))
    return image


def test_box_and_landmarks_come_in_pixels_of_the_picture(model):
    (face,) = YuNet().detect(squares((320, 256), (80, 40)), **model)
    assert face.box == pytest.approx((84 - 8 * HALF, 44 - 8 * HALF, 84 + 8 * HALF, 44 + 8 * HALF), abs=0.01)
    assert list(face.landmarks) == [pytest.approx((84 + 8 * x, 44 + 8 * y)) for x, y in POINTS]
    assert 0.9 < face.score <= 1


def test_all_faces_are_found(model):
    faces = YuNet().detect(squares((321, 255), (80, 40), (240, 160), (8, 200)), **model)
    assert sorted(round(face.box[0]) for face in faces) == [-4, 68, 228]


def test_large_pictures_are_looked_at_in_a_smaller_size(model):
    (face,) = YuNet().detect(squares((3 * LONGEST, 600), (2400, 240), side=24), **model)
    assert face.box == pytest.approx((2412 - 48, 252 - 48, 2412 + 48, 252 + 48), abs=0.1)


def test_the_recipe_keeps_the_version_of_opencv():
    import cv2

    assert YuNet().facts() == {"opencv": cv2.__version__}


def test_no_face_is_no_error(model):
    assert YuNet().detect(squares((64, 64)), **model) == []


def test_it_keeps_the_contract(model):
    check_face_detector(YuNet(), model=model["model"], sha256=model["sha256"], examples=10)


def test_without_its_file_it_is_not_tried():
    report = check_face_detector(YuNet())
    assert next(made.detail for made in report.checks if made.ok is None).startswith("The face detector 'yunet' wants")


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"model": ""}, SettingsError, "wants detector_model"),
        ({"sha256": ""}, SettingsError, "wants detector_sha256"),
        ({"sha256": "abc"}, SettingsError, "is no SHA-256"),
        ({"sha256": "0" * 64}, ModelError, "is not the file it should be"),
        ({"model": "nowhere/yunet.onnx"}, ModelError, "is not there"),
    ],
)
def test_a_file_that_is_not_the_one_is_refused_before_and_at_work(model, change, error, said):
    for call in (
        YuNet().check_model,
        lambda model, sha256: YuNet().detect(squares((9, 9)), model=model, sha256=sha256),
    ):
        with pytest.raises(error, match=said) as caught:
            call(**{**model, **change})
        assert caught.value.hint


def test_a_folder_and_another_kind_of_file_are_refused(tmp_path):
    pickled = written(tmp_path / "yunet.pt", b"pickle")
    with pytest.raises(ModelError, match=r"is no \.onnx file"):
        YuNet().check_model(**pickled)
    with pytest.raises(ModelError, match="is a folder"):
        YuNet().check_model(str(tmp_path), pickled["sha256"])


@pytest.mark.parametrize("damage", ["", "cut", "garbage", "another"])
def test_what_opencv_cannot_run_is_a_model_error_and_nothing_on_stderr(tmp_path, damage, capfd):
    whole = white_square_detector(64, 64)
    data = {"": b"", "cut": whole[: len(whole) // 2], "garbage": bytes(range(256)) * 40,
            "another": whole.replace(b"cls_8", b"cls_9")}[damage]  # fmt: skip
    with pytest.raises(ModelError, match="cannot be run as a face detector") as error:
        YuNet().detect(squares((64, 64)), **written(tmp_path / "broken.onnx", data))
    assert error.value.hint
    assert capfd.readouterr().err == ""


def test_a_changed_file_is_read_anew(model, tmp_path):
    YuNet().detect(squares((64, 64)), **model)
    (tmp_path / "squares.onnx").write_bytes(b"changed")
    with pytest.raises(ModelError, match="is not the file it should be"):
        YuNet().detect(squares((64, 64)), **model)


def test_importing_it_imports_no_opencv():
    code = "import promptkit.finishing.yunet, promptkit.finishing.cascade, sys; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
