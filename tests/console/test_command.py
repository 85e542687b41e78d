"""Command lines of the desk: a shell reads them as the desk says, and they make the same pictures."""

import json
import subprocess
from dataclasses import replace

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptkit.cli.app import app
from promptkit.cli.pictures import generate
from promptkit.commanding import command_line, option_words
from promptkit.console import verbs
from promptkit.console.bench import Bench
from promptkit.console.command import generate_command
from promptkit.console.desk import Desk
from promptkit.console.history import History
from promptkit.console.lines import answer
from promptkit.errors import SettingsError
from promptkit.prompt import SLOTS
from promptkit.records import GenerationSettings, LoadOptions

from .golden import drawn

WORDS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=40)
SLOT_LISTS = st.lists(st.sampled_from(SLOTS), unique=True).map(tuple)
SIDES = st.none() | st.integers(8, 2048)
DESKS = st.builds(
    Desk,
    text=WORDS,
    negative=st.just("") | WORDS,
    dialect=st.sampled_from(["a1111", "compel"]),
    styles=st.lists(st.sampled_from(["a/b", "c/d:0.6", "e/f:2"]), unique=True).map(tuple),
    override=SLOT_LISTS,
    locked=SLOT_LISTS,
    model=st.sampled_from(["embedded", "fake", "./a folder", "it's"]),
    ranker=st.sampled_from([None, "none", "clip:embedded"]),
    seed=st.integers(0, 2**63),
    candidates=st.integers(1, 99),
    text_seed=st.integers(-5, 5),
    settings=st.builds(
        GenerationSettings,
        width=SIDES,
        height=SIDES,
        num_inference_steps=SIDES,
        guidance_scale=st.none() | st.floats(0, 50),
        sampler=st.sampled_from([None, "euler_a"]),
        batch_size=SIDES,
    ),
    template=st.booleans(),
    finish=st.sampled_from([None, "none", "upscale:2,grade:golden", 'grade:"a b"']),
)


def split(line: str) -> list[str]:
    """Return a command line's words as bash reads them."""
    done = subprocess.run(
        ["bash", "-c", rf"printf '%s\0' {line}"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )
    return done.stdout.decode().split("\0")[:-1]


def options_of(line: str) -> dict:
    """Return what ``promptkit generate`` makes of a command line."""
    words = split(line)
    assert words[:2] == ["promptkit", "generate"]
    return generate.make_context("generate", words[2:]).params


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(desk=DESKS)
def test_a_shell_reads_the_desk_as_it_is(registry, desk):
    found = options_of(generate_command(Bench(registry=registry, history=History(desk))))
    said = {name: found[name] for name in ("text", "negative", "dialect", "model", "ranker", "seed", "candidates")}
    assert said == {name: getattr(desk, name) for name in said}
    assert (found["override"], found["locked"]) == ((desk.override, desk.locked) if desk.styles else ((), ()))
    for name in ("styles", "text_seed", "template", "finish", "variation_seed", "search"):
        assert found[name] == getattr(desk, name)
    asked = replace(desk.settings, weighting=None)
    names = {"num_inference_steps": "steps", "guidance_scale": "guidance"}
    assert {name: found[names.get(name, name)] for name in vars(asked)} == vars(asked)


def test_variations_packs_and_loading_are_said(registry, tmp_path):
    bench = Bench(
        registry=registry,
        history=History(Desk(text="-a dash", variation_seed=7, variation_strength=0.25, search="halving:40,60")),
        library=tmp_path,
        packs=(tmp_path,),
        load=LoadOptions(device="cpu", dtype="float32", vae_tiling=True, loras=(str(tmp_path),)),
    )
    found = options_of(generate_command(bench))
    assert (found["variation_seed"], found["variation_strength"], found["search"]) == (7, 0.25, "halving:40,60")
    assert (found["text"], found["device"], found["dtype"]) == ("-a dash", "cpu", "float32")
    assert (found["vae_tiling"], found["compile"], found["loras"]) == (True, False, (str(tmp_path),))
    assert (found["packs"], found["out"]) == ((tmp_path,), str(tmp_path))


def test_some_fields_may_be_others(bench):
    bench.change("text", text="a fox")
    assert options_of(generate_command(bench, candidates=2, seed=9))["seed"] == 9
    assert bench.desk.seed == 0


def test_what_no_shell_can_be_given_is_refused(bench):
    answer(bench, ": a fox \0")
    assert generate_command(bench) == ""
    with pytest.raises(SettingsError) as caught:
        answer(bench, "command")
    assert "without it" in caught.value.hint


def test_a_command_stays_one_line_and_shows_what_it_says(bench):
    answer(bench, "a red\u202e fox, " + "very " * 40 + "old\nand grey")
    (line,) = drawn(answer(bench, "command"), width=10_000).splitlines()
    assert r"\u202e" in line
    assert line.isprintable()
    (part,) = answer(bench, "command")
    assert part.no_wrap


def test_command_all_prints_what_was_done_and_no_run_that_was_not_made(bench):
    assert drawn(answer(bench, "command all")).startswith("# Nothing was made yet")
    bench.commands += ["promptkit suggest fox", "promptkit finish x.png"]
    answer(bench, "a fox")
    assert drawn(answer(bench, "command all")).splitlines() == bench.commands
    assert len(drawn(answer(bench, "command")).splitlines()) == 1


def test_numbers_are_short_and_keep_their_value():
    assert [*option_words({"--a": 0.25, "--b": 1 / 3, "--c": 6.0})] == ["--a", "0.25", "--b", str(1 / 3), "--c", "6"]


def test_flags_lists_and_dashes():
    options = {"--on": True, "--off": False, "--none": None, "--many": ["a", "-b"]}
    assert command_line("styles show", options, ["-x"]) == "promptkit styles show --on --many a --many=-b -- -x"
    assert command_line("generate", {"--negative": "\0"}, ["a"]) is None


def test_every_verb_that_shapes_a_run_names_an_option_that_there_is():
    known = {option for parameter in generate.params for option in parameter.opts}
    for verb in verbs.every():
        words = verb.equivalent.split()
        if words[:1] == ["generate"]:
            assert {word for word in words if word.startswith("--")} <= known, verb.name


def test_a_lock_is_an_option_that_goes_with_a_style():
    style = ["--style", "embedded/watercolour-dusk", "--json"]
    done = CliRunner().invoke(app, ["expand", "a fox", *style, "--lock", "camera"])
    (variant,) = json.loads(done.stdout)["variants"]
    assert "camera" in variant["missing"]
    for command in ("expand", "generate"):
        refused = CliRunner().invoke(app, [command, "a fox", "--lock", "camera"])
        assert refused.exit_code == 2
        assert "add --style" in refused.stderr


SCRIPT = """a red lighthouse, oil painting
style embedded/watercolour-dusk
set lighting "golden" hour
lock camera
negative it's blurry
seed 5
steps 3
candidates 2
generate
command
"""


def test_the_line_in_a_shell_makes_the_same_pictures(tmp_path, warm_python):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    console = [warm_python, "-m", "promptkit", "console", "--library", "pictures"]
    done = subprocess.run(console, input=SCRIPT, cwd=here, capture_output=True, text=True, check=True, timeout=120)
    line = done.stdout.splitlines()[-1]
    assert line.startswith("promptkit generate ")
    shell = f"promptkit() {{ '{warm_python}' -m promptkit \"$@\"; }}; {line} --quiet"
    made_there = subprocess.run(["bash", "-c", shell], cwd=there, capture_output=True, text=True, timeout=120)
    assert made_there.returncode == 0, made_there.stderr
    made = {path.name: path.read_bytes() for path in here.rglob("*.png")}
    assert len(made) == 2
    assert made == {path.name: path.read_bytes() for path in there.rglob("*.png")}
