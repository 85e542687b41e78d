"""Find faces with five landmarks by YuNet, a network that OpenCV runs from a file of the user's.

Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20, 2023. OpenCV's model
zoo has its file, ``face_detection_yunet_….onnx``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from string import hexdigits
from typing import TYPE_CHECKING, Any

from promptkit.errors import ModelError, SettingsError
from promptkit.extras import need
from promptkit.finishing.views import small
from promptkit.interfaces import Face
from promptkit.names import shortened

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST = 1024
"""The longer side in pixels of what is looked at."""
SURE = 0.7
"""The score, 0 to 1, from which on it is a face."""
SHARED = 0.3
"""Intersection over union from which on two boxes are one face."""
MOST = 1000
MAX_BYTES = 64 << 20
WHERE = "Download face_detection_yunet_2023mar.onnx from OpenCV's model zoo, and write its path and its SHA-256: "
EXAMPLE = "face:detector=yunet;detector_model=yunet.onnx;detector_sha256=…"


class YuNet:
    """Finds faces of any pose with five landmarks; wants the file of its network and the hash of that."""

    name = "yunet"
    summary = "finds faces and five landmarks by OpenCV; wants the network's .onnx file and its SHA-256"

    def check_model(self, model: str, sha256: str) -> None:
        """Raise SettingsError where OpenCV is missing, and ModelError for a file that is not there or not the one that
        was hashed."""
        need("cv2", "opencv-python-headless", "finish", "The face detector 'yunet'")
        _checked(model, sha256)

    def facts(self) -> dict[str, str]:
        import cv2

        return {"opencv": cv2.__version__}

    def detect(self, image: Image, *, model: str = "", sha256: str = "") -> Sequence[Face]:
        """Return the faces; ``score`` lies in 0 to 1. Raises what ``check_model`` does, and ModelError for a file that
        OpenCV cannot run."""
        import numpy as np

        self.check_model(model, sha256)
        looked, factor = small(image, LONGEST)
        rows = _found(_checked(model, sha256), Path(model).name, np.asarray(looked)[..., ::-1])
        return [_face(row, factor) for row in rows]


def _face(row: Sequence[float], factor: int) -> Face:
    """Return a face of OpenCV's fifteen numbers: corner, width, height, five points, score."""
    left, top, width, height, *rest = (float(number) * factor for number in row[:14])
    points = tuple(zip(rest[::2], rest[1::2], strict=True))
    return Face(box=(left, top, left + width, top + height), landmarks=points, score=float(row[14]))


def _found(data: bytes, name: str, pixels: Any) -> Any:
    """Run the network on uint8 (height, width, BGR); return (faces, 15). Raises ModelError."""
    import cv2
    import numpy as np

    height, width, _ = pixels.shape
    try:
        with _silence():
            detector = cv2.FaceDetectorYN.create(
                "onnx", np.frombuffer(data, np.uint8), np.empty(0, np.uint8), (width, height), SURE, SHARED, MOST
            )
            _, found = detector.detect(np.ascontiguousarray(pixels))
    except cv2.error as error:
        raise ModelError(
            f"'{shortened(name)}' cannot be run as a face detector: {_said(error)}",
            hint="Use a YuNet file for OpenCV's FaceDetectorYN, such as face_detection_yunet_2023mar.onnx.",
        ) from error
    return np.empty((0, 15)) if found is None else found


@contextmanager
def _silence() -> Iterator[None]:
    """Keep OpenCV from writing to stderr: what it has to say comes as an error."""
    from cv2.utils import logging

    before = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        logging.setLogLevel(before)


def _said(error: Exception) -> str:
    """Return what OpenCV says, without the place in its code."""
    text = " ".join(str(error).split())
    return shortened(text.partition("error: ")[2].partition(" in function")[0] or text)


def _checked(model: str, sha256: str) -> bytes:
    """Return what a file holds that is the one it should be. Raises SettingsError and ModelError."""
    if not model or not sha256:
        missing = "detector_sha256" if model else "detector_model"
        raise SettingsError(f"The face detector 'yunet' wants {missing}.", hint=WHERE + EXAMPLE)
    if len(sha256) != 64 or not set(sha256) <= set(hexdigits):
        raise SettingsError(
            f"detector_sha256={shortened(sha256)} is no SHA-256.", hint="It has 64 digits from 0-9 and a-f."
        )
    file = Path(model).expanduser()
    if not file.is_file() or file.suffix.lower() != ".onnx":
        there = "no .onnx file" if file.is_file() else "a folder" if file.is_dir() else "not there"
        raise ModelError(f"The face detector's file '{shortened(model)}' is {there}.", hint=WHERE + EXAMPLE)
    status = file.stat()
    if status.st_size > MAX_BYTES:
        raise ModelError(f"'{shortened(file.name)}' has {status.st_size} bytes.", hint="A YuNet file has under 1 MB.")
    data = _read(str(file.resolve()), status.st_mtime_ns, status.st_size)
    found = hashlib.sha256(data).hexdigest()
    if found != sha256.lower():
        raise ModelError(
            f"'{shortened(file.name)}' is not the file it should be: its SHA-256 is {found}, and {sha256.lower()} was "
            "asked for.",
            hint="Download it anew from its publisher, and compare the hash that is published with it.",
        )
    return data


@lru_cache(maxsize=1)
def _read(path: str, _modified: int, _size: int) -> bytes:
    return Path(path).read_bytes()
