"""The two screens of the first run: that they fit, are shown once, and say what is true of this machine."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.console.history import History
from promptkit.console.kept import Keeper
from promptkit.console.loop import run_loop
from promptkit.console.place import console_folder
from promptkit.console.welcome import FIRST, first_screen, is_first_run, second_screen
from promptkit.machine import Machine
from tests.console.golden import check_screen
from tests.console.test_loop import keys

MACHINES = {
    "24 GiB card": Machine(ram=64.0, gpu=24.0),
    "card too small": Machine(ram=16.0, gpu=2.0),
    "no card": Machine(ram=16.0, gpu=None),
    "Apple": Machine(ram=32.0, gpu=None, shared=True),
    "unknown": Machine(ram=None, gpu=None),
}


@pytest.fixture
def bench(registry, tmp_path) -> Bench:
    return Bench(registry=registry, history=History(Desk(model="fake")), library=tmp_path / "pictures")


def written(parts, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, emoji=False, markup=False)
    for part in parts:
        console.print(part)
    return console.file.getvalue()


@pytest.fixture
def machine(request, monkeypatch) -> Machine:
    monkeypatch.setattr("promptkit.machine.this_machine", lambda: MACHINES[request.param])
    return MACHINES[request.param]


def test_the_first_screen_says_in_four_lines_what_this_is():
    about = written(first_screen()[1:2]).strip().splitlines()
    assert len(about) <= 4
    assert len(written(first_screen()).splitlines()) <= 12


@pytest.mark.parametrize("machine", MACHINES, indirect=True)
def test_the_second_screen_fits_80_by_24(machine, monkeypatch):
    monkeypatch.setenv("PROMPTKIT_HOME", "/home/ada/.local/share/promptkit")
    monkeypatch.setenv("HF_HOME", "/home/ada/.cache/huggingface")
    lines = written(second_screen(Bench())).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("machine", MACHINES, indirect=True)
def test_only_models_that_fit_are_offered(machine, bench):
    told = written(second_screen(bench))
    for name, registered in bench.registry.all("model").items():
        if f"  {name} " in told:
            assert machine.lacks(registered.value) is None


@pytest.mark.parametrize("machine", ["card too small"], indirect=True)
def test_where_none_fits_that_is_said_with_a_way_out(machine, bench):
    told = " ".join(written(second_screen(bench)).split())
    assert "No model of the list fits: the smallest, sd15, needs 4.5 GiB of the GPU; here are 2." in told
    assert "--offload model" in told


@pytest.mark.parametrize("machine", ["24 GiB card"], indirect=True)
def test_licences_downloads_and_places_are_named(machine, bench):
    told = written(second_screen(bench), width=100)
    assert "sd15" in told
    assert "CreativeML OpenRAIL-M" in told
    assert "about 2 GiB" in told
    assert "(to be accepted)" in told
    assert "128×128" in told
    assert "16 subjects" in told
    assert str(console_folder()) in told.replace("\n", "")


def test_enter_makes_the_first_picture_and_the_welcome_is_shown_once(bench, capsys):
    assert is_first_run()
    run_loop(bench, keys(""), Keeper(), welcome=True)
    assert bench.desk.text == FIRST
    assert len(bench.runs[0].candidates) == 4
    assert "no model for real pictures" in " ".join(capsys.readouterr().out.split())
    assert not is_first_run()


def test_a_prompt_of_ones_own_is_taken_and_quit_leaves(bench, registry):
    run_loop(bench, keys("an owl at dusk"), Keeper(), welcome=True)
    assert bench.desk.text == "an owl at dusk"
    other = Bench(registry=registry)
    run_loop(other, keys("quit", "seed 3"), Keeper(), welcome=True)
    assert other.desk.seed == 0


def test_a_prompt_that_was_given_is_the_one_that_is_offered(bench, capsys):
    bench.change("given", text="a green fox")
    run_loop(bench, keys(""), Keeper(), welcome=True)
    told = capsys.readouterr().out
    assert "    a green fox" in told
    assert FIRST not in told
    assert bench.desk.text == "a green fox"
    assert len(bench.runs) == 1


@pytest.mark.parametrize("skipped", [KeyboardInterrupt(), EOFError()])
def test_it_can_be_skipped(bench, capsys, skipped):
    run_loop(bench, keys(skipped, "seed 3"), Keeper(), welcome=True)
    assert bench.desk.seed == 3
    assert "welcome shows this again" in capsys.readouterr().err


def test_where_nothing_can_be_written_one_is_welcomed_all_the_same(bench, tmp_path, monkeypatch, capsys):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("PROMPTKIT_HOME", str(tmp_path / "taken"))
    assert is_first_run()
    run_loop(bench, keys(KeyboardInterrupt(), "seed 3"), Keeper(), welcome=True)
    assert bench.desk.seed == 3
    assert "cannot be kept" in capsys.readouterr().err


@pytest.mark.parametrize("machine", ["no card"], indirect=True)
def test_the_verb_shows_both_screens_again(machine, bench, capsys):
    run_loop(bench, keys("welcome"), Keeper())
    told = capsys.readouterr().out
    assert "Welcome to promptkit." in told
    assert "Where things are kept" in told


def test_the_first_screen_looks_as_it_was_looked_at():
    check_screen("welcome-first", first_screen(), 80)


@pytest.mark.parametrize("machine", MACHINES, indirect=True)
def test_the_second_screen_looks_as_it_was_looked_at(machine, request, monkeypatch):
    monkeypatch.setenv("PROMPTKIT_HOME", "/home/ada/promptkit")
    monkeypatch.setenv("HF_HOME", "/home/ada/models")
    name = request.node.callspec.id.replace(" ", "-").lower()
    check_screen(f"welcome-{name}", second_screen(Bench(library=Path("/home/ada/pictures"))), 80)
