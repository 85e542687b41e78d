"""What the command line says of requests that cannot be met, to people and to programs."""

import json
import subprocess
import sys

import pytest

from tests.cli.test_cli import clean, run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["expand", "a dog", "--style", "nope"], "promptkit styles list"),
        (["expand", "a dog", "--style", "cinematic"], "is a pack. Name one of its styles: cinematic/"),
        (["expand", "a __nosuch__", "--template"], "promptkit wildcards list"),
        (["parse", "a dog", "--dialect", "klingon"], "There are: a1111, comfyui, compel, plain"),
        (["generate", "a dog", "--sampler", "nope"], "promptkit samplers lists them"),
        (["generate", "a dog", "--seed", "-1"], "Seed -1 is outside"),
        (["generate", "a dog", "--seed", "-1"], "Choose 0 or more; leave --seed out"),
        (["expand", "a dog", "--override", "lighting"], "add --style"),
        (["expand", "{a|b}", "--template", "--all", "--limit", "3"], "--limit and --all"),
        (["styles", "search", " ?"], "Give words to find"),
    ],
)
def test_a_wrong_request_says_what_to_type(arguments, said):
    done = clean(run(*arguments))
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Did you mean" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "line", "column"),
    [
        (["parse", "a\n(dog:nan)", "--json"], 2, 2, 5),
        (["expand", "a dog", "--style", "nope", "--json"], 2, None, None),
        (["expand", "a dog", "--nonsense", "--json"], 2, None, None),
        (["parse", "--json", "--file", "/nowhere"], 1, None, None),
    ],
)
def test_with_json_an_error_is_one_document(arguments, code, line, column):
    done = clean(run(*arguments))
    assert (done.returncode, done.stderr) == (code, "")
    document = json.loads(done.stdout)
    assert (document["promptkit"], document["kind"]) == (1, "error")
    assert (document["line"], document["column"]) == (line, column)
    assert document["message"]
    assert document["hint"]


def test_each_variant_shows_its_negative():
    text = "a {red|blue} fox, {dawn|dusk --no sun}"
    lines = [line.strip() for line in clean(run("expand", text, "--template", "--all")).stdout.splitlines()]
    at = lines.index("2. a red fox, dusk")
    assert lines[at + 1 :] == ["not sun", "3. a blue fox, dawn", "4. a blue fox, dusk", "not sun"]


def test_expanding_by_nothing_says_what_could_be_asked_for():
    done = clean(run("expand", "a fox"))
    assert (done.returncode, 'promptkit suggest "a fox"' in done.stderr) == (0, True)
    assert "Nothing was asked for" not in run("expand", "a fox", "--style", "embedded/any-hour").stderr


def test_words_of_which_no_style_says_all_find_those_that_say_most():
    for words in (["cinmatic", "portait"], ["portrait", "dog"]):
        done = clean(run("styles", "search", *words))
        assert done.stdout
    assert "these say the most" in clean(run("styles", "search", "tungsten", "zzzzzz")).stderr


def test_ctrl_c_while_modules_are_imported_is_no_traceback():
    script = (
        "import sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name in ('click', 'promptkit.cli.app'):\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from promptkit.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped.\n")
