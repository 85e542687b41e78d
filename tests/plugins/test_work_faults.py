"""Objects of plugins that fail while they work: the command says whose they are, and keeps what is worth keeping."""

import json
import re
import sys
from pathlib import Path

import pytest

from tests.plugins import work_faults
from tests.plugins.installing import called, install, install_fakes

DISABLE = "promptkit plugins disable faulty"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("work")
    install_fakes(found)
    install(found, "faulty", Path(work_faults.__file__).read_text(encoding="utf-8"))
    (found / "faulty_module_schedulers.py").write_text(work_faults.SCHEDULERS, encoding="utf-8")
    return found


@pytest.fixture
def say(folder, monkeypatch, capsys, tmp_path):
    """Run a command with the faulty plugin installed; what it wrote is calm."""
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code, out, err = called(monkeypatch, capsys, *arguments)
        assert "Traceback" not in out + err
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out + err)
        return code, out, err

    yield run
    for name in ("fakes_module", "faulty_module", "faulty_module_schedulers"):
        sys.modules.pop(name, None)


def generate(*more, model="fake", candidates=4):
    return ("generate", "a dog", "--model", model, "--candidates", str(candidates), *more)


@pytest.mark.parametrize("name", ["raises", "late", "none", "texts", "leaves"])
def test_an_expander_that_fails_is_named(say, name):
    code, out, err = say("expand", "a dog", "--expander", f"faulty/{name}", "--limit", "2")
    assert (code, out) == (1, "")
    assert f"expander '{name}' of plugin 'faulty'" in err
    assert DISABLE in err
    code, out, _ = say("expand", "a dog", "--expander", name, "--limit", "2", "--json")
    assert code == 1
    assert json.loads(out)["kind"] == "error"


def test_an_expander_is_asked_for_no_more_than_is_wanted(say):
    code, out, _ = say("expand", "a dog", "--expander", "late", "--json")
    assert (code, len(json.loads(out)["variants"])) == (0, 1)


def test_an_endless_expander_ends_at_the_limit(say):
    code, out, _ = say("expand", "a dog", "--expander", "endless", "--limit", "3", "--json")
    assert code == 0
    assert [variant["resolved"] for variant in json.loads(out)["variants"]] == [f"a dog, number {i}" for i in range(3)]
    code, out, _ = say("expand", "{a|b} dog", "--template", "--all", "--expander", "endless", "--json")
    assert (code, len(json.loads(out)["variants"])) == (0, 2)


def test_an_expander_without_prompts_leaves_the_prompt_as_it_was(say, caplog):
    code, out, _ = say("expand", "a dog", "--expander", "empty", "--json")
    assert (code, [variant["resolved"] for variant in json.loads(out)["variants"]]) == (0, ["a dog"])
    assert "expander 'empty' of plugin 'faulty' gave no prompt" in caplog.text


@pytest.mark.parametrize("name", ["nan", "short", "long", "raises", "texts", "none", "leaves"])
def test_a_ranker_that_fails_costs_no_picture(say, name, tmp_path):
    code, out, err = say(*generate("--ranker", f"faulty/{name}", "--json"))
    assert code == 0
    assert f"ranker '{name}' of plugin 'faulty' failed" in err
    assert len(json.loads(out)["candidates"]) == len(list(tmp_path.glob("pictures/*.png"))) == 4
    code, out, err = say("rank", "a dog", *map(str, tmp_path.glob("pictures/*.png")), "--ranker", f"faulty/{name}")
    assert (code, out) == (1, "")
    assert f"ranker '{name}' of plugin 'faulty' failed" in err


@pytest.mark.parametrize("name", ["unloadable", "nothing"])
def test_a_ranker_that_does_not_load_is_told_before_any_picture(say, name, tmp_path):
    code, _, err = say(*generate("--ranker", name))
    assert code == 1
    assert f"ranker '{name}' of plugin 'faulty'" in err
    assert DISABLE in err
    assert not list(tmp_path.glob("pictures/*.png"))


@pytest.mark.parametrize("name", ["none", "no-list", "raises", "keeps-none", "numbers", "no-plan", "plan-none"])
def test_a_search_that_fails_is_named(say, name):
    code, out, err = say(*generate("--search", name, "--quiet"))
    assert (code, out) == (1, "")
    assert f"search '{name}' of plugin 'faulty'" in err


@pytest.mark.parametrize("name", ["unloadable", "nothing", "at-once", "settling"])
def test_a_backend_that_fails_is_named(say, name):
    code, out, err = say(*generate("--quiet", model=f"model-{name}"))
    assert (code, out) == (1, "")
    assert f"backend '{name}' of plugin 'faulty' failed" in err
    assert DISABLE in err


@pytest.mark.parametrize(
    ("options", "whose", "kept"),
    [({"model": "model-midway"}, "backend 'midway'", 2), ({"more": ("--search", "stops-midway")}, "search 'stops-midway'", 1)],
)  # fmt: skip
def test_what_was_finished_before_a_failure_is_kept(say, options, whose, kept, tmp_path):
    code, out, err = say(
        *generate("--json", "--batch-size", "1", *options.get("more", ()), model=options.get("model", "fake"))
    )
    assert code == 3
    assert f"{whose} of plugin 'faulty' failed" in err
    assert "kept" in err
    outcomes = [candidate["outcome"] for candidate in json.loads(out)["candidates"]]
    assert outcomes == ["finished"] * kept + ["failed"] * (4 - kept)
    assert len(list(tmp_path.glob("pictures/*.png"))) == kept


@pytest.mark.parametrize("name", ["s-gone", "s-missing", "s-no-scheduler", "s-raises", "s-nan", "s-none"])
def test_a_sampler_that_fails_is_named(say, name):
    code, out, err = say(
        *generate("--sampler", name, "--ranker", "none", "--steps", "2", "--quiet", model="embedded", candidates=1)
    )
    assert (code, out) == (1, "")
    assert f"sampler '{name}' of plugin 'faulty'" in err


@pytest.mark.parametrize("name", ["raises", "floats", "none", "leaves", "empty"])
def test_a_post_processor_that_fails_is_left_out(say, name, tmp_path):
    code, out, err = say(*generate("--finish", f"faulty/{name}", "--json"))
    assert code == 3
    assert f"'{name}' of plugin 'faulty'" in err
    assert not list(tmp_path.glob("pictures/*-finished.png"))
    assert len(list(tmp_path.glob("pictures/*.png"))) == 4
    json.loads(out)


@pytest.mark.parametrize(("name", "told"), [("grey", "mode L"), ("mutates", "changed the picture")])
def test_what_a_post_processor_does_wrong_is_mended_and_told(say, name, told, tmp_path):
    code, _, err = say(*generate("--finish", name, "--json"))
    assert code == 0
    assert f"'{name}' of plugin 'faulty'" in err
    assert told in err
    (finished,) = tmp_path.glob("pictures/*-finished.png")
    original = finished.with_name(finished.name.replace("-finished", ""))
    assert original.read_bytes() != finished.read_bytes()


def test_commands_that_use_none_of_it_work(say):
    for command in (("parse", "a dog"), ("samplers",), ("rankers",), ("models",), generate("--quiet")):
        code, out, err = say(*command)
        assert (code, err) == (0, ""), command
        assert out


def test_searches_that_cannot_say_what_they_need_are_not_listed(say, caplog):
    code, out, _ = say("searches", "--json")
    assert code == 0
    listed = {search["name"] for search in json.loads(out)["searches"]}
    assert {"best-of-n", "halving", "stops-midway"} <= listed
    assert not listed & {"no-plan", "plan-none"}
    assert "search 'no-plan' of plugin 'faulty' failed" in caplog.text
