"""The contract of a face detector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promptkit.errors import ModelError, SettingsError
from promptkit.finishing.found import fault_of
from promptkit.interfaces import FaceDetector
from promptkit.testing.contract import Contract, Finding, Report, check_registered, require
from promptkit.testing.drawn import content, of, picture, pictures, strategies

if TYPE_CHECKING:
    from PIL.Image import Image

ENOUGH = 1000
"""Faces that a small picture cannot hold."""


def check_face_detector(
    detector: FaceDetector, *, model: str = "", sha256: str = "", examples: int = 20, seconds: float = 20.0
) -> Report:
    """Check that a face detector finds faces, or none, in any RGB picture from 1×1 on, and leaves that as it was.

    ``model`` and ``sha256`` are what the detector is given; one that wants a file and is given none is not tried
    further. Whether it finds the faces that there are is for its own tests. Raises ContractError.
    """
    contract = Contract(f"face detector '{getattr(detector, 'name', '?')}'", seconds=seconds)
    contract.check("has a name and a docstring", lambda: check_registered(detector, "register_face_detectors"))

    def detected(image: Image) -> Any:
        return contract.call(
            f"detect({of(image)})",
            lambda: list(detector.detect(image, model=model, sha256=sha256)),
            cure="Return a list of promptkit.interfaces.Face; an empty one where there is none.",
            refusals=(ModelError, SettingsError),
        )

    def finds_faces(image: Image) -> None:
        found = detected(image.copy())
        require(len(found) <= ENOUGH, f"detect({of(image)}) gave {len(found)} faces", "Merge boxes of one face.")
        fault = next((fault for fault in (fault_of(face, image.size) for face in found) if fault), "")
        if fault:
            raise Finding(f"of a face of detect({of(image)}): {fault}", "promptkit.interfaces.Face says what it holds.")

    def repeats(image: Image) -> None:
        first, second = detected(image.copy()), detected(image.copy())
        require(first == second, f"detect({of(image)}) found other faces the second time", "Draw nothing from chance.")

    def keeps_its_picture(image: Image) -> None:
        before = content(image)
        detected(image)
        require(content(image) == before, f"detect({of(image)}) changed its picture", "Work on image.copy().")

    if contract.check("finds faces, or none", lambda: finds_faces(picture("RGB", (64, 48), 1))):
        case = strategies().tuples(pictures(("RGB",)))
        for name, probe in (
            ("finds faces in pictures of any size", finds_faces),
            ("finds the same again", repeats),
            ("keeps the picture that it is given", keeps_its_picture),
        ):
            contract.every(name, case, probe, examples=examples)
    return contract.close()
