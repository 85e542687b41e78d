"""The chain of post-processors: its grammar, its order, its seeds, and every way a step can break the contract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from promptkit.errors import PluginError, SettingsError, UnknownNameError
from promptkit.finish import plan_chain, run_chain, spoken
from promptkit.metadata import read_provenance
from promptkit.pictures import open_picture
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.registry import Registry
from promptkit.run import Finishing
from promptkit.session import Session
from tests.finishers import FinishPlugin


def add(host, plugin):
    record = PluginRecord(name="ink", version="2.1")
    host.register(plugin, record)
    host.records["ink"] = record


@pytest.fixture
def plugin():
    return FinishPlugin()


@pytest.fixture
def finishers(registry, plugin):
    add(registry.host, plugin)
    return registry


@pytest.fixture
def picture():
    image = Image.new("RGB", (8, 6), (10, 20, 30))
    image.putpixel((0, 0), (200, 100, 50))
    return image


def plan(chain, registry):
    return [(step.name, dict(step.settings)) for step in plan_chain(chain, registry)]


ALL = {"grey": 9, "share": 0.5, "soft": False, "shape": "dot"}


@pytest.mark.parametrize(("chain", "expected"), [
    ("", []),
    (" ", []),
    ("invert", [("invert", {})]),
    ("invert, speck:7", [("invert", {}), ("speck", {**ALL, "grey": 7})]),
    ("speck:share=1;soft=true;shape=ring", [("speck", {"grey": 9, "share": 1.0, "soft": True, "shape": "ring"})]),
    ("speck:7;share=0.25,speck", [("speck", {**ALL, "grey": 7, "share": 0.25}), ("speck", ALL)]),
    ("ink/speck:3", [("speck", {**ALL, "grey": 3})]),
    ("any:a=1;b=0.5;c=true;d=blue", [("any", {"a": 1, "b": 0.5, "c": True, "d": "blue"})]),
    ([{"speck": 7}, {"speck": {"share": 1}}], [("speck", {**ALL, "grey": 7}), ("speck", {**ALL, "share": 1.0})]),
])  # fmt: skip
def test_a_chain_is_read_with_all_settings(finishers, chain, expected):
    assert plan(chain, finishers) == expected


@pytest.mark.parametrize(("chain", "said", "cure"), [
    ("invert,", "is no step", "sharpen:0.3"),
    ("speck:", "is no step", "sharpen:0.3"),
    (":3", "is no step", "sharpen:0.3"),
    ("speck:grey=", "is no setting", "key=value"),
    ("speck:=3", "is no setting", "key=value"),
    ("speck:3;4", "is no setting", "each key once"),
    ("speck:grey=3;grey=4", "is no setting", "each key once"),
    ("speck:3;grey=4", "given 'grey' twice", "speck:grey=4"),
    ("speck:gray=3", "no setting 'gray'", "Did you mean grey?"),
    ("speck:zzz=3", "no setting 'zzz'", "grey, share, soft, shape"),
    ("speck:300", "out of range", "0 to 255"),
    ("speck:0.5", "cannot be read", "whole number"),
    ("speck:share=much", "cannot be read", "a number"),
    ("speck:share=nan", "cannot be read", "a number"),
    ("speck:share=true", "cannot be read", "a number"),
    ("speck:soft=1", "cannot be read", "true or false"),
    ("speck:shape=rings", "no shape 'rings'", "Did you mean ring?"),
    ("print:wet", "The paper is wet", "Dry it"),
    ("any:3", "does not say which setting", "any:name=3"),
    (",".join(["invert"] * 51), "too long", "50"),
    ([{"settings": {}}], "is no step", '"name"'),
    ([{"name": "speck", "settings": [3]}], "is no step", '"name"'),
    (["speck"], "is no step", '"name"'),
    (None, "None is no chain", "upscale:2"),
    (42, "42 is no chain", "upscale:2"),
    ("speck;share=1", "no colon ends the name", "Did you mean speck:share=1?"),
    ("speck=7;share=1", "no colon ends the name", "Did you mean speck:7;share=1?"),
    ("speck;share=1:2", "no colon ends the name", "Did you mean speck:share=1;2?"),
])  # fmt: skip
def test_what_is_no_chain_says_what_to_write(finishers, chain, said, cure):
    with pytest.raises(SettingsError, match=said) as caught:
        plan_chain(chain, finishers)
    assert cure in caught.value.hint


@pytest.mark.parametrize("chain", ["print:torn", "odd:3"])
def test_a_post_processor_that_does_not_say_its_settings_right_is_named(finishers, chain):
    with pytest.raises(PluginError, match="of plugin 'ink' failed"):
        plan_chain(chain, finishers)


def test_an_unknown_post_processor_suggests_near_ones(finishers):
    with pytest.raises(UnknownNameError) as caught:
        plan_chain("invret", finishers)
    assert caught.value.hint == "Did you mean 'invert'?"


def test_what_a_recipe_keeps_is_a_chain_again(finishers):
    steps = [step.to_json() for step in plan_chain("speck:7;share=0.25,invert", finishers)]
    assert steps[0] == {
        "name": "speck",
        "settings": {**ALL, "grey": 7, "share": 0.25},
        "plugin": "ink",
        "version": "2.1",
    }
    assert plan(steps, finishers) == plan("speck:7;share=0.25,invert", finishers)
    assert plan(spoken(steps), finishers) == plan(steps, finishers)


def test_a_recipe_keeps_no_path(finishers):
    (step,) = plan_chain("any:file=/some/where/look.cube;other=C:\\some\\look.cube", finishers)
    assert step.to_json()["settings"] == {"file": "look.cube", "other": "look.cube"}
    assert step.settings["file"] == "/some/where/look.cube"


@given(st.text(max_size=60))
def test_any_text_is_a_chain_or_an_error_with_a_cure(text):
    try:
        plan_chain(text, REGISTRY)
    except (SettingsError, UnknownNameError, PluginError) as error:
        assert error.hint


REGISTRY = Registry(create_plugin_manager(builtins=(), entry_points=False))
add(REGISTRY.host, FinishPlugin())


def test_steps_run_in_the_users_order_and_the_picture_stays(finishers, picture):
    before = picture.tobytes()
    found = run_chain(picture, plan_chain("double,invert", finishers), seed=0)
    assert found.image.size == (16, 12)
    assert found.image.getpixel((15, 11)) == (245, 235, 225)
    assert picture.tobytes() == before
    assert (found.failed, found.notes) == ((), ())


def test_the_image_seed_and_the_name_decide_what_a_step_draws(finishers, picture):
    def made(chain, seed):
        return run_chain(picture, plan_chain(chain, finishers), seed=seed).image.tobytes()

    assert made("speck", 3) == made("speck", 3)
    assert len({made("speck", seed) for seed in range(8)}) > 1
    assert made("any,speck,any", 3) == made("speck", 3)
    assert made("speck:grey=9,speck:grey=200", 3) != made("speck:grey=200", 3)


@pytest.mark.parametrize("name", ["alpha", "grey"])
def test_another_mode_is_brought_back_with_a_note(finishers, picture, name):
    found = run_chain(picture, plan_chain(name, finishers), seed=0)
    assert found.image.mode == "RGB"
    assert "made RGB again" in found.notes[0]
    assert "'ink'" in found.notes[0]


def test_a_step_that_paints_on_what_it_was_handed_hurts_nothing_and_is_told(finishers, picture):
    before = picture.tobytes()
    found = run_chain(picture, plan_chain("scribble", finishers), seed=0)
    assert picture.tobytes() == before
    assert found.image.getpixel((0, 0)) == (1, 2, 3)
    assert "work on a copy" in found.notes[0]


@pytest.mark.parametrize(("name", "said"), [
    ("fail", "RuntimeError: no more ink"), ("leave", "SystemExit: 3"), ("nothing", "gave NoneType"),
    ("floats", "mode F"), ("empty", "0x5"),
])  # fmt: skip
def test_a_step_that_fails_is_left_out_and_the_others_go_on(finishers, picture, name, said):
    found = run_chain(picture, plan_chain(f"invert,{name},double", finishers), seed=0)
    assert found.image.size == (16, 12)
    assert found.image.getpixel((15, 11)) == (245, 235, 225)
    assert [step.name for step in found.steps] == ["invert", "double"]
    (told,) = found.failed
    assert f"'{name}' of plugin 'ink' 2.1 was left out: " in told
    assert said in told
    assert "promptkit plugins info ink" in told


def test_strictly_a_step_that_fails_is_an_error(finishers, picture):
    with pytest.raises(PluginError, match="no more ink"):
        run_chain(picture, plan_chain("fail", finishers), seed=0, strict=True)


def test_what_a_step_prints_stays_out_of_the_data(finishers, picture, capsys):
    run_chain(picture, plan_chain("chatty", finishers), seed=0)
    assert capsys.readouterr() == ("", "working\n")


@pytest.fixture
def session(finishers):
    with Session("fake", registry=finishers) as opened:
        yield opened


def test_the_winner_is_finished_beside_its_picture(session, tmp_path):
    result = session.generate("a dog", candidates=3, out=tmp_path / "plain")
    events = []
    found = session.generate("a dog", candidates=3, out=tmp_path / "both", finish="invert", on_event=events.append)
    assert found.recipe.id == result.recipe.id
    plain, both = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("plain", "both"))
    name = f"{found.recipe.id}-{found.best.seed}-finished.png"
    assert both.keys() - plain.keys() == {name}
    assert all(both[one] == plain[one] for one in plain)
    opened = open_picture(tmp_path / "both" / name)
    picture = opened.image
    assert picture.getpixel((0, 0)) == tuple(255 - value for value in found.best.image.getpixel((0, 0)))
    assert found.best.finished.tobytes() == picture.tobytes()
    assert found.best.finished_path == str(tmp_path / "both" / name)
    step = {"name": "invert", "settings": {}, "plugin": "ink", "version": "2.1"}
    (told,) = found.best.finish
    assert read_provenance(opened).recipe["finish"] == [told]
    assert told == {**step, "scores": told["scores"]}
    assert told["scores"]["before"]["total"] == round(found.best.scores["total"], 4)
    assert "Finish: invert" in opened.texts["parameters"]
    assert found.recipe.finish == (step,)
    assert [event.candidate.index for event in events if isinstance(event, Finishing)] == [found.best.index]
    (note,) = session.notes()
    assert f"Seed {found.best.seed}: 'invert' lowered the alignment with the prompt from 0." in note


def test_all_candidates_are_finished_on_demand(session, tmp_path):
    result = session.generate("a dog", candidates=3, out=tmp_path, finish="speck", finish_all=True, keep=2)
    assert all(candidate.finished is not None for candidate in result.candidates)
    assert sum(candidate.finished_path is not None for candidate in result.candidates) == 2
    assert len(list(tmp_path.iterdir())) == 4


def test_a_run_tells_what_was_left_out_and_its_files_recipe_has_the_rest(session, tmp_path):
    result = session.generate("a dog", candidates=2, out=tmp_path, finish="fail,invert")
    assert len(result.unfinished) == 1
    assert f"Seed {result.best.seed}: 'fail' of plugin 'ink'" in result.unfinished[0]
    record = read_provenance(open_picture(tmp_path / f"{result.recipe.id}-{result.best.seed}-finished.png"))
    assert [step["name"] for step in record.recipe["finish"]] == ["invert"]
    assert [step["name"] for step in result.recipe.finish] == ["fail", "invert"]


def test_where_every_step_fails_nothing_is_written(session, tmp_path):
    result = session.generate("a dog", candidates=2, out=tmp_path, finish="fail")
    assert result.best.finished is None
    assert len(list(tmp_path.iterdir())) == 2


def test_a_wrong_chain_is_refused_before_anything_is_made(session, fake_backend, tmp_path):
    with pytest.raises(UnknownNameError):
        session.generate("a dog", out=tmp_path / "new", finish="invret")
    assert fake_backend.requests == []
    assert not (tmp_path / "new").exists()


def test_a_stopped_chain_keeps_the_pictures(session, plugin, tmp_path, monkeypatch):
    from promptkit.errors import Interrupted

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("promptkit.run.run_chain", stop)
    with pytest.raises(Interrupted) as caught:
        session.generate("a dog", candidates=2, out=tmp_path, finish="invert")
    assert len(caught.value.result.ranked) == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_a_session_finishes_a_picture_of_any_mode(session, picture):
    transparent = picture.convert("RGBA")
    transparent.putpixel((1, 1), (0, 0, 0, 0))
    found = session.finish(transparent, "invert", seed=4)
    assert found.image.getpixel((1, 1)) == (255, 255, 255, 0)
    with pytest.raises(SettingsError, match="is no picture"):
        session.finish("a.png", "invert")
    with pytest.raises(SettingsError, match="Seed -1"):
        session.finish(picture, "invert", seed=-1)
