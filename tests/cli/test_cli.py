import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

import promptkit


def run(*arguments, python=sys.executable, timeout=120, **environment):
    env = {**os.environ, "COLUMNS": "140", **environment}
    return subprocess.run(
        [python, "-m", "promptkit", *arguments],
        capture_output=True,
        text=True,
        env=env,
        timeout=timeout,
        check=False,
    )


def clean(done):
    assert "Traceback" not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    return done


def test_version():
    assert run("--version").stdout.strip() == f"promptkit, version {promptkit.__version__}"


def test_help_names_every_command():
    from promptkit.cli.app import COMMANDS

    shown = run("--help").stdout
    assert all(name in shown for name in COMMANDS)


def test_parse_shows_slots_hints_and_chance():
    shown = clean(run("parse", "A cinematic portrait of a deep-sea diver, 35mm")).stdout
    assert "a deep-sea diver" in shown
    assert 'hinted by "A cinematic"' in shown
    assert "left to chance" in clean(run("parse", "a dog")).stdout


def test_parse_json_is_one_versioned_document():
    document = json.loads(clean(run("parse", "a dog, (golden hour:1.2)", "--json")).stdout)
    assert (document["promptkit"], document["kind"]) == (1, "prompt")
    assert document["missing"] == ["style", "camera"]
    assert document == {"promptkit": 1, "kind": "prompt", **promptkit.parse("a dog, (golden hour:1.2)").to_json()}
    assert document["phrases"][1] | {"reason": "", "confidence": 1} == {
        "text": "golden hour", "slot": "lighting", "weight": 1.2, "start": 8, "end": 19, "source": "user", "hints": {},
        "reason": "", "confidence": 1,
    }  # fmt: skip


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_parse_reads_a_prompt_that_is_piped_in(arguments):
    done = subprocess.run(
        [sys.executable, "-m", "promptkit", "parse", *arguments, "--json"],
        input="\ufeffa dog, golden hour\r\n", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["text"] == "a dog, golden hour"


@pytest.mark.parametrize("text", ["", "  ", ",,,", "((("])
def test_parse_refuses_a_prompt_without_words(text):
    done = clean(run("parse", text))
    assert done.returncode == 2
    assert "a red lighthouse" in done.stderr


def test_parse_says_what_is_no_word_and_shows_weights_of_the_negative():
    shown = clean(run("parse", "[cat|dog], <lora:ink:0.8> BREAK fur", "--negative", "(blurry:1.3)")).stdout
    assert "also cat and dog by turns; lora ink 0.8; BREAK" in shown
    assert "not (blurry:1.3)" in shown


def test_parse_streams_a_file_as_json_lines(tmp_path):
    path = tmp_path / "prompts.txt"
    path.write_text("a dog\r\na cat, 35mm\n")
    lines = [json.loads(line) for line in clean(run("parse", "--file", str(path))).stdout.splitlines()]
    assert [line["text"] for line in lines] == ["a dog", "a cat, 35mm"]


def test_expand_gives_variants_that_differ():
    document = json.loads(
        clean(run("expand", "a dog", "--style", "embedded/any-hour", "--limit", "3", "--json")).stdout
    )
    assert len({variant["resolved"] for variant in document["variants"]}) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["parse", ""], 2, "empty"),
        (["parse", "a (dog:nan)"], 2, "column"),
        (["parse", "x" * 40_000], 2, "32,768"),
        (["parse"], 2, "Give TEXT"),
        (["parse", "--file", "/nowhere"], 1, "/nowhere"),
        (["pars", "a dog"], 2, "Did you mean 'parse'"),
        (["a red dog"], 2, "promptkit console"),
        (["expand", "a dog", "--style", "embedded/watercolor-dusk"], 2, "watercolour-dusk"),
        (["expand", "a dog", "--style", "embedded/any-hour:x"], 2, "weight"),
        (["generate", "a dog", "--model", "embeded"], 2, "Did you mean 'embedded'"),
        (["generate", "a dog", "--model", "nobody/nothing"], 1, "--model embedded"),
        (["generate", "a dog", "--sampler", "eulr"], 2, "euler"),
        (["generate", "a dog", "--width", "17"], 2, "--width"),
        (["generate", "a dog", "--candidates", "0"], 2, "10,000"),
        (["generate", "a dog", "--seed", "-1"], 2, "outside"),
        (["generate", "a dog", "--out", "/dev/null"], 1, "--out"),
        (["generate", "   "], 2, "empty"),
        (["rank", "a dog", "/nowhere.png"], 1, "/nowhere.png"),
        (["styles", "show", "windwlight"], 2, "window-light"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input_is_one_clear_message(arguments, code, said, warm_python):
    done = clean(run(*arguments, python=warm_python))
    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr) < 900


def test_a_broken_pack_is_reported_and_the_rest_works():
    from pathlib import Path

    styles = Path(os.environ["PROMPTKIT_HOME"]) / "styles"
    styles.mkdir(parents=True)
    (styles / "bad.yaml").write_text("promptkit: 1\nname: bad\x1b[31m\n")
    done = clean(run("expand", "a dog", "--style", "embedded/gallery-oil"))
    assert done.returncode == 0
    assert "bad.yaml" in done.stderr


def test_hostile_prompts_reach_the_terminal_as_text():
    shown = clean(run("parse", "a [bold]dog[/bold] :smile: \x1b[31mred\u202e evil [/]")).stdout
    assert "[bold]dog[/bold] :smile:" in shown
    assert "\u202e" not in shown


def test_rank_needs_a_ranker_for_pictures_without_a_recipe(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    done = clean(run("rank", "a dog", str(tmp_path / "x.png")))
    assert done.returncode == 2
    assert "--ranker" in done.stderr


def test_generate_rank_and_the_embedded_model(tmp_path, warm_python):
    done = clean(
        run(
            "generate",
            "a red lighthouse",
            "--style",
            "embedded/watercolour-dusk",
            "--candidates",
            "4",
            "--out",
            str(tmp_path),
            python=warm_python,
        )
    )
    assert done.returncode == 0, done.stderr
    assert re.search("(wins|comes first) with 0", done.stdout)
    pictures = sorted(str(path) for path in tmp_path.glob("*.png"))
    assert len(pictures) == 4
    ranked = clean(run("rank", "a red lighthouse, golden hour", *pictures, python=warm_python))
    assert ranked.returncode == 0, ranked.stderr
    assert "lighting" in ranked.stdout


def test_generate_json_and_quiet(tmp_path, warm_python):
    arguments = ["generate", "a zebra, watercolour", "--candidates", "2", "--steps", "2", "--out", str(tmp_path)]
    document = json.loads(clean(run(*arguments, "--json", python=warm_python)).stdout)
    assert document["kind"] == "result"
    assert [candidate["seed"] for candidate in document["candidates"]] == [0, 1]
    assert "subject" not in document["best"]["scores"]
    assert document["unknown_words"][0]["words"] == "zebra"
    quiet = clean(run(*arguments, "--quiet", python=warm_python))
    assert quiet.stdout.strip() == document["best"]["path"]


def _heed_interrupts():
    """A shell that starts a job in the background has it ignore SIGINT, and its children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("as_json", [False, True])
def test_ctrl_c_leaves_130_and_no_half_written_file(tmp_path, as_json, warm_python):
    command = [
        warm_python if as_json else sys.executable,
        "-m",
        "promptkit",
        "generate",
        "a red cat",
        "--candidates",
        "400",
        "--batch-size",
        "4",
        "--out",
        str(tmp_path),
        *(["--json"] if as_json else []),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_heed_interrupts
    ) as process:
        deadline = time.monotonic() + 90
        while not list(tmp_path.glob("*.png")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in out + err
    if as_json:
        assert (json.loads(out)["kind"], err) == ("result", "")
    else:
        assert err.count("Stopped") == 1
        assert f"kept in {tmp_path}" in " ".join(err.split())
    assert 0 < len(list(tmp_path.glob("*.png"))) < 400
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".png"} <= {".promptkit"}


def test_doctor_says_that_all_is_well_here(warm_python):
    done = clean(run("doctor", python=warm_python))
    assert done.returncode == 0, done.stdout
    assert "embedded model: is there" in done.stdout
    assert "Looking at: import diffusers" in done.stderr


def test_lists():
    for command in (
        ["styles", "list"],
        ["samplers"],
        ["models"],
        ["plugins", "list"],
        ["styles", "show", "window-light"],
    ):
        assert clean(run(*command)).returncode == 0
        assert json.loads(clean(run(*command, "--json")).stdout)["promptkit"] == 1


def test_colours_only_where_they_are_wanted():
    script = "import os, pty, sys; pty.spawn([sys.executable, '-m', 'promptkit', 'parse', 'a dog, 35mm'])"

    def coloured(**environment):
        env = {**os.environ, "TERM": "xterm-256color", **environment}
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            env=env,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert "a dog" in done.stdout
        return "\x1b[1;36m" in done.stdout

    assert coloured()
    assert not coloured(NO_COLOR="1")
    assert not coloured(TERM="dumb")
