"""What a style is for, and how well it fits what was typed."""

import pytest

import promptkit
from promptkit.packs.fitting import Typed, fit
from promptkit.packs.kinds import kinds, kinds_of, purpose
from promptkit.packs.style import Style, StyleText
from promptkit.packs.tones import tones


def style(summary="", *, subject=None, negative=(), template=None, **slots):
    texts = {slot: tuple(StyleText(text=text) for text in said) for slot, said in slots.items()}
    return Style(
        pack="test", name="style", title="Style", summary=summary, subject=subject, slots=texts,
        negative=tuple(negative), template=template,
    )  # fmt: skip


def rate(text, made, slot="lighting", *, negative="", pack="", beside=None):
    return fit(Typed(promptkit.parse(text, negative=negative), beside=beside), made, slot, pack)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a dog", ["animal"]),
        ("two puppies in a kitchen", ["animal", "room"]),
        ("a bowl of ramen", ["food"]),
        ("hot dog", ["food"]),
        ("a red lighthouse on a cliff", ["building", "landscape"]),
        ("misty mountains", ["landscape"]),
        ("an old pocket watch", ["object"]),
        ("cherries and strawberries", ["food"]),
        ("a steam locomotive", ["vehicle"]),
        ("quantum entanglement", []),
    ],
)
def test_what_a_prompt_shows(text, names):
    assert [kind.name for kind in kinds_of(promptkit.parse(text))] == names


def test_the_last_word_before_a_small_one_is_the_subject():
    assert kinds_of(promptkit.parse("a sea captain with a parrot"))[0].name in ("person", "landscape")
    assert kinds_of(promptkit.parse("a kitchen cat"))[0].name == "animal"


def test_the_table_of_kinds_is_sound():
    for kind in kinds().values():
        assert set(kind.kin) <= set(kinds())
        assert kind.signs
        assert all(word == word.lower().strip() for word in kind.names | kind.signs)


def test_what_a_style_is_for_is_what_stands_behind_for():
    found = purpose(style("A soft room with a big window; flattering for people and animals."), "Faces and figures.")
    assert [set(use) for use in found.uses] == [{"person"}, {"animal"}]
    assert set(found.pack) == {"person"}
    assert set(found.talk) == {"room"}


def test_a_style_for_the_subject_fits_better_than_one_for_something_else():
    mine = rate("a dog", style("Low sun; for pets.", lighting=["low sun"]))
    anyones = rate("a dog", style("Low sun.", lighting=["low sun"]))
    others = rate("a dog", style("Low sun; for buildings.", lighting=["low sun"]))
    assert mine.score > anyones.score > others.score
    assert "it is made for pets" in mine.reasons
    assert any("as with most things" in reason for reason in anyones.reasons)


def test_words_for_something_else_count_against_it():
    assert (
        rate("a lighthouse", style(lighting=["light across the cheek and the nose"])).score
        < rate("a lighthouse", style(lighting=["light across the stones"])).score
    )


@pytest.mark.parametrize(
    ("text", "negative", "light"),
    [
        ("a fox at night", "", "bright noon sun"),
        ("a fox", "neon", "neon tubes"),
        ("a fox, daylight", "", "moonlight"),
    ],
)
def test_what_contradicts_the_prompt_does_not_fit(text, negative, light):
    assert rate(text, style(lighting=[light]), negative=negative) is None


def test_a_frame_and_an_empty_slot_do_not_fit():
    assert rate("a dog", style(lighting=["haze"], template="{prompt} in haze")) is None
    assert rate("a dog", style(camera=["35mm"])) is None


def test_a_hint_is_followed():
    hard = rate("cinematic, a diver", style(lighting=["hard key light, deep shadows"]))
    flat = rate("cinematic, a diver", style(lighting=["flat even light"]))
    assert hard.score > flat.score
    assert any(reason.startswith("it follows “cinematic”, which leans to contrasty") for reason in hard.reasons)


def test_a_mood_is_kept():
    dark = rate("a gloomy castle", style(lighting=["dim lamps"]))
    bright = rate("a gloomy castle", style(lighting=["bright noon sun"]))
    assert dark.score > bright.score
    assert any("gloomy" in reason for reason in dark.reasons)


def test_no_lens_is_talked_of_where_something_is_painted():
    lens = rate("a fox, watercolour", style(camera=["85mm lens", "f/2"]), "camera")
    view = rate("a fox, watercolour", style(camera=["seen from above"]), "camera")
    assert lens.score < 0 < view.score
    assert any("no lens or lamp" in reason for reason in view.reasons)
    assert rate("a fox, photograph", style(camera=["85mm lens"]), "camera").score > lens.score


def test_light_goes_with_the_style_that_is_offered_beside_it():
    ink = style(style=["ink drawing"], lighting=["flat light"])
    photo = style(style=["studio photograph"], lighting=["flat light"])
    assert rate("a fox", photo, beside=photo).score > rate("a fox", ink, beside=photo).score


def test_a_style_that_forbids_the_prompt_fits_worse():
    fine = style(lighting=["haze"])
    assert rate("a fox", style(lighting=["haze"], negative=["fox"])).score < rate("a fox", fine).score


@pytest.mark.parametrize(
    ("slot", "text", "tone"),
    [
        ("lighting", "two softboxes", "soft"),
        ("lighting", "candlelight", "warm"),
        ("camera", "ultra wide", None),
        ("camera", "wide establishing shot", "wide"),
        ("camera", "portrait, 85mm", "close"),
    ],
)
def test_tones(slot, text, tone):
    assert tone is None or tone in tones(slot, text)
    assert tones("subject", text) == frozenset()
