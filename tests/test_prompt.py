from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.errors import PromptError, SettingsError
from promptkit.frames import Frame
from promptkit.prompt import Phrase
from promptkit.seeds import MAX_SEED, candidate_seed, text_draw


def test_resolved_keeps_what_was_typed_and_appends_what_was_added():
    prompt = promptkit.parse("a dog, (golden hour:1.2)")
    fuller = replace(
        prompt, phrases=(*prompt.phrases, Phrase(text="35mm", slot="camera", weight=0.8, source="pack/style"))
    )
    assert fuller.resolved == "a dog, (golden hour:1.2), (35mm:0.8)"
    assert str(fuller) == "a dog, (golden hour:1.2)"


def test_replaced_words_leave_no_stray_commas():
    prompt = promptkit.parse("golden hour, a dog, 35mm")
    for slot, expected in (
        ("lighting", "a dog, 35mm"),
        ("subject", "golden hour, 35mm"),
        ("camera", "golden hour, a dog"),
    ):
        gone = prompt.slot(slot)
        kept = tuple(phrase for phrase in prompt.phrases if phrase not in gone)
        assert replace(prompt, phrases=kept, replaced=gone).resolved == expected


def test_plain_text_has_no_way_to_say_a_weight():
    prompt = promptkit.parse("(a dog)", dialect="plain")
    fuller = replace(
        prompt, phrases=(*prompt.phrases, Phrase(text="35mm", slot="camera", weight=0.8, source="pack/style"))
    )
    assert fuller.resolved == "(a dog), 35mm"


def test_a_frame_stands_round_everything():
    assert (
        replace(promptkit.parse("a dog"), frames=(Frame(source="pack/ink", text="ink of {prompt}, paper"),)).resolved
        == "ink of a dog, paper"
    )


def test_missing_and_hinted():
    prompt = promptkit.parse("cinematic, a diver")
    assert prompt.missing == ("lighting", "camera")
    assert set(prompt.hinted) == {"lighting", "camera"}


def test_prompt_error_draws_a_caret():
    error = PromptError("bad", text="one\ntwo three", position=8)
    assert (error.line, error.column) == (2, 5)
    assert error.excerpt == "two three\n    ^"


@given(st.integers(0, MAX_SEED), st.integers(0, 10_000))
def test_candidate_seed_adds_or_refuses(seed, index):
    if seed + index <= MAX_SEED:
        assert candidate_seed(seed, index) == seed + index
    else:
        with pytest.raises(SettingsError):
            candidate_seed(seed, index)


def test_negative_seed_is_refused():
    with pytest.raises(SettingsError, match="-1"):
        candidate_seed(-1, 0)


@given(st.integers(0, 2**32), st.text(), st.text())
def test_draws_depend_on_seed_and_node_alone(seed, node, other):
    first = text_draw(seed)(node).random()
    text_draw(seed)(other).random()
    assert text_draw(seed)(node).random() == first
    assert (text_draw(seed)(other).random() == first) == (node == other)
