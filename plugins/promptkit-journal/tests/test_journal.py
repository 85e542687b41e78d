"""The journal through the hook, as promptkit calls it, and through the command."""

import json
import threading

import promptkit_journal
import pytest
from click.testing import CliRunner
from promptkit_journal.command import journal
from promptkit_journal.file import add, journal_file, runs

from promptkit import OutputError, Session
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.registry import Registry
from promptkit.testing import FakePlugin


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMPTKIT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PROMPTKIT_JOURNAL", raising=False)


@pytest.fixture
def session():
    host = create_plugin_manager(entry_points=False)
    for name, plugin in (("fakes", FakePlugin()), ("journal", promptkit_journal)):
        record = PluginRecord(name=name, version="1")
        host.register(plugin, record)
        host.records[name] = record
    return Session("fake", registry=Registry(host))


def shown(*arguments):
    done = CliRunner().invoke(journal, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_a_run_is_written_down_and_read_again(session):
    result = session.generate("a red dog, golden hour", candidates=3, seed=5)
    (run,) = runs(journal_file())
    assert run["id"] == result.recipe.id
    assert run["recipe"] == json.loads(json.dumps(result.recipe.to_json()))
    line = shown()
    assert line.count("\n") == 1
    assert all(part in line for part in (result.recipe.id, "fake", "seeds 5–7", "a red dog, golden hour"))


def test_the_last_ones_are_shown_and_words_choose(session):
    for text in ("a red dog", "a blue cat", "a red cat"):
        session.generate(text, candidates=1)
    assert [line.rsplit("  ", 1)[1] for line in shown("--last", "2").splitlines()] == ["a blue cat", "a red cat"]
    assert [line.rsplit("  ", 1)[1] for line in shown("RED", "cat").splitlines()] == ["a red cat"]
    assert "seed 0 " in shown("--last", "1")


def test_json_is_one_document(session):
    session.generate("a red dog", candidates=1)
    document = json.loads(shown("--json"))
    assert (document["promptkit"], document["kind"]) == (1, "journal")
    assert document["runs"][0]["recipe"]["prompt"] == "a red dog"


def test_without_a_journal_there_is_nothing_to_show():
    assert shown() == ""
    assert json.loads(shown("--json"))["runs"] == []


def test_lines_that_are_no_run_are_left_out(session):
    session.generate("a red dog", candidates=1)
    with journal_file().open("a", encoding="utf-8") as file:
        file.write(
            '{"journal": 1, "recipe": 3}\nnot json\n[]\n{"journal": 1, "recipe": {"resolved": "\\u001b[31mx"}}\n{"jour'
        )
    assert len(list(runs(journal_file()))) == 2
    assert "\x1b" not in shown()


def test_many_at_once_make_whole_lines(session):
    recipe = session.generate("a red dog " * 200, candidates=1).recipe
    writers = [threading.Thread(target=add, args=(recipe,)) for _ in range(16)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(list(runs(journal_file()))) == 17


def test_the_environment_names_the_file(tmp_path, monkeypatch, session):
    monkeypatch.setenv("PROMPTKIT_JOURNAL", str(tmp_path / "mine" / "runs.jsonl"))
    session.generate("a red dog", candidates=1)
    assert (tmp_path / "mine" / "runs.jsonl").stat().st_mode & 0o077 == 0


def test_a_journal_that_cannot_be_written_costs_no_picture(tmp_path, monkeypatch, session):
    monkeypatch.setenv("PROMPTKIT_JOURNAL", str(tmp_path))
    assert session.generate("a red dog", candidates=1, out=tmp_path / "out").best.path
    assert any("cannot be written" in str(problem) for problem in session.registry.problems)
    with pytest.raises(OutputError):
        list(runs(tmp_path))


def test_the_command_is_registered_too(session):
    assert session.registry.get("command", "journal") is journal
