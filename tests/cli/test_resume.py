"""``promptkit resume``, and how ``generate`` speaks of runs."""

import json
import os
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

import promptkit
from promptkit.cli import main
from promptkit.cli.app import app
from promptkit.library import Library
from promptkit.session import Session


@pytest.fixture
def shop(registry, tmp_path, monkeypatch):
    """A folder in which commands use the fakes."""
    monkeypatch.setattr("promptkit.session.Registry", lambda: registry)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROMPTKIT_LIBRARY", raising=False)
    return tmp_path


@pytest.fixture
def call(shop, monkeypatch, capsys):
    """Run ``promptkit`` with arguments; return its exit code, stdout and stderr."""

    def called(*arguments):
        monkeypatch.setattr("sys.argv", ["promptkit", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return called


GENERATE = ("generate", "a dog", "--model", "fake", "--candidates", 10, "--batch-size", 4)


def test_a_run_says_its_number_and_how_to_go_on(call, fake_backend):
    fake_backend.stop_at = 6
    code, _, err = call(*GENERATE, "--out", "my pictures")
    assert code == 130
    assert "run 1; should it be cut off, promptkit resume goes on with it" in err
    assert "Stopped: 4 pictures finished and kept in my pictures." in err
    assert "Then go on" not in err
    assert f"Go on with it: promptkit resume 1 --library '{Path.cwd()}/my pictures'" in err
    fake_backend.stop_at = None
    code, _, err = call("resume", "--library", "my pictures")
    assert code == 0
    assert "10 of 10 candidates: 10 finished" in err
    code, _, err = call("resume", "--library", "my pictures")
    assert (code, "No run in" in err, "promptkit library list" in err) == (1, True, True)


def test_a_stopped_run_that_keeps_the_best_has_no_winner_yet(call, fake_backend):
    fake_backend.stop_at = 6
    code, out, _ = call(*GENERATE, "--keep", 2)
    assert (code, "wins" in out) == (130, False)
    assert "Stopped: 4 of 10 candidates are finished; the best so far is seed" in out
    assert "wait in the library until the run" in out
    assert call("library", "list")[2] == "There are no pictures yet; 1 run waits: promptkit resume --list\n"


def test_json_has_the_run_and_the_way_on(call, fake_backend):
    fake_backend.stop_at = 6
    code, out, err = call(*GENERATE, "--json")
    document = json.loads(out)
    assert (code, err, document["kind"], document["run"]) == (130, "", "result", 1)
    code, out, _ = call("resume", "--list", "--json")
    (run,) = json.loads(out)["runs"]
    told = {name: run[name] for name in ("run", "state", "there", "candidates", "model", "prompt")}
    wanted = {"run": 1, "state": "stopped", "there": 4, "candidates": 10, "model": "fake", "prompt": "a dog"}
    assert (code, told) == (0, wanted)
    fake_backend.stop_at = None
    code, out, _ = call("resume", 1, "--json")
    document = json.loads(out)
    assert (code, document["kind"], document["run"], len(document["candidates"])) == (0, "result", 1, 10)


def test_a_stop_before_anything_was_finished_names_the_run_too(call, fake_backend):
    fake_backend.stop_at = 0
    code, out, _ = call(*GENERATE, "--json")
    assert code == 130
    assert json.loads(out)["hint"].startswith("Go on with it: promptkit resume 1")


def test_all_runs_are_gone_on_with_and_one_that_cannot_be_stops_no_other(call, fake_backend, monkeypatch):
    fake_backend.stop_at = 6
    for seed in (0, 3, 5):
        assert call(*GENERATE, "--seed", seed)[0] == 130
    with Library("pictures") as library, library.writing() as connection:
        connection.execute("UPDATE runs SET job = '{}' WHERE id = 2")
    fake_backend.stop_at = None
    code, out, err = call("resume", "--all", "--json")
    results = json.loads(out)["results"]
    assert code == 3
    assert [result["run"] for result in results] == [1, 2, 3]
    assert "another version" in results[1]["error"]["message"]
    assert [len(results[place]["candidates"]) for place in (0, 2)] == [10, 10]
    code, out, err = call("resume", "--all")
    assert (code, "another version" in err) == (3, True)


def test_the_list_shows_hostile_prompts_as_text(call, fake_backend):
    fake_backend.stop_at = 6
    arguments = list(GENERATE)
    arguments[1] = "a dog \x1b[31m" + "very " * 30 + "red"
    assert call(*arguments)[0] == 130
    code, out, _ = call("resume", "--list")
    assert (code, "\x1b" in out, "4 of 10" in out, "stopped" in out) == (0, False, True, True)
    assert out.split()[:2] == ["run", "state"]


def test_an_empty_list_and_wrong_arguments(call):
    with Library("pictures", create=True):
        pass
    assert call("resume", "--list")[:2] == (0, "")
    assert call("resume", "--all")[:2] == (0, "")
    assert call("resume", 1, "--all")[0] == 2
    code, _, err = call("resume", 9)
    assert (code, "There is no run named '9'" in err) == (2, True)
    code, _, err = call("resume", "--library", "nowhere")
    assert (code, "There is no library" in err) == (1, True)


def test_a_run_at_work_is_listed_as_such_and_left_alone(call, registry):
    seen = {}

    def meanwhile(event):
        if isinstance(event, promptkit.run.Ready) and not seen:
            seen["list"] = CliRunner().invoke(app, ["resume", "--list", "--library", "pictures"]).output
            seen["all"] = CliRunner().invoke(app, ["resume", "--all", "--library", "pictures"]).output

    with Session("fake", registry=registry) as session:
        session.generate("a dog", candidates=2, library="pictures", on_event=meanwhile)
    assert "at work" in seen["list"]
    assert "There is no run to go on with." in seen["all"]


def test_plain_files_without_a_library(call, shop, fake_backend):
    code, out, _ = call(*GENERATE, "--no-library", "--json")
    assert (code, json.loads(out)["run"]) == (0, None)
    assert len(list((shop / "pictures").iterdir())) == 10
    fake_backend.stop_at = 6
    code, _, err = call(*GENERATE, "--no-library", "--seed", 20, "--candidates", 2)
    assert "resume" not in err


def test_the_library_of_the_environment_is_used(call, shop, monkeypatch):
    monkeypatch.setenv("PROMPTKIT_LIBRARY", str(shop / "mine"))
    code, out, _ = call(*GENERATE, "--quiet")
    assert code == 0
    assert out.startswith(str(shop / "mine"))


def test_a_folder_that_takes_no_database_says_how_to_write_files_alone(call, shop):
    (shop / "pictures").mkdir()
    (shop / "pictures" / ".promptkit").write_text("a file")
    code, _, err = call(*GENERATE)
    assert (code, "is a file, not a folder" in err) == (1, True)


def test_a_termination_stops_a_run_as_ctrl_c_does(call, fake_backend, monkeypatch):
    honest = type(fake_backend).generate

    def generate(self, request, *, on_step=None):
        for candidate in honest(self, request, on_step=on_step):
            if candidate.seed == 6:
                os.kill(os.getpid(), signal.SIGTERM)
            yield candidate

    monkeypatch.setattr(type(fake_backend), "generate", generate)
    code, _, err = call(*GENERATE)
    assert (code, "4 pictures finished and kept in pictures" in err, "promptkit resume 1" in err) == (130, True, True)
