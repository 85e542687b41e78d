import re

import pytest

import promptkit
from promptkit.embedded.words import FACETS
from promptkit.rankers.alternatives import generic_claims, known_claims
from promptkit.rankers.cases import open_world, said
from promptkit.slots.vocabulary import normal

OF_SLOT = {facet: "subject" if facet == "colour" else facet for facet in FACETS}


def others(slot, text, prompt=None):
    claim, *_ = generic_claims(slot, text, 1.0, prompt or text, open_world())
    return {text for (text,) in claim.others}


def test_known_words_make_claims_longest_first():
    claims = known_claims("subject", "a crimson hot air balloon", 1.0, FACETS, OF_SLOT)
    assert {claim.truth[0] for claim in claims} == {"red", "hot air balloon"}
    assert all(len(claim.others) == len(FACETS[claim.facet]) - 1 for claim in claims)


def test_words_it_does_not_know_are_not_judged():
    assert known_claims("subject", "a crimson zebra", 1.0, FACETS, OF_SLOT) == []
    assert known_claims("lighting", "candlelight", 1.0, FACETS, OF_SLOT) == []
    assert len(known_claims("subject", "a small red cat", 1.0, FACETS, OF_SLOT)) == 2


@pytest.mark.parametrize(
    ("slot", "text", "kept", "left_out"),
    [
        ("style", "a delicate oil painting", {"pixel art", "a watercolour painting"}, {"an oil painting"}),
        ("style", "a loose painting", {"pixel art"}, {"an oil painting", "a watercolour painting"}),
        ("style", "black and white", {"sepia"}, {"black and white", "pixel art"}),
        ("style", "baroque", {"pixel art", "sepia", "an oil painting"}, set()),
        ("subject", "a sleepy kitten", {"a dog", "a car"}, {"a cat", "a forest"}),
        ("subject", "an animal", {"a car"}, {"a cat", "a dog"}),
        ("subject", "a fox", {"a cat", "a dog", "a forest"}, set()),
        ("lighting", "golden hour", {"moonlight", "candlelight"}, {"golden hour light", "soft light"}),
        ("camera", "f/1.8", {"everything in focus"}, {"a shallow depth of field", "a wide shot"}),
        ("camera", "close-up", {"a wide shot"}, {"a close-up", "a view from above"}),
    ],
)
def test_a_phrase_is_set_against_the_cases_of_its_kind_that_it_does_not_say(slot, text, kept, left_out):
    found = others(slot, text)
    assert kept <= found
    assert not left_out & found


def test_what_another_phrase_says_is_no_alternative():
    assert "a man" in others("subject", "a dog")
    assert "a man" not in others("subject", "a dog", "a man, a dog")


def test_a_colour_is_set_against_the_other_colours_of_the_same_thing():
    thing, colour = generic_claims("subject", "a red vintage car", 1.0, "a red vintage car", open_world())
    assert thing.truth == ("a red vintage car",)
    assert colour.truth == ("a red vintage car",)
    assert ("a blue vintage car",) in colour.others
    assert ("a red vintage car",) not in colour.others
    assert len(generic_claims("subject", "a red and blue car", 1.0, "a red and blue car", open_world())) == 1


def test_a_slot_of_a_plugin_has_no_alternatives():
    (claim,) = generic_claims("mood", "quiet", 1.0, "quiet", open_world())
    assert claim.others == ()


@pytest.mark.parametrize("slot", ["subject", "style", "lighting", "camera"])
def test_cases_are_read_as_their_slot_and_say_themselves_alone(slot):
    """The table agrees with the vocabularies, and no case of a facet says another one."""
    facets = open_world()[slot]
    assert len({case.text for facet in facets for case in facet.cases}) == sum(len(facet.cases) for facet in facets)
    for facet in facets:
        assert len(facet.cases) >= 4
        for case in facet.cases:
            assert said(facet, f" {normal(case.text)} ") == [case]
            slots = {phrase.slot for phrase in promptkit.parse(f"a dog, {case.text}").phrases[1:]}
            assert slots == {slot} or slot == "subject", case.text


def test_no_slot_costs_more_than_some_dozens_of_texts():
    sizes = {slot: sum(len(facet.cases) for facet in facets) for slot, facets in open_world().items()}
    assert all(16 <= size <= 60 for size in sizes.values()), sizes


def test_weak_words_count_where_nothing_plainer_is_said():
    medium = next(facet for facet in open_world()["style"] if facet.name == "medium")
    assert [case.text for case in said(medium, " oil painting ")] == ["an oil painting"]
    assert all(re.search("paint|fresco", case.text) for case in said(medium, " painting "))
