"""Grades of packs: by which names they are found, and that the built-in ones are what they say."""

import random

import numpy as np
import pytest
from PIL import Image
from skimage import data

from promptkit.errors import SettingsError, UnknownNameError
from promptkit.finish import plan_chain, run_chain
from promptkit.finishing.arrays import LUMA, to_light, values
from promptkit.finishing.grade import Grade
from promptkit.packs.grades import KNOBS
from promptkit.packs.library import StyleLibrary, builtin_folder
from promptkit.registry import Registry
from promptkit.testing import check_pack
from tests.finishing.reference import usual
from tests.packs.hostile.cases import HEAD

LIBRARY = StyleLibrary([builtin_folder()])
BUILT_IN = [name for name in LIBRARY.grades() if "/" not in name]
COFFEE = Image.fromarray(data.coffee()).resize((120, 80))


def pack(folder, name, **grades):
    text = HEAD.replace("test-pack", name) + "grades:\n"
    text += "".join(f"  {key}: {{summary: A look., exposure: {value}}}\n" for key, value in grades.items())
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def put_on(image, name):
    settings = usual(Grade()) | LIBRARY.grades()[name]
    return values(Grade().process(image, settings=settings, rng=random.Random(0)).image)


def test_a_grade_has_its_own_name_where_one_pack_has_it_and_a_built_in_keeps_its(tmp_path):
    pack(tmp_path, "one", calm=1, shared=1, golden=1)
    pack(tmp_path, "two", shared=2)
    grades = StyleLibrary([builtin_folder(), tmp_path]).grades()
    assert grades["calm"] == grades["one/calm"] == {"exposure": 1.0}
    assert "shared" not in grades
    assert (grades["one/shared"], grades["two/shared"]) == ({"exposure": 1.0}, {"exposure": 2.0})
    assert grades["golden"] == grades["grades/golden"] != grades["one/golden"]


def test_a_pack_of_grades_keeps_the_contract_and_has_no_styles(tmp_path):
    path = pack(tmp_path, "looks", calm=1)
    library = StyleLibrary([tmp_path])
    assert (library.styles(), library.problems) == ([], [])
    with pytest.raises(UnknownNameError, match="looks") as caught:
        library.get("looks")
    assert caught.value.hint == "'looks' is a pack of grades. Use one in a chain: --finish grade:calm"
    path.write_text(path.read_text(encoding="utf-8") + "summary: Looks.\n", encoding="utf-8")
    assert all(made.ok for made in check_pack(path).checks)


def test_a_chain_takes_a_grade_by_name_and_written_numbers_count_before_its_own():
    (step,) = plan_chain("grade:golden;contrast=1.5", Registry(), {"grade": LIBRARY.grades()})
    golden = LIBRARY.grades()["golden"]
    assert step.settings == usual(Grade()) | golden | {"look": "golden", "contrast": 1.5}
    found = run_chain(COFFEE, [step], seed=0)
    assert not found.failed
    assert found.image.tobytes() != COFFEE.tobytes()
    with pytest.raises(SettingsError, match="no look 'goldn'") as caught:
        plan_chain("grade:goldn", Registry(), {"grade": LIBRARY.grades()})
    assert "golden" in caught.value.hint


def test_what_a_knob_is_by_default_changes_nothing():
    assert LIBRARY.grades()["neutral"] == {}
    for knob in KNOBS:
        assert knob.least <= knob.default <= knob.most
        assert knob.summary


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "neutral"])
def test_a_built_in_grade_is_seen_and_tears_nothing_apart(name):
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None].repeat(3, 0)).convert("RGB")
    curve = put_on(ramp, name)[0] @ np.array(LUMA)
    assert (np.diff(curve) >= -1e-6).all()
    assert curve[-1] - curve[0] > 0.6
    assert np.abs(put_on(COFFEE, name) - values(COFFEE)).mean() > 0.01


def test_looks_look_as_they_say():
    grey = Image.new("RGB", (1, 1), (128, 128, 128))

    def tone(name):
        return put_on(grey, name)[0, 0]

    assert tone("golden")[0] > tone("golden")[2] + 0.05
    assert tone("moonlit")[2] > tone("moonlit")[0] + 0.05
    assert tone("sepia")[0] > tone("sepia")[2] + 0.03
    for name in ("noir", "silver"):
        assert np.ptp(put_on(COFFEE, name), axis=-1).max() < 0.005
    assert put_on(Image.new("RGB", (1, 1)), "faded").min() > 0.1
    assert to_light(tone("moonlit")).mean() < 0.6 * to_light(tone("silver")).mean()
