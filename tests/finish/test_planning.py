"""What a chain means: presets, registered objects, settings that do not go together, what a recipe keeps."""

import pytest
from PIL import Image

from promptkit.errors import PluginError, SettingsError, UnknownNameError
from promptkit.finish import plan_chain, run_chain
from promptkit.hookspecs import hookimpl
from promptkit.interfaces import Face, Processed, Setting
from promptkit.plugins import PluginRecord


class Tint:
    """Says which settings it was handed."""

    name = "tint"
    settings = (
        Setting(name="look", default="plain", preset=True),
        Setting(name="red", default=0.0, least=0, most=1),
        Setting(name="blue", default=0.0, least=0, most=1),
        Setting(name="table", default="", file=True),
        Setting(name="ratio", default="4:5"),
        Setting(name="finder", default="corner", registered="face_detector"),
    )

    def check_settings(self, settings):
        if settings["red"] and settings["blue"]:
            raise SettingsError("Red and blue do not go together.", hint="Leave one out.")

    def process(self, image, *, settings, rng):
        faces = settings["finder"].detect(image) if settings["finder"] else []
        return Processed(image=image.copy(), note=f"{len(faces)} found", facts={"faces": len(faces)})


class Corner:
    """Finds a face in the corner."""

    name = "corner"

    def detect(self, image, *, model="", sha256=""):
        return [Face(box=(0, 0, 2, 2))]


class Plugin:
    @hookimpl
    def register_postprocessors(self):
        return [Tint()]

    @hookimpl
    def register_face_detectors(self):
        return [Corner()]


PRESETS = {"tint": {"dusk": {"red": "0.75"}, "wrong": {"red": "9"}}}


@pytest.fixture
def shop(registry):
    record = PluginRecord(name="shop", version="1")
    registry.host.register(Plugin(), record)
    registry.host.records["shop"] = record
    return registry


def settings(chain, shop):
    (step,) = plan_chain(chain, shop, PRESETS)
    return step.settings


def test_a_preset_sets_what_the_user_leaves_open(shop):
    assert settings("tint:dusk", shop)["red"] == 0.75
    assert settings("tint:dusk;red=0.5", shop)["red"] == 0.5
    assert settings("tint", shop)["red"] == 0.0


@pytest.mark.parametrize(("chain", "said", "cure"), [
    ("tint:dush", "no look 'dush'", "Did you mean dusk?"),
    ("tint:zzzz", "no look 'zzzz'", "There are dusk, wrong"),
    ("tint:wrong", "out of range", "0 to 1"),
    ("tint:red=1;blue=1", "do not go together", "Leave one out"),
])  # fmt: skip
def test_what_cannot_be_is_refused_before_a_picture_is_made(shop, chain, said, cure):
    with pytest.raises(SettingsError, match=said) as caught:
        plan_chain(chain, shop, PRESETS)
    assert cure in caught.value.hint


def test_a_preset_that_nobody_brings_says_so(shop):
    with pytest.raises(SettingsError) as caught:
        plan_chain("tint:dusk", shop)
    assert "No installed style pack" in caught.value.hint


def test_a_registered_object_is_handed_over_by_its_name(shop):
    (step,) = plan_chain("tint", shop)
    assert (step.settings["finder"], step.handed["finder"].name) == ("corner", "corner")
    found = run_chain(Image.new("RGB", (4, 4)), [step], seed=0)
    assert found.steps[0].to_json()["facts"] == {"faces": 1}
    assert found.steps[0].to_json()["note"] == "1 found"
    with pytest.raises(UnknownNameError, match="nobody"):
        plan_chain("tint:finder=nobody", shop)


def test_a_recipe_keeps_a_files_name_and_any_other_text_whole(shop):
    (step,) = plan_chain("tint:table=/looks/dusk.cube;ratio=16/9", shop)
    kept = step.to_json()["settings"]
    assert (kept["table"], kept["ratio"], step.settings["table"]) == ("dusk.cube", "16/9", "/looks/dusk.cube")


def test_a_check_that_breaks_names_its_plugin(shop, monkeypatch):
    monkeypatch.setattr(Tint, "check_settings", lambda *_: 1 / 0)
    with pytest.raises(PluginError, match="of plugin 'shop' failed"):
        plan_chain("tint", shop)


def test_a_plain_value_of_a_style_pack_is_that_of_the_first_setting(shop):
    (step,) = plan_chain([{"name": "tint", "settings": "dusk"}], shop, PRESETS)
    assert step.settings["red"] == 0.75
