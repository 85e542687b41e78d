"""Scripts of verbs: from a file, from a pipe, with every kind of line end, and what they leave with."""

import io
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from promptkit.cli.app import app
from promptkit.console import verbs
from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.console.doing import worst
from promptkit.console.history import History
from promptkit.console.kept import Left
from promptkit.console.scripts import LONGEST, numbered, run_script
from promptkit.errors import PromptkitError
from promptkit.records import PREVIEW, PRUNING, STEPS, VARIATION


@pytest.fixture
def bench(registry, tmp_path) -> Bench:
    return Bench(registry=registry, history=History(Desk(model="fake")), library=tmp_path / "pictures")


def script(bench, text: str | bytes, **options) -> int:
    return run_script(bench, io.BytesIO(text.encode() if isinstance(text, str) else text), **options)


def test_lines_are_numbered_and_comments_and_empty_lines_left_out():
    source = b"# a fox\n\n  a red fox \n   # none\nseed 3\n"
    assert list(numbered(io.BytesIO(source))) == [(3, "a red fox"), (5, "seed 3")]


def test_windows_line_ends_and_a_byte_order_mark_say_nothing():
    source = "\ufeffa red fox\r\nseed 3\r\n".encode()
    assert list(numbered(io.BytesIO(source))) == [(1, "a red fox"), (2, "seed 3")]


def test_a_backslash_at_the_end_goes_on_with_the_line():
    source = b"a red fox,\\\r\n  # no comment here\\\nat dusk\nseed 3\\\n"
    first, (last, told) = numbered(io.BytesIO(source))
    assert (first, last) == ((1, "a red fox,\n  # no comment here\nat dusk"), 4)
    assert "no line follows" in str(told)


def test_what_cannot_be_read_is_one_error_and_the_lines_behind_it_are_read():
    source = b"x" * (3 * LONGEST) + b"\ncaf\xe9\nseed 3\n"
    (first, long), (second, foreign), last = numbered(io.BytesIO(source))
    assert (first, second, last) == (1, 2, (3, "seed 3"))
    assert isinstance(long, PromptkitError)
    assert isinstance(foreign, PromptkitError)
    assert "64 KiB" in str(long)
    assert "byte 4 is 0xe9" in str(foreign)


def test_a_script_ends_with_the_first_line_that_fails(bench, capsys):
    assert script(bench, "a red fox\nset lightning fog\nseed 9\n") == 2
    assert bench.desk.seed == 0
    told = capsys.readouterr()
    assert "lighting" in told.err
    assert "This was line 2." in told.err
    assert "Error" not in told.out


def test_a_script_that_keeps_going_leaves_with_the_worst(bench):
    assert script(bench, "a red fox\nset lightning fog\nseed 9\n", keep_going=True) == 2
    assert bench.desk.seed == 9


def test_a_script_echoes_nothing(bench, capsys):
    assert script(bench, "a red fox\n") == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == ["a red fox", "left to chance: style, lighting, camera"]
    assert told.err == ""


def test_quit_ends_a_script_whatever_comes_behind_it(bench):
    assert script(bench, "a red fox\nquit\nseed 9\n") == 0
    assert bench.desk.seed == 0


def test_seeds_that_fail_count_as_partial_and_the_script_goes_on(registry, fake_backend, bench):
    fake_backend.fail = (1,)
    assert script(bench, "a red fox\ngenerate 3\nseed 9\n") == 3
    assert bench.desk.seed == 9


def test_an_interrupt_ends_a_script_also_one_that_keeps_going(registry, fake_backend, bench, capsys):
    fake_backend.stop_at = 2
    assert script(bench, "a red fox\ngenerate 6\nseed 9\n", keep_going=True) == 130
    assert bench.desk.seed == 0
    assert "line 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("codes", "expected"), [((), 0), ((0, 3), 3), ((3, 2), 2), ((2, 1), 1), ((1, 130, 2), 130), ((0, 77), 77)]
)
def test_the_worst_of_exit_codes(codes, expected):
    assert worst(codes) == expected


HOSTILE = [
    "[bold red]a fox[/]", "a fox :smiling_face:", "a \x1b[31mred\x1b[0m fox", "a\x00fox", "a fox\x07", "\u202efox a",
    "شاطئ عند الغروب، ضوء ناعم", "👩‍🚀 on the moon 🦊", "a [cat|dog] [/] [link=x]", "\t\tfox\t", "a fox\x9b31m", "{red|blue} fox",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_prompts_are_shown_and_never_sent(bench, capsys, text):
    assert script(bench, f": {text}\nshow\nexplain\nhistory\ncommand\nnegative {text}\nshow\n", keep_going=True) in (
        0,
        2,
    )
    told = capsys.readouterr()
    for char in "\x1b\x00\x07\x9b\u202e":
        assert char not in told.out + told.err
    assert bench.desk.text


def test_a_script_comes_from_a_file_too(tmp_path):
    file = tmp_path / "fox.txt"
    file.write_bytes(b"a red fox\r\nseed 3\r\ncommand\r\n")
    done = CliRunner().invoke(app, ["console", "--script", str(file), "--library", str(tmp_path)])
    assert done.exit_code == 0
    assert "promptkit generate" in done.output
    assert "--seed 3" in done.output


def test_the_prompt_to_begin_with_stands_before_the_script(tmp_path):
    words = ["console", "a red fox", "--seed", "4", "--library", str(tmp_path)]
    done = CliRunner().invoke(app, words, input="command\n")
    assert "'a red fox'" in done.output
    assert "--seed 4" in done.output


def test_what_no_console_could_begin_with_is_refused(tmp_path):
    for words in (["--model", "no-such"], ["--seed", "-1"], ["a (red:999) fox"], ["--library", ""]):
        done = CliRunner().invoke(app, ["console", *words], input="show\n", standalone_mode=False)
        assert done.exit_code, words


def promptkit(words: list[str], text: str | None, folder) -> subprocess.CompletedProcess:
    """Run the command with a pipe for stdin, or with nothing there."""
    given = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
    command = [sys.executable, "-m", "promptkit", *words]
    return subprocess.run(command, **given, capture_output=True, text=True, cwd=folder)


def test_nothing_is_folded_and_no_line_ends_in_blanks(bench, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("COLUMNS", raising=False)
    bench.library = tmp_path / "pictures"
    text = "a red fox, " + " and ".join(["a very long meadow of many flowers"] * 8)
    assert script(bench, f"{text}\ngenerate 1\nfind fox\nruns\nhelp\n") == 0
    lines = capsys.readouterr().out.splitlines()
    name = next(bench.library.glob("*.png")).name
    assert any(name in line and text in line for line in lines)
    assert any("generate 1" in line and text in line for line in lines)
    assert not any(line != line.rstrip() for line in lines)


def test_without_a_command_piped_lines_are_a_script_and_nothing_heavy_is_imported(tmp_path):
    probe = [sys.executable, "-X", "importtime", "-m", "promptkit"]
    done = subprocess.run(probe, input="a red fox\nshow\nhelp\n", capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("a red fox\nleft to chance")
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert not loaded & {"torch", "diffusers", "transformers", "open_clip", "PIL", "numpy"}


def test_without_a_command_and_with_nothing_to_read_there_is_help(tmp_path):
    done = promptkit([], None, tmp_path)
    assert done.returncode == 2
    assert "Usage:" in done.stderr
    assert done.stdout == ""


def test_a_console_with_nothing_to_read_does_nothing(tmp_path):
    done = promptkit(["console"], "", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_reader_that_leaves_early_is_no_error(tmp_path):
    command = f"printf 'a red fox\\nhelp\\nhelp\\nhelp\\n' | {sys.executable} -m promptkit console | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("a red fox\n", "")


STOPPED = "a red fox\ncandidates 6\ngenerate\n"
SESSION = """\
# everything that can be said, in one sitting\r
welcome
help
help style
resume
a red fox, golden hour\r
show
negative text, watermark
set lighting candlelight
drop lighting
undo
redo
undo 2
style embedded/watercolour-dusk:0.8
override lighting
lock lighting
unlock all
unstyle all
dialect compel
dialect a1111
template on
template off
seed 7
text-seed 3
steps 4
guidance 2.5
size 16x16
sampler auto
search best-of-n
finishing none
ranker auto
model fake
candidates 3
suggest
take 1
explain
generate
best
why 2
compare 1 2
vary 2 2
more like 1 2
vary lighting 2
generate 5
best 3
rate 1 5
tag 1 good
save 1 winner.png
finish 1 grade:golden
open 1
runs
find fox
models
/history
: best friends at dusk
command all
last
reset
quit
never done
"""


def test_a_session_of_every_verb_on_a_pipe(registry, fake_backend, bench, tmp_path, monkeypatch, capsys):
    """Every verb of promptkit's is said; what is answered holds no escapes and no tracebacks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(type(fake_backend), "abilities", frozenset({STEPS, PREVIEW, PRUNING, VARIATION}))
    fake_backend.stop_at = 4
    assert script(bench, STOPPED) == 130
    fake_backend.stop_at = None
    bench.last = Left(desk=Desk(text="an owl", model="fake"), commands=("promptkit generate 'an owl'",), cut_off=True)
    said = [line.strip("/ \r").split()[0] for line in SESSION.splitlines() if line[0] not in "#:"]
    assert set(verbs.names()) <= set(said)
    assert len(set(said)) > 40
    assert script(bench, SESSION) == 0
    told = capsys.readouterr()
    for stream in (told.out, told.err):
        assert "\x1b" not in stream
        assert "\r" not in stream
        assert "Traceback" not in stream
        assert "Error" not in stream
    assert "never done" not in told.out
    assert bench.desk.text == ""
    assert (tmp_path / "winner.png").exists()
    lines = [line for line in told.out.splitlines() if line.startswith("promptkit generate ")]
    assert "promptkit generate 'an owl'" not in lines
    assert any("--candidates 5" in line and "'a red fox" in line for line in lines)


def test_pictures_are_made_on_a_pipe_by_the_embedded_model(warm_python, tmp_path):
    lines = "a red lighthouse, watercolour\r\ngenerate 2\r\nbest\r\nwhy 1\r\ncommand\r\n"
    command = [warm_python, "-m", "promptkit", "console", "--library", "made"]
    done = subprocess.run(
        command, input=lines, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "COLUMNS": "80"}
    )
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "made").glob("*.png"))) == 2
    assert "2 of 2 candidates: 2 finished" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "--candidates 4" in done.stdout
