"""The console's loop on a terminal, driven by lines and signals instead of keys; what is kept of it, and what is said."""

import json
import os
import signal
import subprocess
import sys

import pytest

from promptkit.console import kept, lines, loop
from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.console.history import History
from promptkit.console.kept import Keeper, Left
from promptkit.console.loop import run_loop
from promptkit.console.place import console_folder
from promptkit.errors import Interrupted, ModelError
from promptkit.records import GenerationSettings


@pytest.fixture
def bench(registry, tmp_path) -> Bench:
    return Bench(registry=registry, history=History(Desk(model="fake")), library=tmp_path / "pictures")


def keys(*typed):
    """Return a reader of these lines; an exception is raised in its turn, and then the input is at its end."""
    left = iter(typed)

    def read() -> str:
        line = next(left, EOFError())
        if isinstance(line, BaseException):
            raise line
        return line

    return read


def console(bench, *typed, **options) -> int:
    return run_loop(bench, keys(*typed), Keeper(), **options)


def test_lines_are_done_until_the_input_ends(bench, capsys):
    assert console(bench, "a red fox", "", "   ", "seed 3") == 0
    assert (bench.desk.text, bench.desk.seed) == ("a red fox", 3)
    assert "help lists the verbs" in capsys.readouterr().out


def test_an_error_is_one_message_and_the_session_goes_on(bench, capsys):
    console(bench, "a red fox", "set lightning fog", "seed 3")
    assert bench.desk.seed == 3
    told = capsys.readouterr().err
    assert told.count("Error:") == 1
    assert "Traceback" not in told


def test_quit_leaves(bench):
    console(bench, "quit", "seed 3")
    assert bench.desk.seed == 0


def test_a_ctrl_c_while_typing_goes_on(bench):
    console(bench, KeyboardInterrupt(), "seed 3", KeyboardInterrupt(), "candidates 2")
    assert (bench.desk.seed, bench.desk.candidates) == (3, 2)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Interrupted(None), ModelError("It is gone.", hint="Get it.")])
def test_whatever_ends_a_line_the_next_one_is_read(bench, monkeypatch, capsys, error):
    real = lines.answer

    def stopped(bench, text):
        if text == "generate":
            raise error
        return real(bench, text)

    monkeypatch.setattr("promptkit.console.doing.answer", stopped)
    console(bench, "generate", "seed 3")
    assert bench.desk.seed == 3
    assert capsys.readouterr().err


def test_a_bug_is_told_with_where_to_report_it_and_the_session_goes_on(bench, monkeypatch, capsys):
    real = lines.answer

    def broken(bench, text):
        if text == "show":
            return bench.runs["\x1b[31m"]
        return real(bench, text)

    monkeypatch.setattr("promptkit.console.doing.answer", broken)
    console(bench, "show", "seed 3")
    assert bench.desk.seed == 3
    told = capsys.readouterr().err
    assert "This is a bug of promptkit" in told
    assert "\x1b" not in told
    report = console_folder() / "bug.txt"
    assert str(report) in told.replace("\n", "")
    assert "Traceback" in report.read_text()
    assert report.stat().st_mode & 0o077 == 0


def test_what_is_on_the_desk_is_kept_after_every_line(bench):
    keeper = Keeper()
    reader = keys("a red fox, golden hour", "seed 3", "lock lighting", SystemExit(143))
    with pytest.raises(SystemExit):
        run_loop(bench, reader, keeper)
    (file,) = (console_folder() / "open").glob("*.json")
    kept = json.loads(file.read_text())["desk"]
    assert (kept["seed"], kept["locked"]) == (3, ["lighting"])
    assert file.stat().st_mode & 0o077 == 0


def killed(*typed: str) -> None:
    """Run a console in a process that is killed once these lines are done."""
    script = f"""
import os, signal
from promptkit.console.bench import Bench
from promptkit.console.kept import Keeper
from promptkit.console.loop import run_loop
lines = iter({typed!r})
def read():
    line = next(lines, None)
    if line is None:
        os.kill(os.getpid(), signal.SIGKILL)
    return line
run_loop(Bench(), read, Keeper())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert done.returncode == -signal.SIGKILL


def test_a_console_that_was_killed_is_offered_and_gone_on_with(bench, capsys):
    killed("a blue fox, [link=x]", "seed 7", "steps 12", "lock lighting")
    console(bench, "last")
    told = capsys.readouterr().out
    assert "cut off at: a blue fox, [link=x]" in told
    assert (bench.desk.text, bench.desk.seed) == ("a blue fox, [link=x]", 7)
    assert bench.desk.settings == GenerationSettings(num_inference_steps=12)
    assert bench.desk.locked == ("lighting",)
    assert bench.history.undo() == "last"
    assert bench.desk.text == ""


def test_after_last_one_is_told_where_its_pictures_are(bench, tmp_path, capsys):
    bench.library = tmp_path / "pictures"
    killed("a blue fox")
    console(bench, "last", "best")
    told = capsys.readouterr()
    assert "find WORDS finds its pictures" in told.out
    assert "lie in the library: find WORDS" in " ".join(told.err.split())


def test_one_that_was_left_is_not_offered_but_can_be_had(bench, registry, capsys):
    console(bench, "a blue fox")
    capsys.readouterr()
    other = Bench(registry=registry)
    console(other, "last")
    assert "cut off" not in capsys.readouterr().out
    assert other.desk.text == "a blue fox"


def test_a_console_in_which_nothing_was_said_takes_nobodys_place(bench, registry):
    console(bench, "a blue fox")
    console(Bench(registry=registry))
    other = Bench(registry=registry)
    console(other, "last")
    assert other.desk.text == "a blue fox"


def test_two_consoles_at_once_leave_each_other_alone(tmp_path):
    first = Keeper(tmp_path)
    first.keep(Left(desk=Desk(text="a fox"), cut_off=True))
    second = Keeper(tmp_path)
    assert second.last is None
    second.end(Left(desk=Desk(text="an owl")))
    first.release()
    third = Keeper(tmp_path)
    assert third.last == Left(desk=Desk(text="an owl"))
    third.release()


def test_only_the_newest_is_kept(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    for number, text in enumerate(("old", "new")):
        file = folder / f"{number}.json"
        file.write_text(json.dumps(kept._as_json(Left(desk=Desk(text=text), cut_off=True))))
        os.utime(file, (number, number))
    keeper = Keeper(tmp_path)
    assert keeper.last == Left(desk=Desk(text="new"), cut_off=True)
    assert [file.name for file in folder.glob("*.json")] == ["1.json"]
    keeper.end(Left())


WHOLE = kept._as_json(Left(desk=Desk(text="a fox", styles=("embedded/any-hour",)), commands=("x",), cut_off=True))


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{", "null", "[" * 100_000, "x" * (kept.LARGEST + 1),
        json.dumps({**WHOLE, "promptkit": 2}),
        json.dumps({**WHOLE, "commands": [1]}),
        json.dumps({**WHOLE, "desk": {**WHOLE["desk"], "seed": "x"}}),
        json.dumps({**WHOLE, "desk": {**WHOLE["desk"], "styles": [1]}}),
        json.dumps({**WHOLE, "desk": {**WHOLE["desk"], "styles": "x"}}),
        json.dumps({**WHOLE, "desk": {**WHOLE["desk"], "settings": {"width": "x"}}}),
        json.dumps({**WHOLE, "desk": {**WHOLE["desk"], "settings": []}}),
        json.dumps({**WHOLE, "desk": {**WHOLE["desk"], "more": 1}}),
    ],
    ids=range(14),
)  # fmt: skip
def test_a_damaged_file_is_nobodys_desk(tmp_path, content):
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "1.json").write_text(content)
    keeper = Keeper(tmp_path)
    assert keeper.last is None
    keeper.release()


def test_a_desk_comes_back_as_it_was(tmp_path):
    desk = Desk(
        text="فوكس 🦊\n[x]", negative="fog", styles=("a/b:0.5",), locked=("camera",), ranker="none", seed=2**63, finish="none",
        variation_seed=3, variation_strength=0.5, settings=GenerationSettings(width=8, guidance_scale=1.5, sampler="euler"),
    )  # fmt: skip
    file = tmp_path / "1.json"
    file.write_text(json.dumps(kept._as_json(Left(desk=desk, commands=("a", "b"), cut_off=True))))
    assert kept._read(file) == Left(desk=desk, commands=("a", "b"), cut_off=True)


def test_where_nothing_can_be_kept_the_console_says_so_and_works(bench, tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    assert run_loop(bench, keys("a red fox"), Keeper(tmp_path / "taken")) == 0
    assert "cannot be kept" in capsys.readouterr().err
    assert bench.desk.text == "a red fox"


def test_leaving_says_where_the_pictures_are(bench, capsys):
    console(bench, "a red fox", "generate 2")
    told = " ".join(capsys.readouterr().err.split())
    assert f"2 pictures of this session lie in {bench.library}" in told


def test_long_prompts_are_cut_in_the_offer():
    assert len(loop._offer(Left(desk=Desk(text="a fox " * 100), cut_off=True)).plain) < 120
