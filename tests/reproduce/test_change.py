"""Other words in a slot: everything else stays in its place, with its weight and its slot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.errors import PromptError, SettingsError
from promptkit.frames import Frame
from promptkit.prompt import Phrase, Prompt
from promptkit.reproduce.change import changed
from promptkit.reproduce.recorded import recorded_prompt


def prompt_of(text, added=(), dialect="a1111", **more):
    read = promptkit.parse(text, dialect=dialect)
    phrases = (*read.phrases, *(Phrase(text=words, slot=slot, source="pack/style") for slot, words in added))
    return Prompt(text=text, phrases=phrases, dialect=dialect, negative_text="blurry", **more)


def change(prompt, drops=(), **words):
    return changed(prompt, words, drops, lambda text: promptkit.parse(text, dialect=prompt.dialect))[0]


def in_place(prompt):
    for phrase in prompt.phrases:
        assert not phrase.typed or prompt.text[phrase.start : phrase.end] == phrase.text
    return prompt


CASES = [
    ("a red lighthouse, golden hour, watercolour", {"lighting": "moonlight"}, "a red lighthouse, moonlight, watercolour"),
    ("a red lighthouse, (golden hour:1.3), 35mm", {"lighting": "moonlight"}, "a red lighthouse, (moonlight:1.3), 35mm"),
    ("golden hour, a lighthouse, soft light", {"lighting": "fog"}, "fog, a lighthouse"),
    ("a lighthouse", {"lighting": "moonlight"}, "a lighthouse, moonlight"),
    ("a lighthouse AND a dog", {"lighting": "moonlight"}, "a lighthouse, moonlight AND a dog, moonlight"),
    ("a lighthouse, [golden hour:moonlight:0.5]", {"style": "oil painting"},
     "a lighthouse, [golden hour:moonlight:0.5], oil painting"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words", "resolved"), CASES)
def test_the_words_of_one_slot_are_exchanged(text, words, resolved):
    before = prompt_of(text)
    after = in_place(change(before, **words))
    assert after.resolved == resolved
    (slot,) = words
    kept = [(phrase.text, phrase.slot, phrase.weight) for phrase in before.phrases if phrase.slot != slot]
    assert [(phrase.text, phrase.slot, phrase.weight) for phrase in after.phrases if phrase.slot != slot] == kept
    assert after.negative_resolved == "blurry"


def test_the_new_words_are_about_their_slot_whatever_they_say():
    after = change(prompt_of("a lighthouse, golden hour"), lighting="(a dog:1.2)")
    assert [(p.text, p.weight) for p in after.slot("lighting")] == [("a dog", 1.2)]
    assert after.resolved == "a lighthouse, (a dog:1.2)"


def test_a_styles_words_give_way_and_those_of_other_slots_stay():
    before = prompt_of(
        "a dog", [("style", "oil painting"), ("lighting", "dusk"), ("lighting", "haze"), ("camera", "wide")]
    )
    after = change(before, lighting="moonlight")
    assert after.resolved == "a dog, oil painting, moonlight, wide"
    assert [p.source for p in after.phrases] == ["user", "pack/style", "user", "pack/style"]
    assert change(before, drops=("lighting", "style")).resolved == "a dog, wide"
    typed = prompt_of("a dog, dusk", [("lighting", "haze")])
    assert change(typed, lighting="moonlight").resolved == "a dog, moonlight"


def test_a_dropped_slot_takes_its_brackets_and_commas_along():
    after = in_place(change(prompt_of("a red lighthouse, (golden hour:1.3), 35mm photo"), drops=("lighting",)))
    assert after.resolved == "a red lighthouse, 35mm photo"
    both = prompt_of("a lighthouse, golden hour AND a dog, golden hour")
    assert change(both, drops=("lighting",)).resolved == "a lighthouse AND a dog"


def test_several_changes_at_once():
    before = prompt_of("a red lighthouse, golden hour, watercolour, 35mm")
    after = in_place(change(before, drops=("camera",), lighting="moonlight", style="oil painting"))
    assert after.resolved == "a red lighthouse, moonlight, oil painting"


def test_a_prompt_inside_a_frame_is_read_as_a_whole():
    framed = prompt_of("a dog, golden hour", frames=(Frame(source="pack/style", text="photo of {prompt}, sharp"),))
    recorded = recorded_prompt(prompt_of("a dog, golden hour"), framed.resolved)
    after, note = changed(recorded, {"lighting": "moonlight"}, (), promptkit.parse)
    assert after.resolved == "photo of a dog, moonlight, sharp"
    assert after.negative_resolved == "blurry"
    assert "word for word" in note


@pytest.mark.parametrize(
    ("words", "drops", "error"),
    [
        ({"lightning": "fog"}, (), "no slot 'lightning'"),
        ({"lighting": ", ,"}, (), "says nothing"),
        ({}, ("camera",), "Nothing in the prompt is about camera"),
    ],
)
def test_what_cannot_be_changed_is_told(words, drops, error):
    with pytest.raises(SettingsError, match=error) as caught:
        changed(prompt_of("a dog, dusk"), words, drops, promptkit.parse)
    assert caught.value.hint


def test_words_that_the_dialect_refuses_are_refused():
    with pytest.raises(PromptError):
        change(prompt_of("a dog, dusk"), lighting="fog " * 10_000)


WORDS = [
    "a red lighthouse",
    "golden hour",
    "oil painting",
    "35mm",
    "(soft light:1.2)",
    "[fog]",
    "two dogs",
    "BREAK",
    "AND",
]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7), st.sampled_from(["lighting", "style", "camera"]))
def test_typed_phrases_of_other_slots_keep_their_words_weights_and_order(parts, slot):
    before = prompt_of(", ".join(parts))
    after = in_place(change(before, **{slot: "moonlight glow"}))
    kept = [(p.text, p.slot, p.weight) for p in before.phrases if p.slot != slot]
    assert [(p.text, p.slot, p.weight) for p in after.phrases if p.slot != slot] == kept
    assert "moonlight glow" in after.resolved
