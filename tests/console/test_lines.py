"""Lines: what is a verb, what is a prompt, and what is asked back."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptkit.console import verbs
from promptkit.console.lines import answer, read_line
from promptkit.console.verb import Leave, Verb
from promptkit.errors import PromptkitError, SettingsError

VERBS = (
    ("seed 42", "seed", "42"),
    ("SEED random", "seed", "random"),
    ("  undo  ", "undo", ""),
    ("undo 3\r\n", "undo", "3"),
    ("?", "help", ""),
    ("exit", "quit", ""),
    ("set lighting  golden hour", "set", "lighting  golden hour"),
    ("set lihgting golden hour", "set", "lihgting golden hour"),
    ("style\twatercolour-dusk", "style", "watercolour-dusk"),
    ("style noir", "style", "noir"),
    ("size 512 x 768", "size", "512 x 768"),
    ("sampler DPM++ 2M Karras", "sampler", "DPM++ 2M Karras"),
    ("sampler PLMS", "sampler", "PLMS"),
    ("model embeded", "model", "embeded"),
    ("lock camera, lighting", "lock", "camera, lighting"),
    ("help stlye", "help", "stlye"),
    ("/history", "history", ""),
    ("/ history", "history", ""),
)
PROMPTS = (
    "a red lighthouse",
    "seed pods on a table",
    "steps to heaven",
    "size of a mountain",
    "style of Monet, a pond",
    "set design of an opera",
    "drop of water",
    "lock and key",
    "model on a runway",
    "help me up",
    "show jumping horses",
    "reset button on a desk",
    "negative space around a tree",
    "history of art, mural",
    "command room, dusk",
    "undo button, macro",
    "guidance counselor at work",
    "candidates at a debate",
    "quit smoking poster",
    "explain it like a diagram",
    "finishing line of a race",
    "override switch, neon",
    "snow",
    "locks",
)


@pytest.mark.parametrize(("text", "name", "rest"), VERBS)
def test_a_line_that_reads_as_its_verb_is_one(bench, text, name, rest):
    said = read_line(bench, text)
    assert (said.verb and said.verb.name, said.rest) == (name, rest)


@pytest.mark.parametrize("text", PROMPTS)
def test_a_prompt_may_begin_with_a_verb(bench, text):
    said = read_line(bench, text)
    assert (said.verb, said.rest) == (None, text)


SLIPS = (
    "best 0",
    "steps abc",
    "style nope",
    "sampler foo",
    "dialect foo",
    "model nope",
    "drop mood",
    "tag 1",
    "compare 1",
    "compare 1 1",
    "finish 1 foo bar",
    "why x",
    "help foo",
    "quit now",
    "generate 4 pictures",
    "seed 1 2",
)


@pytest.mark.parametrize("text", SLIPS)
def test_a_slip_behind_a_verb_is_told_and_is_no_prompt(bench, text):
    with pytest.raises(SettingsError, match="does not go with") as caught:
        read_line(bench, text)
    assert "It is written" in caught.value.hint
    assert caught.value.hint.endswith(f": {text}")
    assert read_line(bench, f": {text}").rest == text


def test_no_prompt_goes_for_a_line_that_begins_with_a_verb(bench):
    assert answer(bench, "best friends at dusk")[-1].plain == "Taken as a prompt; /best is the verb."
    with pytest.raises(SettingsError, match="'friends at dawn' does not go with best"):
        answer(bench, "best friends at dawn")
    assert bench.desk.text == "best friends at dusk"
    answer(bench, ": best friends at dawn")
    assert bench.desk.text == "best friends at dawn"


def test_in_a_script_a_line_that_begins_with_a_verb_is_no_prompt(bench):
    bench.scripted = True
    with pytest.raises(SettingsError, match="does not go with best"):
        read_line(bench, "best friends at dusk")


def test_a_colon_makes_any_line_a_prompt(bench):
    assert read_line(bench, ": seed 42").rest == "seed 42"
    assert read_line(bench, ":smile: face").rest == ":smile: face"
    assert read_line(bench, ": ").rest == ""
    answer(bench, ": undo")
    assert bench.desk.text == "undo"


def test_nothing_is_nothing(bench):
    for text in ("", "  \r\n", ":", ": "):
        assert answer(bench, text) == ()
    assert bench.history.labels() == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("sede 42", "seed 42"),
        ("steps20", None),
        ("stpes 20", "steps 20"),
        ("stlye watercolour-dusk", "style watercolour-dusk"),
        ("undoo 2", "undo 2"),
        ("lok lighting", "lock lighting"),
        ("udno", "undo"),
        ("exlpain", "explain"),
    ],
)
def test_a_slip_of_a_verb_is_asked_back(bench, text, meant):
    if meant is None:
        assert read_line(bench, text).verb is None
        return
    with pytest.raises(SettingsError, match=f"Did you mean '{meant}'") as caught:
        read_line(bench, text)
    assert caught.value.hint.endswith(f": {text}")


@pytest.mark.parametrize("name", ["seed", "style", "set", "negative", "model", "text-seed", "DROP"])
def test_a_verb_alone_that_needs_more_is_no_prompt(bench, name):
    with pytest.raises(SettingsError, match="needs more") as caught:
        read_line(bench, name)
    assert f": {name}" in caught.value.hint
    assert read_line(bench, f": {name}").rest == name


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("/stlye noir", "/style"),
        ("/seed pods", "seed N|random"),
        ("/set", "set SLOT WORDS"),
        ("/", "help"),
        ("/zzzz", "help"),
    ],
)
def test_a_slash_makes_a_verb_or_an_error(bench, text, cure):
    with pytest.raises(SettingsError) as caught:
        read_line(bench, text)
    assert cure in caught.value.hint


def test_verbs_of_plugins_come_behind_our_own(bench):
    def verb(name):
        return Verb(name=name, summary="", usage=name, examples=(name,), run=lambda _, rest: (f"{name} {rest}",))

    bench.plugged = {"shout": verb("shout"), "seed": verb("seed")}
    assert answer(bench, "shout loud") == ("shout loud",)
    answer(bench, "seed 5")
    assert bench.desk.seed == 5
    assert verbs.names(bench.plugged).count("seed") == 1


def test_what_was_done_is_kept_as_command_lines(bench):
    made = Verb(
        name="make",
        summary="",
        usage="make",
        examples=("make",),
        run=lambda *_: (),
        command=lambda _, rest: f"did {rest}",
    )
    failing = Verb(
        name="fail", summary="", usage="fail", examples=("fail",), run=lambda *_: 1 / 0, command=lambda *_: "did not"
    )
    bench.plugged = {"make": made, "fail": failing}
    answer(bench, "make 1")
    with pytest.raises(ZeroDivisionError):
        answer(bench, "fail")
    answer(bench, "seed 5")
    assert bench.commands == ["did 1"]


FIRST_WORDS = st.sampled_from((*verbs.names(), ":", "/", "/set", "stlye", "")).map(lambda word: f"{word} ")
LINES = st.builds(lambda word, rest: f"{word}{rest}"[:200], FIRST_WORDS | st.just(""), st.text(max_size=200))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=250)
@given(text=LINES)
def test_any_text_is_a_verb_a_prompt_or_an_error_with_a_cure(bench, text):
    try:
        said = read_line(bench, text)
        if said.verb is None or not said.verb.works:
            answer(bench, text)
    except PromptkitError as error:
        assert error.hint
    except Leave:
        assert read_line(bench, text).verb.name == "quit"
