"""The built-in post-processors and face detectors, as an ordinary plugin."""

from __future__ import annotations

from collections.abc import Sequence

from promptkit.hookspecs import hookimpl
from promptkit.interfaces import FaceDetector, PostProcessor


@hookimpl(trylast=True)
def register_postprocessors() -> Sequence[PostProcessor]:
    return []


@hookimpl(trylast=True)
def register_face_detectors() -> Sequence[FaceDetector]:
    return []
