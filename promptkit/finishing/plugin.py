"""The built-in post-processors and face detectors, as an ordinary plugin."""

from __future__ import annotations

from collections.abc import Sequence

from promptkit.finishing.canvas import Crop, Pad
from promptkit.finishing.cascade import Cascade
from promptkit.finishing.denoise import Denoise
from promptkit.finishing.face import Faces
from promptkit.finishing.grade import Grade
from promptkit.finishing.sharpen import Sharpen
from promptkit.finishing.strip import Strip
from promptkit.finishing.upscale import Upscale
from promptkit.finishing.yunet import YuNet
from promptkit.hookspecs import hookimpl
from promptkit.interfaces import FaceDetector, PostProcessor


@hookimpl(trylast=True)
def register_postprocessors() -> Sequence[PostProcessor]:
    return [
        Upscale(),
        Faces(),
        Denoise(),
        Sharpen(),
        Grade(),
        Crop(),
        Pad(),
        Strip(),
    ]


@hookimpl(trylast=True)
def register_face_detectors() -> Sequence[FaceDetector]:
    return [Cascade(), YuNet()]
