"""The step for faces: who is worked on, what is told, what is kept, and what a detector or restorer does wrong."""

import math
import random
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import skimage
from PIL import Image

from promptkit.errors import GenerationError, ModelError, SettingsError
from promptkit.finish import plan_chain, run_chain
from promptkit.finishing.cascade import Cascade
from promptkit.finishing.face import NONE_FOUND, Faces
from promptkit.finishing.found import MOST
from promptkit.finishing.weights import Network
from promptkit.finishing.yunet import YuNet
from promptkit.interfaces import MODES, Face
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.registry import Registry
from promptkit.testing import check_postprocessor

from .asking import ask
from .portraits import BOX, FACE, Knowing, in_mode, noisy, portrait, with_red_eyes

PLAIN = Image.new("RGB", (64, 64), (90, 120, 90))


def asked(image, detector=None, **settings):
    return ask(Faces(), image, detector=detector or Knowing(), **settings)


def touched(made, image):
    """Return left, top, right, bottom of what differs."""
    differs = np.asarray(made, float) != np.asarray(image, float)
    rows, columns = np.nonzero(differs.reshape(*differs.shape[:2], -1).any(axis=2))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def restoring_by(monkeypatch, run):
    """Let ``run`` stand for a loaded network."""
    import torch

    model = SimpleNamespace(parameters=lambda: iter([torch.zeros(1)]))
    descriptor = type("Descriptor", (), {"model": model, "__call__": lambda self, given: run(given)})()
    network = Network(descriptor=descriptor, file="fake.safetensors", sha256="0" * 64, architecture="Fake", scale=1)
    monkeypatch.setattr("promptkit.finishing.face.check_file", lambda *_: None)
    monkeypatch.setattr("promptkit.finishing.face.load_model", lambda *_: network)


def test_a_photograph_is_retouched_by_the_default_chain():
    registry = Registry(create_plugin_manager(entry_points=False))
    done = run_chain(noisy(15), plan_chain("face", registry), seed=0)
    (step,) = done.steps
    assert (done.failed, done.notes) == ((), ())
    assert step.note == "1 face retouched."
    (face,) = step.facts["faces"]
    assert face["box"] == pytest.approx(BOX, abs=4)
    assert 5 < face["noise"] < 15
    assert (step.facts["detector"], step.facts["found"], step.facts["method"]) == ("cascade", 1, "retouch")
    assert step.facts["scikit-image"] == skimage.__version__
    left, top, right, bottom = touched(done.image, noisy(15))
    assert 150 < left < right < 300
    assert 40 < top < bottom < 200


def test_red_eyes_are_told():
    made = asked(with_red_eyes(), strength=1.0)
    assert made.facts["faces"][0]["red_eyes"] == 2
    assert made.note == "1 face retouched, 2 red eyes corrected."


def test_no_face_is_said_and_nothing_is_done():
    made = ask(Faces(), PLAIN, detector=Cascade())
    assert (made.done, made.note) == (False, NONE_FOUND)
    assert made.image is PLAIN


def test_faces_that_are_small_or_too_many_are_left_alone_and_told():
    faces = [FACE, Face(box=(300, 300, 420, 420)), Face(box=(10, 10, 50, 50)), Face(box=(60, 10, 80, 30))]
    made = asked(noisy(20), Knowing(*faces), most=2)
    assert made.note == "2 faces retouched. 1 face smaller than 32 pixels left alone. 1 face more left alone."
    assert [face["box"] for face in made.facts["faces"]] == [[300, 300, 420, 420], list(BOX)]
    assert made.facts["found"] == 4
    small = asked(noisy(20), Knowing(*faces[2:]), least=64)
    assert (small.done, small.note) == (False, "2 faces smaller than 64 pixels left alone.")


def test_the_picture_that_is_given_stays_as_it_was_and_the_same_is_made_again():
    image = noisy(20)
    kept = image.tobytes()
    first, second = asked(image), asked(image)
    assert image.tobytes() == kept
    assert first.image.tobytes() == second.image.tobytes()
    assert first.facts == second.facts


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_kept_and_pixels_beyond_the_face_keep_their_bits(mode):
    image = in_mode(noisy(20), mode)
    made = asked(image, strength=1.0)
    assert (made.image.mode, made.image.size) == (mode, image.size)
    left, top, right, bottom = touched(made.image, image)
    assert 150 < left < right < 300
    assert 40 < top < bottom < 200
    if mode in ("RGBA", "LA"):
        assert made.image.getchannel("A").tobytes() == image.getchannel("A").tobytes()


def test_strength_nothing_changes_nothing():
    assert asked(noisy(20), strength=0.0).image.tobytes() == noisy(20).tobytes()


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (24, 24), (25, 700)])
@pytest.mark.parametrize("mode", MODES)
def test_small_and_narrow_pictures_have_no_face(size, mode):
    made = ask(Faces(), in_mode(portrait(), mode).resize(size), detector=Cascade())
    assert not made.done


def test_one_pixel_that_is_called_a_face_can_be_worked_on():
    made = asked(Image.new("RGB", (1, 1), (200, 30, 30)), Knowing(Face(box=(0, 0, 1, 1))), least=1)
    assert made.image.size == (1, 1)


def test_a_restorer_that_gives_back_what_it_gets_changes_next_to_nothing(monkeypatch):
    restoring_by(monkeypatch, lambda given: given)
    for face in (FACE, Face(box=BOX)):
        made = asked(portrait(), Knowing(face), strength=1.0, model="fake.safetensors")
        changed = np.abs(np.asarray(made.image, int) - np.asarray(portrait(), int))
        assert changed[67:167, 173:273].mean() < 2
        assert made.note == "1 face restored."
        assert (made.facts["method"], made.facts["architecture"], made.facts["sha256"]) == (
            "restorer",
            "Fake",
            "0" * 64,
        )


def test_what_a_restorer_makes_is_blended_in_where_the_face_is(monkeypatch):
    restoring_by(monkeypatch, lambda given: given * 0 + 0.5)
    made = np.asarray(asked(portrait(), strength=1.0, model="fake.safetensors").image, int)
    assert (np.abs(made[100:140, 205:240] - 128) <= 1).all()
    half = np.asarray(asked(portrait(), strength=0.5, model="fake.safetensors").image, int)
    between = (made + np.asarray(portrait(), int)) / 2
    assert np.abs(half - between).max() <= 2


def test_a_restorer_that_enlarges_is_brought_back_to_the_size(monkeypatch):
    import torch

    restoring_by(monkeypatch, lambda given: torch.nn.functional.interpolate(given, scale_factor=2, mode="bilinear"))
    made = asked(portrait(), strength=1.0, model="fake.safetensors")
    changed = np.abs(np.asarray(made.image, int) - np.asarray(portrait(), int))
    assert changed[67:167, 173:273].mean() < 3


@pytest.mark.parametrize("made", [lambda given: given * math.nan, lambda given: given[:, :1]])
def test_a_restorer_that_gives_nonsense_is_an_error(monkeypatch, made):
    restoring_by(monkeypatch, made)
    with pytest.raises(GenerationError, match="gave no picture") as error:
        asked(portrait(), model="fake.safetensors")
    assert error.value.hint


def test_faces_that_overlap_are_worked_on_from_the_largest(monkeypatch):
    seen = []
    restoring_by(monkeypatch, lambda given: seen.append(float(given.mean())) or given * 0 + 1)
    large, small = Face(box=(100, 100, 300, 300)), Face(box=(270, 270, 370, 370))
    made = asked(Image.new("RGB", (512, 512)), Knowing(small, large), strength=1.0, model="fake.safetensors")
    assert [face["box"][0] for face in made.facts["faces"]] == [100, 270]
    assert seen[0] == 0 < seen[1]


def test_detectors_are_found_by_name_and_third_parties_bring_theirs():
    class Brings:
        """Brings a detector."""

    host = create_plugin_manager(entry_points=False)
    registry = Registry(host)
    assert {"cascade", "yunet"} <= set(registry.all("face_detector"))
    from promptkit import hookimpl

    class Plugin:
        @hookimpl
        def register_face_detectors(self):
            return [Knowing()]

    host.load(PluginRecord(name="theirs", version="1"), Plugin)
    done = run_chain(noisy(20), plan_chain("face:detector=knowing", Registry(host)), seed=0)
    assert [step.facts["detector"] for step in done.steps] == ["knowing"]
    assert done.steps[0].to_json()["settings"]["detector"] == "knowing"


def raises(image, **_):
    raise RuntimeError("no camera\x1b[31m")


def paints(image, **_):
    image.paste((255, 0, 255), (0, 0, *image.size))
    return []


@pytest.mark.parametrize(
    ("detect", "said"),
    [(raises, "failed: RuntimeError: no camera"), (lambda image, **_: None, "gave NoneType and no faces")],
)
def test_a_detector_that_fails_leaves_the_step_out(detect, said):
    detector = SimpleNamespace(name="theirs", detect=detect)
    with pytest.raises(GenerationError, match=said) as error:
        asked(portrait(), detector)
    assert "face:detector=cascade" in error.value.hint


def test_a_detector_that_paints_paints_on_a_copy():
    image = portrait().copy()
    asked(image, SimpleNamespace(name="theirs", detect=paints))
    assert image.tobytes() == portrait().tobytes()


@pytest.mark.parametrize(
    ("faces", "told"),
    [
        ([Face(box=(600, 600, 700, 700))], "lies outside of the picture"),
        ([Face(box=(0, 0, math.nan, 9))], "no four finite numbers"),
        ([Face(box=(-1e9, -1e9, 1e9, 1e9))], "larger than the picture"),
        ([Face(box=BOX, landmarks=((1, 2),))], "neither none nor 5 points"),
        (["a face"], "is str and no Face"),
        ([Face(box=(n / 9, 0, n / 9 + 60, 60), score=-n) for n in range(3 * MOST)], f"{MOST} were read"),
    ],
)
def test_nonsense_of_a_detector_is_left_out_and_told(faces, told):
    made = asked(noisy(20), SimpleNamespace(name="theirs", detect=lambda image, **_: [*faces, FACE]))
    assert told in made.note
    assert made.done


@pytest.mark.parametrize(
    "landmarks", [((1e9, 1e9),) * 5, ((200, 100),) * 5, ((-400, 0), (900, 0), (0, 0), (0, 900), (900, 900))]
)
def test_landmarks_that_cannot_be_are_not_used(landmarks):
    given, plain = (
        asked(noisy(20), Knowing(Face(box=BOX, landmarks=points))).image.tobytes() for points in (landmarks, ())
    )
    assert given == plain


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"detector": ""}, SettingsError, "has no detector"),
        ({"sha256": "0" * 64}, SettingsError, "has a sha256 and no model"),
        ({"model": "nowhere.safetensors"}, ModelError, "is not there"),
        ({"model": "gfpgan.pth"}, ModelError, "is not there"),
        ({"detector": YuNet()}, SettingsError, "wants detector_model"),
        ({"detector_model": "yunet.onnx", "detector": Cascade()}, SettingsError, "takes no model"),
    ],
)
def test_settings_are_refused_before_a_picture_is_made(settings, error, said):
    given = {setting.name: setting.default for setting in Faces.settings} | {"detector": Cascade()} | settings
    with pytest.raises(error, match=said) as caught:
        Faces().check_settings(given)
    assert caught.value.hint


def test_it_keeps_the_contract_on_pictures_with_a_face():
    class Everywhere(Faces):
        """Works on the whole of every picture."""

        def process(self, image, *, settings, rng):
            whole = Knowing(Face(box=(0, 0, *image.size)))
            return super().process(image, settings={**settings, "detector": whole, "least": 1}, rng=rng)

    report = check_postprocessor(Everywhere(), examples=6)
    assert [made.name for made in report.checks if made.ok is not True] == []


def test_random_draws_decide_nothing():
    given = {setting.name: setting.default for setting in Faces.settings} | {"detector": Knowing()}
    first, second = (Faces().process(noisy(20), settings=given, rng=random.Random(seed)) for seed in (1, 2))
    assert first.image.tobytes() == second.image.tobytes()


LARGE = """
from PIL import Image
from promptkit.finishing.face import Faces
from promptkit.interfaces import Face
from tests.finishing.memory_probe import peak

class Everywhere:
    name = "everywhere"
    def detect(self, image, **_):
        return [Face(box=(0, 0, *image.size))]

image = Image.radial_gradient("L").resize((5000, 4000)).convert("RGBA")
given = {setting.name: setting.default for setting in Faces.settings} | {"detector": Everywhere()}
made = Faces().process(image, settings=given, rng=None)
assert made.done and made.image.size == image.size
print(peak())
"""


@pytest.mark.slow
def test_a_face_as_large_as_a_picture_takes_no_more_memory_than_the_picture_and_what_is_made():
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    two_pictures, libraries = 2 * 4 * 5000 * 4000, 320 << 20
    assert int(done.stdout) < two_pictures + libraries
