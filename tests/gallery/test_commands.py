"""Commands that are copied: what a shell makes of them is what the recipe says."""

import subprocess
import sys

import pytest

from promptkit.cli.pictures import generate
from promptkit.commanding import shell_word
from promptkit.gallery.commands import commands
from promptkit.metadata import Provenance

RECIPE = {
    "prompt": "a cat", "resolved": "a cat, (oil painting:0.7)", "negative": "fog", "styles": [], "seed": 3, "candidates": 4,
    "model": {"name": "embedded"}, "ranker": {"name": "clip", "model": "embedded"},
    "search": {"name": "halving", "schedule": [40.0, 62.5]}, "variation": {"seed": 8, "strength": 0.25},
}  # fmt: skip
SETTINGS = {
    "num_inference_steps": 16,
    "guidance_scale": 3.5,
    "width": 64,
    "height": 48,
    "sampler": "euler",
    "batch_size": 2,
}
WORDS = (
    "plain", "two words", "it's", '"quoted"', "$(reboot) `reboot` $HOME", "back\\slash", "!history", "new\nline", "tab\there",
    "a\u202eb", "\x1b[31m", "\U000e0041 tag", "漢字 🙂\u200d", "*?[x]", "", "-x", "it's\n\\'new\\n",
)  # fmt: skip


def said(**changes):
    recipe = {**RECIPE, **changes.pop("recipe", {})}
    return Provenance(
        **{
            "tool": "promptkit",
            "prompt": recipe["prompt"],
            "settings": SETTINGS,
            "seed": 3,
            "recipe": recipe,
            **changes,
        }
    )


def split(line):
    """Return a command line's words as bash reads them."""
    script = f'{sys.executable} -c "import sys; print(ascii(sys.argv[1:]))" {line}'
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    import ast

    return ast.literal_eval(done.stdout)


def options_of(command):
    """Return what ``promptkit generate`` makes of a command line."""
    words = split(command.text)
    assert words[:2] == ["promptkit", "generate"]
    return generate.make_context("generate", words[2:]).params


def test_a_shell_reads_every_word_as_it_was():
    assert split(" ".join(shell_word(word) for word in WORDS)) == list(WORDS)


def test_what_is_copied_shows_all_its_signs():
    for word in WORDS:
        assert all(char.isprintable() or char == "\u200d" for char in shell_word(word))


@pytest.mark.parametrize("word", ["nul\0", "half \ud800"])
def test_what_no_command_line_holds_has_no_command(word):
    assert shell_word(word) is None
    assert [one.label for one in commands(said(prompt=word), "x.png")] == ["This picture again"]


def test_a_run_is_told_by_its_options():
    again, run = commands(said(), "my cat.png")
    assert split(again.text) == ["promptkit", "reproduce", "my cat.png"]
    found = options_of(run)
    wanted = {
        "text": "a cat", "negative": "fog", "candidates": 4, "seed": 3, "variation_seed": 8, "variation_strength": 0.25,
        "ranker": "clip:embedded", "search": "halving:40,62.5", "sampler": "euler", "steps": 16, "guidance": 3.5,
        "width": 64, "height": 48, "batch_size": 2, "model": "embedded", "dialect": "a1111", "finish": None,
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted


def test_words_that_styles_added_stand_in_the_prompt():
    run = commands(said(recipe={"styles": ["pack/oil"]}), "x.png")[1]
    assert options_of(run)["text"] == "a cat, (oil painting:0.7)"
    assert options_of(run)["styles"] == ()


def test_a_prompt_that_begins_like_an_option_is_none():
    run = commands(said(prompt="--help me", recipe={"negative": "-fog"}), "x.png")[1]
    assert options_of(run)["text"] == "--help me"
    assert options_of(run)["negative"] == "-fog"


def test_a_chain_that_was_done_is_told():
    step = {"name": "grade", "settings": {"look": "golden", "note": 'a "b";c'}}
    run = commands(said(finish=(step, {"name": "odd"})), "x.png")[1]
    assert options_of(run)["finish"] == 'grade:look=golden;note="a ""b"";c"'


def test_another_tools_picture_has_the_nearest_command():
    found = Provenance(
        tool="A1111", prompt="a cat", negative="fog", seed=5, settings=SETTINGS, model={"name": "dreamy"}
    )
    _, near = commands(found, "x.png")
    assert near.label == "The nearest that promptkit can do"
    params = options_of(near)
    assert (params["seed"], params["candidates"], params["model"], params["negative"]) == (5, 1, "dreamy", "fog")


@pytest.mark.parametrize("nothing", [None, Provenance(tool="x")])
def test_what_says_nothing_has_no_command(nothing):
    assert commands(nothing, "x.png") == ()


def test_a_prompt_that_is_too_long_for_generate_has_none():
    assert len(commands(said(prompt="x" * 40_000), "x.png")) == 1
