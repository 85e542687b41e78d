"""What a prompt and several styles come to together."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.expanders.mixing import NOT_TOGETHER, YOURS, AppliedStyle, apply_styles
from promptkit.expanders.styles import default_library, expand
from promptkit.packs.style import Style, StyleText
from promptkit.seeds import text_draw

LIBRARY = default_library()


def style(name, weight=1.0, *, negative=(), conflicts=(), settings=None, order=(), subject=None, **slots):
    texts = {slot: tuple(StyleText(text=text) for text in said) for slot, said in slots.items()}
    made = Style(
        pack="test", name=name, title=name, slots=texts, negative=tuple(negative), conflicts=tuple(conflicts),
        settings=settings or {}, order=tuple(order), subject=subject,
    )  # fmt: skip
    return AppliedStyle(made, weight)


def mix(text, *styles, negative="", override=(), locked=(), dialect="a1111"):
    typed = promptkit.parse(text, negative=negative, dialect=dialect)
    return apply_styles(typed, styles, draw=text_draw(0), override=override, locked=locked)


def said(prompt, slot):
    return [(phrase.text, phrase.source) for phrase in prompt.slot(slot)]


def test_a_bare_prompt_gets_every_slot_and_still_says_what_it_said():
    prompt = next(expand("a dog", styles=["portrait-photography/window-light"], library=LIBRARY))
    assert prompt.missing == ()
    assert prompt.resolved.startswith("a dog, ")
    assert prompt.conflicts == ()


def test_a_style_gives_way_in_a_slot_that_is_typed_and_both_phrases_are_named():
    noir = style("noir", style=["film still"], lighting=["hard low-key light"], camera=["35mm lens"])
    prompt = mix("a fox, golden hour", noir)
    (conflict,) = prompt.conflicts
    assert (conflict.first.text, conflict.first.source) == ("golden hour", "user")
    assert (conflict.second.text, conflict.second.source) == ("hard low-key light", "test/noir")
    assert conflict.why == YOURS
    assert conflict.message == (
        'lighting: you typed "golden hour"; test/noir wants "hard low-key light" (the slot is yours): yours stays.'
    )
    assert prompt.resolved == "a fox, golden hour, film still, 35mm lens"
    told = mix("a fox, golden hour", noir, override=["lighting"])
    assert told.conflicts == ()
    assert told.resolved == "a fox, film still, hard low-key light, 35mm lens"


def test_a_locked_slot_gets_nothing_of_a_style_and_keeps_what_was_typed():
    noir = style("noir", style=["film still"], lighting=["hard low-key light"], camera=["35mm lens"])
    prompt = mix("a fox, golden hour", noir, override=["lighting"], locked=["lighting", "camera"])
    assert prompt.resolved == "a fox, golden hour, film still"
    assert prompt.missing == ("camera",)
    assert (prompt.replaced, prompt.conflicts) == ((), ())
    assert mix("a fox", noir, locked=["style", "lighting", "camera"]).resolved == "a fox"


def test_an_imported_style_is_applied_slot_by_slot_while_a_slot_is_locked():
    slots = {"style": (StyleText(text="film still"),), "lighting": (StyleText(text="neon"),)}
    made = Style(pack="test", name="framed", title="", slots=slots, template="film still of {prompt}, neon")
    assert mix("a fox", AppliedStyle(made)).resolved == "film still of a fox, neon"
    assert mix("a fox", AppliedStyle(made), locked=["lighting"]).resolved == "a fox, film still"


def test_the_two_phrases_that_exclude_each_other_are_the_ones_named():
    tele = style("tele", camera=["eye level", "200mm lens", "f/2.8"])
    (conflict,) = mix("a fox, low angle, 24mm lens", tele).conflicts
    assert (conflict.first.text, conflict.second.text) == ("low angle", "eye level")
    assert conflict.why == "views from above and below"


def test_saying_what_was_typed_is_no_conflict_and_is_not_said_twice():
    prompt = mix("a fox, watercolour, golden hour", style("dusk", style=["Watercolour"], lighting=["golden hour"]))
    assert prompt.conflicts == ()
    assert prompt.resolved == "a fox, watercolour, golden hour"


def test_several_styles_fill_one_slot_in_the_order_named_at_their_weights():
    prompt = mix(
        "a fox",
        style("one", 0.6, lighting=["candlelight"], camera=["eye level"]),
        style("two", lighting=["mist in the air"]),
    )
    assert prompt.resolved == "a fox, (candlelight:0.6), mist in the air, (eye level:0.6)"


@pytest.mark.parametrize(("weights", "winner"), [((1.0, 1.0), 0), ((0.6, 1.0), 1), ((1.2, 1.0), 0)])
def test_of_two_that_exclude_each_other_the_louder_stays_and_of_equals_the_first(weights, winner):
    short = style("short", weights[0], camera=["35mm lens", "eye level"], settings={"guidance_scale": 5.0})
    long = style("long", weights[1], camera=["85mm lens"], settings={"guidance_scale": 8.0})
    prompt = mix("a fox", short, long)
    lenses = ["35mm lens", "85mm lens"]
    texts = [phrase.text for phrase in prompt.slot("camera")]
    assert lenses[winner] in texts
    assert lenses[1 - winner] not in texts
    assert "eye level" in texts
    (conflict,) = prompt.conflicts
    assert (conflict.first.text, conflict.second.text) == (lenses[winner], lenses[1 - winner])
    assert conflict.why == "two focal lengths"
    assert prompt.settings == {"guidance_scale": (5.0, 8.0)[winner]}


def test_media_mix_and_are_told():
    prompt = mix("a fox, watercolour", style("shot", style=["product photograph"]))
    assert "product photograph" in prompt.resolved
    (conflict,) = prompt.conflicts
    assert conflict.both
    assert conflict.why == "two media"


def test_typed_style_words_win_where_only_one_can_be_true():
    prompt = mix("a fox, black and white", style("gaudy", style=["vivid colours", "poster"]))
    assert prompt.resolved == "a fox, black and white, poster"
    assert prompt.conflicts[0].why == "colour and black and white"


def test_a_style_cannot_forbid_what_is_said():
    one = style("one", style=["poster"], negative=["text", "neon", "blur"])
    two = style("two", lighting=["neon tubes"])
    prompt = mix("a sign with the text SALE", one, two)
    assert prompt.negative_resolved == "blur"
    assert {(c.first.source, c.second.text) for c in prompt.conflicts} == {("user", "text"), ("test/two", "neon")}
    assert 'test/one wants no "text" (one forbids the other): yours stays.' in prompt.conflicts[0].message


def test_your_negative_keeps_a_style_from_saying_it():
    prompt = mix("a fox", style("club", lighting=["neon lighting", "haze"]), negative="neon")
    assert prompt.resolved == "a fox, haze"
    (conflict,) = prompt.conflicts
    assert conflict.message == (
        'lighting: you want no "neon"; test/club wants "neon lighting" (one forbids the other): yours stays.'
    )


def test_styles_that_do_not_go_together_by_their_own_word():
    one = style("one", lighting=["candlelight"], conflicts=["test/tw*"])
    prompt = mix("a fox", one, style("two", lighting=["neon tubes"]))
    (conflict,) = prompt.conflicts
    assert conflict.why == NOT_TOGETHER
    assert {conflict.first.text, conflict.second.text} == {"candlelight", "neon tubes"}
    assert {conflict.first.source, conflict.second.source} == {"test/one", "test/two"}


def test_an_imported_style_says_all_it_says_and_what_it_contradicts_is_told():
    made = Style(
        pack="test", name="ink", title="Ink", slots={"lighting": (StyleText(text="moonlight"),)}, negative=("fox",),
        template="ink drawing of {prompt}, moonlight", negative_template="fox",
    )  # fmt: skip
    prompt = mix("a fox, golden hour", AppliedStyle(made))
    assert prompt.resolved == "ink drawing of a fox, golden hour, moonlight"
    assert [(conflict.why, conflict.both) for conflict in prompt.conflicts] == [
        ("two times of day", True),
        ("one forbids the other", True),
    ]


def test_an_order_of_slots_is_kept():
    prompt = mix(
        "a fox", style("film", order=["camera", "lighting"], lighting=["haze"], camera=["35mm"], style=["film"])
    )
    assert prompt.resolved == "a fox, 35mm, haze, film"


def test_conflicts_as_json():
    document = mix("a fox, moonlight", style("one", lighting=["noon sun"])).conflicts[0].to_json()
    assert document["first"] == {"text": "moonlight", "source": "user", "weight": 1.0}
    assert document["second"]["source"] == "test/one"
    assert (document["why"], document["outcome"]) == ("two times of day", "the first stays")


TEXTS = st.text(string.ascii_letters + " ,()[]:.|0123456789<>-ANDé漢\n", min_size=1, max_size=60)
LIGHTS = ["candlelight", "noon", "moonlight", "haze", "soft light", "hard light"]
CAMERAS = ["35mm lens", "85mm lens", "f/2", "f/8", "eye level", "low angle", "wide shot"]
STYLES = st.builds(
    lambda number, weight, lights, cameras, names: style(
        f"s{number}", weight, lighting=lights, camera=cameras, style=names, negative=[*lights[:1], "blur"]
    ),
    st.integers(0, 99), st.sampled_from([0.5, 0.75, 1.0, 1.5]), st.lists(st.sampled_from(LIGHTS), unique=True, max_size=2),
    st.lists(st.sampled_from(CAMERAS), unique=True, max_size=3), st.lists(st.sampled_from(["ink", "film grain", "poster"]), unique=True),
)  # fmt: skip
MIXES = st.lists(STYLES, min_size=1, max_size=4, unique_by=lambda applied: applied.style.id)


def is_within(text, whole):
    """Whether every character of ``text`` stands in ``whole`` in its order."""
    rest = iter(whole)
    return all(char in rest for char in text)


@given(TEXTS, MIXES)
def test_typed_text_stays_and_every_phrase_keeps_its_source(text, styles):
    try:
        typed = promptkit.parse(text)
    except promptkit.PromptError:
        return
    prompt = apply_styles(typed, styles, draw=text_draw(0))
    assert str(prompt) == text
    assert is_within(text, prompt.resolved)
    if "AND" not in text:
        assert prompt.resolved.startswith(text)
    assert tuple(phrase for phrase in prompt.phrases if phrase.typed) == typed.phrases
    spoken = {applied.style.id: applied for applied in styles}
    for phrase in prompt.phrases:
        if not phrase.typed:
            applied = spoken[phrase.source]
            assert phrase.text in {said.text for said in applied.style.slots[phrase.slot]}
            assert phrase.weight == applied.weight


@given(MIXES)
def test_the_order_is_by_slot_then_as_named_and_no_two_exclude_each_other(styles):
    from promptkit.packs.exclusive import exclusion

    prompt = mix("a fox", *styles)
    added = [phrase for phrase in prompt.phrases if not phrase.typed]
    names = [applied.style.id for applied in styles]
    places = [(promptkit.prompt.SLOTS.index(phrase.slot), names.index(phrase.source)) for phrase in added]
    assert places == sorted(places)
    for slot in ("lighting", "camera"):
        for one in prompt.slot(slot):
            for other in prompt.slot(slot):
                assert one.source == other.source or exclusion(slot, one.text, other.text) is None
    assert prompt == mix("a fox", *styles)


@given(MIXES)
def test_nothing_that_a_style_wants_is_lost_in_silence(styles):
    prompt = mix("a fox, eye level", *styles, negative="haze")
    there = {phrase.text for phrase in prompt.phrases}
    told = {conflict.second.text for conflict in prompt.conflicts}
    slots = {conflict.slot for conflict in prompt.conflicts if conflict.why == YOURS or conflict.first.typed}
    for applied in styles:
        for slot, texts in applied.style.slots.items():
            assert slot in slots or {said.text for said in texts} <= there | told
