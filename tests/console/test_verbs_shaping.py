"""Shaping verbs: what each does to the desk, what it says, and what it refuses."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptkit.console import verbs
from promptkit.console.desk import Desk
from promptkit.console.lines import answer, read_line
from promptkit.console.verb import Leave
from promptkit.errors import PromptkitError
from promptkit.terminal import visible

from .golden import check_screen, drawn

PROMPT = "a red lighthouse, oil painting, golden hour, close-up"
STYLE = "embedded/watercolour-dusk"
MODULES = ("words", "styles", "locks", "numbers", "choosing", "telling", "going_back", "helping")
SHAPING = [verb for verb in verbs.every() if any(verb.name in verbs.GROUPS[module] for module in MODULES)]


@pytest.fixture
def laid(bench):
    """A bench with a prompt and a style on its desk, and something to undo and to do again."""
    for line in (PROMPT, f"style {STYLE}", "seed 1", "seed 2", "seed 3", "undo 2"):
        answer(bench, line)
    return bench


def refused(bench, text: str) -> tuple[str, str]:
    before = bench.desk
    with pytest.raises(PromptkitError) as caught:
        answer(bench, text)
    assert bench.desk == before
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize("verb", SHAPING, ids=lambda verb: verb.name)
def test_a_verb_says_how_it_is_written_and_its_examples_run(laid, verb):
    assert verb.usage.split()[0] == verb.name
    assert verb.summary.endswith(".")
    assert len(verb.examples) >= 2
    for example in verb.examples:
        said = read_line(laid, example)
        assert said.verb is verb, example
        before = laid.desk
        try:
            assert list(answer(laid, example))
        except Leave:
            assert verb.name == "quit"
        laid.history.change(before, "back")


@pytest.mark.parametrize("verb", SHAPING, ids=lambda verb: verb.name)
def test_what_completes_a_verb_fits_it(laid, verb):
    answer(laid, "lock camera")
    for offered in list(verb.complete(laid, ""))[:20]:
        more = f"{offered} fog" if verb.name == "set" else offered
        assert verb.fits(laid, more), more


def test_aliases_stand_in_the_table():
    assert {alias: verb.name for verb in verbs.every() for alias in verb.aliases} == dict(verbs.ALIASES)
    assert [verb.name for verb in verbs.every()] == list(verbs.names())


def test_a_prompt_takes_the_place_of_the_last_and_keeps_the_rest(laid):
    answer(laid, "lock camera")
    answer(laid, "  a blue cat ")
    assert laid.desk.text == "a blue cat"
    assert (laid.desk.styles, laid.desk.seed, laid.desk.locked) == ((STYLE,), 1, ("camera",))
    answer(laid, "undo")
    assert laid.desk.text == PROMPT


def test_a_long_prompt_is_told_in_short_and_shown_whole(bench):
    text = "a red fox, " + "meadow " * 3000
    told = drawn(answer(bench, text))
    assert len(told) < 2600
    assert "characters in all; show shows the whole" in told
    bench.scripted = True
    assert len(drawn(answer(bench, text))) > 20_000


def test_control_characters_in_a_prompt_are_told(bench):
    assert "control characters" in drawn(answer(bench, "a red \x1b[31mfox"))
    assert "control characters" not in drawn(answer(bench, ": a red fox\nat dusk"))


def test_set_exchanges_words_where_they_stand(laid):
    answer(laid, "set lighting (moonlight:1.2)")
    assert laid.desk.text == "a red lighthouse, oil painting, (moonlight:1.2), close-up"
    answer(laid, "SET Camera wide shot")
    assert laid.desk.text == "a red lighthouse, oil painting, (moonlight:1.2), wide shot"


def test_set_adds_words_to_an_open_slot_and_to_an_empty_desk(bench):
    answer(bench, "set subject a red fox")
    answer(bench, "set lighting golden hour")
    assert bench.desk.text == "a red fox, golden hour"
    assert bench.typed.missing == ("style", "camera")


def test_words_that_are_set_stay_as_they_are_typed(bench):
    answer(bench, 'a "red" fox')
    answer(bench, 'set lighting "golden hour",  [moonlight:1.5]')
    assert bench.desk.text == 'a "red" fox, "golden hour",  [moonlight:1.5]'
    answer(bench, "set lighting ((moonlight))")
    assert "((moonlight))" in bench.desk.text
    assert "golden" not in bench.desk.text


def test_set_adds_to_every_prompt_of_an_and(bench):
    answer(bench, "a red fox AND a blue cat :0.5")
    answer(bench, "set lighting golden hour")
    assert bench.desk.text == "a red fox, golden hour AND a blue cat, golden hour :0.5"


def test_words_that_read_as_another_slot_are_told(bench):
    answer(bench, "a red fox")
    said = drawn(answer(bench, "set lighting a brown dog"))
    assert "reads as subject, and not as lighting" in said
    assert "reads" not in drawn(answer(bench, "set lighting moonlight"))


def test_drop_cuts_words_with_their_brackets(bench):
    answer(bench, "a red fox, ((golden hour)), close-up")
    answer(bench, "drop lighting")
    assert bench.desk.text == "a red fox, close-up"
    answer(bench, "a red fox, ((golden hour)), watercolour, close-up")
    answer(bench, "drop camera lighting")
    assert bench.desk.text == "a red fox, watercolour"


def test_drop_says_who_else_says_it(laid):
    answer(laid, "drop camera")
    message, cure = refused(laid, "drop camera")
    assert "you typed" in message
    assert f"unstyle {STYLE}" in cure
    answer(laid, "a red fox")
    assert "reset" in refused(laid, "drop subject")[1]


def test_a_locked_slot_is_left_alone(laid):
    answer(laid, "drop camera")
    assert [phrase.source for phrase in laid.prompt.slot("camera")] == [STYLE]
    before = laid.prompt.slot("camera")[0].text
    assert f"“{before}”, which a style said, is yours" in drawn(answer(laid, "lock camera lighting"))
    assert [(phrase.text, phrase.typed) for phrase in laid.prompt.slot("camera")] == [(before, True)]
    assert refused(laid, "set lighting moonlight") == ("lighting is locked.", "unlock lighting first.")
    assert refused(laid, "drop lighting")[1] == "unlock lighting first."
    answer(laid, "override lighting")
    assert laid.prompt.replaced == ()
    answer(laid, "unlock all")
    assert [phrase.text for phrase in laid.prompt.slot("camera")] == [before]


def test_a_locked_slot_keeps_what_a_style_put_in_the_place_of_what_was_typed(laid):
    answer(laid, "override camera")
    now = [phrase.text for phrase in laid.prompt.slot("camera")]
    assert "close-up" not in now
    answer(laid, "lock camera")
    assert [phrase.text for phrase in laid.prompt.slot("camera")] == now


def test_an_empty_slot_that_is_locked_stays_empty(bench):
    answer(bench, "a red lighthouse")
    assert "camera is empty, and stays so." in drawn(answer(bench, "lock camera"))
    answer(bench, f"style {STYLE}")
    assert bench.prompt.slot("camera") == ()


def test_override_lets_a_style_have_its_way(laid):
    answer(laid, "override camera")
    assert [phrase.text for phrase in laid.prompt.replaced] == ["close-up"]
    answer(laid, "override none")
    assert laid.prompt.replaced == ()


def test_a_style_is_named_once_and_its_last_weight_counts(laid):
    answer(laid, "style watercolour-dusk:0.6, window-light")
    assert laid.desk.styles == (f"{STYLE}:0.6", "portrait-photography/window-light")
    answer(laid, "unstyle watercolour-dusk")
    assert laid.desk.styles == ("portrait-photography/window-light",)
    assert "window-light" in refused(laid, "unstyle watercolour-dusk")[1]
    answer(laid, "unstyle all")
    assert laid.desk.styles == ()


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("style watercolor-dusk", "watercolour-dusk"),
        ("style embedded", "embedded/"),
        ("style window-light:99", "up to 10"),
        ("set lihgting fog", "lighting"),
        ("set lighting ,", "drop lighting"),
        ("set lighting", "drop lighting"),
        ("unstyle", "NAME…|all"),
        ("unstyle gone", "No style"),
        ("lock lightning", "lighting"),
        ("model embeded", "embedded"),
        ("model ./nowhere", "promptkit models"),
        ("ranker rednes", "redness"),
        ("sampler eulr", "euler"),
        ("steps 100000", "1 to 1000"),
        ("steps 0", "1 to 1000"),
        ("guidance -1", "0 to 50"),
        ("size 0x64", "1 to 16,384"),
        ("candidates 0", "1 to 10,000"),
        ("candidates -3", "1 to 10,000"),
        ("seed -1", "0"),
        ("finishing upscale:banana", "number"),
        ("dialect compl", "compel"),
        ("help stlye", "help style"),
    ],
)
def test_what_cannot_be_is_refused_with_a_cure_and_changes_nothing(bench, text, cure):
    message, hint = refused(bench, text)
    assert message.endswith(".")
    assert cure in hint


def test_a_text_that_a_dialect_refuses_is_not_put_on_the_desk(bench):
    answer(bench, "a (red:1.2) fox")
    answer(bench, "dialect compel")
    refused(bench, "a (red)99999999999999 fox")
    assert bench.desk.text == "a (red:1.2) fox"


def test_numbers_and_names_land_on_the_desk(bench):
    lines = (
        "seed 42", "candidates 2", "steps 20", "guidance 6.5", "size 512 x 768", "text-seed 3", "sampler Euler a", "ranker none",
        "finishing none", "dialect compel", "negative text, blur",
    )  # fmt: skip
    for line in lines:
        answer(bench, line)
    settings = bench.desk.settings
    assert (bench.desk.seed, bench.desk.candidates, bench.desk.text_seed) == (42, 2, 3)
    assert (settings.num_inference_steps, settings.guidance_scale) == (20, 6.5)
    assert (settings.width, settings.height, settings.sampler) == (512, 768, "euler_a")
    assert (bench.desk.ranker, bench.desk.finish, bench.desk.dialect) == ("none", "none", "compel")
    assert bench.desk.negative == "text, blur"
    for line in ("steps auto", "guidance auto", "size auto", "sampler auto", "ranker auto", "finishing styles"):
        answer(bench, line)
    assert bench.desk.settings == Desk().settings
    assert (bench.desk.ranker, bench.desk.finish) == (None, None)


def test_a_template_is_drawn_by_the_text_seed_and_stays_as_it_was_typed(bench):
    text = "a {red|blue|green} fox, golden hour"
    assert "template on" in drawn(answer(bench, text))
    assert bench.prompt.resolved == text
    answer(bench, "template on")
    seen = {bench.prompt.resolved}
    for seed in range(12):
        answer(bench, f"text-seed {seed}")
        seen.add(bench.prompt.resolved)
    assert seen == {f"a {colour} fox, golden hour" for colour in ("red", "blue", "green")}
    answer(bench, "set lighting fog")
    assert bench.desk.text == "a {red|blue|green} fox, fog"
    message, cure = refused(bench, "a __nothing-like-it__ fox")
    assert message
    assert cure
    answer(bench, "template off")
    assert bench.prompt.resolved == "a {red|blue|green} fox, fog"


def test_a_search_is_checked_against_ranker_and_schedule(bench):
    answer(bench, "search halving:40,60")
    assert bench.desk.search == "halving:40,60"
    refused(bench, "search halving:abc")
    answer(bench, "search best-of-n")
    answer(bench, "ranker none")
    assert "ranker" in refused(bench, "search halving:40,60")[0]


def test_a_style_that_cannot_be_applied_leaves_the_desk_as_it_was(laid):
    laid.change("style", styles=("gone/away",))
    for line in ("a blue cat", "set lighting fog", "drop lighting", "negative blur", "lock camera", "text-seed 4"):
        assert "gone/away" in refused(laid, line)[0]
    answer(laid, "unstyle all")
    assert laid.desk.styles == ()


def test_a_name_that_may_be_the_begin_of_a_prompt_says_the_way_out(bench):
    assert refused(bench, "set lightning over the sea")[1].endswith(": set lightning over the sea")
    assert ": sampler" not in refused(bench, "sampler eulr")[1]


def test_a_name_that_no_file_system_takes_is_no_model(bench):
    assert "does not go with model" in refused(bench, f"model {'a' * 5000}")[0]
    assert "does not go with model" in refused(bench, "model a\0b")[0]


def test_a_random_seed_is_told_and_stays(bench):
    said = drawn(answer(bench, "seed random"))
    assert said == f"seed {bench.desk.seed}\n"


def test_reset_keeps_the_model(laid):
    answer(laid, "reset")
    assert laid.desk == Desk(model="fake")
    answer(laid, "undo")
    assert laid.desk.text == PROMPT


def test_nothing_to_undo_and_nothing_to_show_is_said(bench):
    assert "nothing to undo" in drawn(answer(bench, "undo"))
    assert "nothing to do again" in drawn(answer(bench, "redo 3"))
    assert "Nothing was changed" in drawn(answer(bench, "history"))
    assert "No prompt yet" in drawn(answer(bench, "show"))
    assert "Type one" in refused(bench, "explain")[1]
    assert "Type one" in refused(bench, "command")[1]


@pytest.mark.parametrize("name", ["show", "explain", "history", "help style"])
def test_screens(laid, name):
    answer(laid, "lock camera")
    check_screen(name.replace(" ", "-"), answer(laid, name))


def test_no_answer_hands_on_what_could_move_the_cursor(bench):
    evil = "a fox \x1b[31m\u202e [bold]x[/] \x07 :smile:"
    for line in (
        f": {evil}",
        f"negative {evil}",
        f"set lighting {evil}",
        "show",
        "explain",
        "history",
        "undo 2",
        "redo",
    ):
        shown = drawn(answer(bench, line))
        assert visible(shown) == shown
        assert "bold" in shown or "fox" not in shown


LINES = st.sampled_from([example for verb in SHAPING for example in verb.examples if verb.name not in
                         ("undo", "redo", "quit", "history", "help")] +
                        [PROMPT, "a blue cat AND a dog", "set style pixel art", "drop subject", "seed random", ": style noir"])  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(lines=st.lists(LINES, min_size=1, max_size=12))
def test_as_many_undos_as_verbs_give_the_first_desk_and_redos_the_last(registry, bench, lines):
    bench = replace(bench, history=type(bench.history)(Desk(model="fake")))
    first = bench.desk
    for line in lines:
        try:
            answer(bench, line)
        except PromptkitError as error:
            assert error.hint
    last, done = bench.desk, len(bench.history.labels())
    assert done <= len(lines)
    for _ in range(done):
        answer(bench, "undo")
    assert bench.desk == first
    assert bench.history.labels() == []
    answer(bench, "redo 1000")
    assert bench.desk == last
