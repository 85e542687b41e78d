"""Faces: found, restored by a network of the user's or retouched without one, and blended back."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.errors import GenerationError, PromptkitError, SettingsError
from promptkit.finishing.align import Frame, by_box, put, restoring, taken
from promptkit.finishing.found import landmarks_of, sound_faces
from promptkit.finishing.restore import restored
from promptkit.finishing.retouch import retouched, usual_landmarks
from promptkit.finishing.views import small
from promptkit.finishing.weights import Network, check_file, load_model
from promptkit.interfaces import MODES, Face, FaceDetector, FaceDetectorFacts, FaceModelCheck, Processed, Setting

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

RESTORER = "face restorer"
AROUND = 1.4
"""How many times wider than a face's box the part is that is retouched: a box ends at the brows and the chin."""
LARGEST = 1024
"""The side in pixels from which on a face is retouched in a smaller size; what it leaves out of detail stays."""
DETECTED = 4096
"""The longer side in pixels of what a detector is handed at most."""
NONE_FOUND = "No face was found."


@dataclass(frozen=True, kw_only=True)
class Worked:
    """What became of a face."""

    frame: Frame
    before: NDArray[Any]
    made: NDArray[Any]
    """Both float32 (side, side, 3) in 0 to 1."""
    facts: Mapping[str, Any]


class Faces:
    """Restores faces by a network that is given, or retouches them where none is."""

    name = "face"
    summary = "restores faces by a model of yours, or retouches them without one"
    modes = MODES
    settings = (
        Setting(name="strength", default=0.8, least=0, most=1, summary="how much of what is made is blended in"),
        Setting(
            name="model", default="", file=True,
            summary="a restorer that spandrel knows, such as GFPGAN: a .safetensors or .pth file; empty to retouch",
        ),
        Setting(name="sha256", default="", summary="what the model's file must hash to; a .pth needs it"),
        Setting(name="detector", default="cascade", registered="face_detector", summary="what finds the faces"),
        Setting(name="detector_model", default="", file=True, summary="a file that the detector needs"),
        Setting(name="detector_sha256", default="", summary="what the detector's file must hash to"),
        Setting(name="least", default=32, least=1, most=4096, summary="pixels a face is wide, at least"),
        Setting(name="most", default=20, least=1, most=1000, summary="how many faces, the largest first"),
    )  # fmt: skip

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """Raise what ``weights.check_file`` and the detector's ``check_model`` raise, and SettingsError for a hash
        without a model and for no detector."""
        detector: FaceDetector = settings["detector"]
        if not detector:
            raise SettingsError("'face' has no detector.", hint="Write face:detector=cascade, or leave it out.")
        if isinstance(detector, FaceModelCheck):
            detector.check_model(settings["detector_model"], settings["detector_sha256"])
        if settings["model"]:
            check_file(settings["model"], settings["sha256"], RESTORER)
        elif settings["sha256"]:
            raise SettingsError("'face' has a sha256 and no model.", hint="Add model=, or leave sha256 out.")

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Processed:  # noqa: ARG002
        """Return the picture with its faces restored or retouched, and who was left alone."""
        faces, said = _detected(image, settings)
        large = [face for face in faces if _width(face) >= settings["least"]]
        chosen = large[: settings["most"]]
        facts = {**_facts(settings["detector"]), "found": len(faces)}
        skipped = _skipped(len(faces) - len(large), settings["least"], len(large) - len(chosen), said)
        if not chosen:
            return Processed(
                image=image, note=" ".join([NONE_FOUND] if not faces else skipped), done=False, facts=facts
            )
        network = load_model(settings["model"], settings["sha256"], RESTORER) if settings["model"] else None
        made = image.copy()
        worked = [_blended(made, face, network, settings["strength"]) for face in chosen]
        facts |= {"method": "retouch" if network is None else "restorer", "faces": worked}
        facts |= {} if network is None else network.facts()
        red = sum(one.get("red_eyes", 0) for one in worked)
        note = f"{_counted(len(chosen))} {'retouched' if network is None else 'restored'}"
        return Processed(image=made, note=" ".join([f"{note}{_red(red)}.", *skipped]), facts=facts)


def _detected(image: Image, settings: Mapping[str, Any]) -> tuple[list[Face], str]:
    """Ask the detector on an RGB picture; return the faces in the picture's pixels, and what was odd about them.

    Raises GenerationError where it fails.
    """
    detector: FaceDetector = settings["detector"]
    looked, factor = small(image, DETECTED)
    try:
        given = looked.copy() if looked is image else looked
        found = detector.detect(given, model=settings["detector_model"], sha256=settings["detector_sha256"])
        faces, said = sound_faces(found, looked.size)
    except PromptkitError:
        raise
    except Exception as error:
        raise GenerationError(
            f"The face detector '{detector.name}' failed: {type(error).__name__}: {error}",
            hint="Choose another, such as face:detector=cascade, or update its plugin.",
        ) from error
    return [_grown(face, factor) for face in faces], said


def _facts(detector: FaceDetector) -> dict[str, Any]:
    """Return what a recipe keeps of how faces were found."""
    import PIL

    more = detector.facts() if isinstance(detector, FaceDetectorFacts) else {}
    return {"detector": detector.name, **more, "pillow": PIL.__version__}


def _grown(face: Face, factor: int) -> Face:
    left, top, right, bottom = (edge * factor for edge in face.box)
    points = tuple((x * factor, y * factor) for x, y in face.landmarks)
    return Face(box=(left, top, right, bottom), landmarks=points, score=face.score)


def _width(face: Face) -> float:
    return min(face.box[2] - face.box[0], face.box[3] - face.box[1])


def _skipped(small: int, least: int, many: int, said: str) -> list[str]:
    """Say which faces were left alone, a sentence each."""
    return [
        sentence
        for sentence, there in (
            (f"{_counted(small)} smaller than {least} pixels left alone.", small),
            (f"{_counted(many)} more left alone.", many),
            (f"Of what the detector gave: {said}.", said),
        )
        if there
    ]


def _red(eyes: int) -> str:
    return f", {eyes} red eye{'' if eyes == 1 else 's'} corrected" if eyes else ""


def _counted(faces: int) -> str:
    return f"{faces} face{'' if faces == 1 else 's'}"


def _blended(image: Image, face: Face, network: Network | None, strength: float) -> dict[str, Any]:
    """Work on a face in the very picture; return what a recipe keeps of it."""
    worked = _retouched(image, face) if network is None else _restored(image, face, network)
    put(image, worked.frame, worked.made, worked.before, strength)
    box = [round(edge) for edge in face.box]
    return {"box": box, "landmarks": bool(landmarks_of(face)), "score": round(face.score, 3), **worked.facts}


def _restored(image: Image, face: Face, network: Network) -> Worked:
    frame = restoring(face, image.size)
    before = taken(image, frame)
    return Worked(frame=frame, before=before, made=restored(network, before), facts={})


def _retouched(image: Image, face: Face) -> Worked:
    frame = by_box(face, image.size, factor=AROUND, most=LARGEST)
    before = taken(image, frame)
    points = landmarks_of(face) or usual_landmarks(face.box)
    done = retouched(before, [frame.place(point) for point in points])
    facts = {"noise": round(done.noise, 2), "red_eyes": done.red_eyes}
    return Worked(frame=frame, before=before, made=done.pixels, facts=facts)
