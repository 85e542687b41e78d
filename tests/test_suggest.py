"""Three fills for each open slot, with reasons, from the packs that are installed."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import promptkit
from promptkit.errors import PromptError, SettingsError
from promptkit.expanders.styles import default_library
from promptkit.packs.fitting import is_photographic
from promptkit.suggest import COMPLETE, suggest

LIBRARY = default_library()
SUBJECTS = [
    "a dog", "a bowl of ramen", "a red lighthouse", "misty mountains", "an old pocket watch", "a red car", "a queen",
    "a cosy kitchen", "quantum entanglement", "a dragon", "a tulip", "a street in Lisbon",
]  # fmt: skip


def advise(text, **options):
    return suggest(promptkit.parse(text), LIBRARY, **options)


@pytest.mark.parametrize("text", SUBJECTS)
def test_a_bare_prompt_gets_three_fills_a_slot_and_nothing_is_left_to_chance(text):
    advice = advise(text)
    assert list(advice.slots) == ["style", "lighting", "camera"]
    for slot, found in advice.all().items():
        assert len(found) == 3
        assert len({made.text for made in found}) == 3
        assert len({made.style for made in found}) == 3
        for made in found:
            assert made.reason.endswith(".")
            assert made.phrases
            assert {phrase.source for phrase in made.phrases} == {made.style}
            assert text in made.prompt.resolved
            assert slot == COMPLETE or slot not in made.prompt.missing
    assert advice.full.missing == ()
    assert advice.full.resolved.startswith(f"{text}, ")
    assert all(made.prompt.missing == () for made in advice.complete)


@pytest.mark.parametrize("text", SUBJECTS)
def test_whatever_is_picked_fills_every_slot(text):
    advice = advise(text)
    for numbers in itertools.product((1, 2, 3), repeat=3):
        picked = advice.picked(dict(zip(("style", "lighting", "camera"), numbers, strict=True)))
        assert picked.missing == ()
        for slot, number in zip(("style", "lighting", "camera"), numbers, strict=True):
            assert {phrase.source for phrase in picked.slot(slot)} == {advice.slots[slot][number - 1].style}


def test_only_open_slots_are_filled_and_hinted_ones_are_open():
    assert list(advise("a fox, watercolour, golden hour").slots) == ["camera"]
    assert list(advise("cinematic, a fox").slots) == ["lighting", "camera"]
    full = advise("a fox, watercolour, golden hour, wide shot")
    assert full.slots == {}
    assert full.complete == ()
    assert full.full.resolved == "a fox, watercolour, golden hour, wide shot"


def test_what_is_typed_is_agreed_with():
    for made in advise("a fox, watercolour").slots["camera"]:
        assert "mm" not in made.text
        assert "lens" not in made.text
    for made in advise("a red lighthouse at night").slots["lighting"]:
        assert "noon" not in made.text
        assert "golden hour" not in made.text


def test_complete_ones_come_from_one_style_and_can_be_picked_by_number():
    advice = advise("a dog")
    assert advice.picked({COMPLETE: 2}) == advice.complete[1].prompt
    assert advice.complete[1].prompt.styles == (advice.complete[1].style,)


def test_one_slot_alone_and_another_limit():
    advice = advise("a dog", slots=["lighting"], limit=5)
    assert list(advice.slots) == ["lighting"]
    assert len(advice.slots["lighting"]) == 5
    assert advice.complete == ()


def test_only_what_a_model_knows():
    from promptkit.embedded.words import VOCABULARY

    known = {text for table in VOCABULARY.values() for texts in table.values() for text in texts}
    advice = advise("a cat", usable=lambda phrase: phrase.text in known)
    assert {made.style.partition("/")[0] for made in itertools.chain(*advice.all().values())} == {"embedded"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"limit": 0}, "1 to 20"),
        ({"limit": 21}, "1 to 20"),
        ({"slots": ["mood"]}, "lighting"),
        ({"slots": ["subject"]}, "camera"),
    ],
)
def test_bad_requests(options, said):
    with pytest.raises(SettingsError) as raised:
        advise("a dog", **options)
    assert said in raised.value.hint


def test_a_slot_that_is_filled_is_refused_with_what_fills_it():
    with pytest.raises(SettingsError, match="golden hour"):
        advise("a dog, golden hour", slots=["lighting"])


@pytest.mark.parametrize(
    ("numbers", "said"), [({"lighting": 4}, "1 to 3"), ({"lighting": 0}, "1 to 3"), ({"mood": 1}, "lighting")]
)
def test_bad_picks(numbers, said):
    with pytest.raises(SettingsError) as raised:
        advise("a dog").picked(numbers)
    assert said in raised.value.hint


def test_only_what_says_what_is_hinted_follows_the_hint():
    for text, word in (("bowl of ramen, cyberpunk", "neon"), ("leather wallet, product photography", "softbox")):
        found = advise(text, limit=6).slots["lighting"]
        assert word in found[0].text
        says = [word in made.text for made in found]
        assert says == sorted(says, reverse=True)
        for made in found:
            assert "candle" not in made.text or "leans to" not in made.reason
    by_candles = [
        made
        for made in advise("bowl of ramen, cyberpunk", limit=20).slots["lighting"]
        if made.style == "cinematic/by-candles"
    ]
    assert all("leans to" not in made.reason for made in by_candles)


@pytest.mark.parametrize("text", ["Darth Vader", "une vieille maison", "quantum entanglement"])
def test_what_is_not_known_gets_a_plain_photograph_first_and_is_told_so(text):
    for found in advise(text).all().values():
        assert "anime" not in found[0].style
        assert all("is not known here" in made.reason for made in found)
    assert is_photographic(LIBRARY.get(advise(text).slots["style"][0].style))


@pytest.mark.parametrize("text", ["wallet", "spaceship", "a handbag", "a fisherman", "a baker", "a potted plant"])
def test_things_people_and_plants_get_no_anime_first(text):
    for found in advise(text).all().values():
        assert "anime" not in found[0].style
        assert all("not known" not in made.reason for made in found)


def test_a_person_gets_a_portrait_or_a_document_before_fashion():
    first = advise("a fisherman").slots["style"][0].style
    assert first.partition("/")[0] in ("portrait-photography", "street-documentary")


@pytest.mark.parametrize("text", ["a dog, anime", "a dog, watercolour", "a dog, photograph"])
def test_a_complete_style_of_another_medium_is_not_offered(text):
    for made in advise(text, limit=20).complete:
        assert not [conflict for conflict in made.conflicts if conflict.why == "two media"]


def test_slots_without_a_number_stay_open_and_complete_is_alone():
    advice = advise("a dog")
    assert advice.picked({"lighting": 1}).missing == ("style", "camera")
    with pytest.raises(SettingsError, match="exclude each other"):
        advice.picked({COMPLETE: 1, "style": 2})


def test_short_reasons_are_short():
    for text in (*SUBJECTS, "bowl of ramen, cyberpunk"):
        assert all(len(made.short) <= 60 for found in advise(text).all().values() for made in found)
    assert advise("a dog").slots["style"][0].short == "made for pets"


@pytest.mark.parametrize("text", ["(((", "...", "!!!"])
def test_a_text_without_words_is_refused(text):
    with pytest.raises(PromptError, match="no words"):
        advise(text)


@settings(max_examples=10, deadline=None)
@given(
    st.sampled_from(SUBJECTS),
    st.sampled_from(["", ", watercolour", ", at night", ", 35mm", ", golden hour", ", cinematic"]),
)
def test_the_same_text_is_answered_the_same_way(text, more):
    first, second = advise(text + more), advise(text + more)
    assert [made.to_json() for found in first.all().values() for made in found] == [
        made.to_json() for found in second.all().values() for made in found
    ]
    for found in first.all().values():
        for made in found:
            assert made.prompt.resolved.startswith(text + more)
