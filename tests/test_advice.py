import pytest

import promptkit
from promptkit.advice import unknown_words
from promptkit.embedded.words import FACETS, RELATED, VOCABULARY


def advice(text):
    return [
        (entry.words, entry.slot, entry.nearest) for entry in unknown_words(promptkit.parse(text), VOCABULARY, RELATED)
    ]


@pytest.mark.parametrize(
    ("text", "words", "nearest"),
    [
        ("a dog", "dog", "cat"),
        ("a crimson castle", "castle", "lighthouse"),
        ("a lighthose", "lighthose", "lighthouse"),
        ("a cat, candlelight", "candlelight", "golden hour"),
        ("a cat, 35mm", "35mm", "wide shot"),
        ("a cat, charcoal sketch", "charcoal sketch", "ink line drawing"),
    ],
)
def test_the_nearest_word_it_knows_comes_first(text, words, nearest):
    ((unknown, _, near),) = advice(text)
    assert unknown == words
    assert near[0] == nearest


def test_known_words_need_no_advice():
    assert advice("an oil painting of a red cat in moonlight, close-up") == []


def test_there_is_always_something_to_offer():
    assert all(near for _, _, near in advice("a frobnicator, quuxlight, zzz lens, bazwave style"))


def test_a_model_without_limits_needs_none():
    assert unknown_words(promptkit.parse("a dog"), None) == []


def test_related_words_are_not_known_words_and_point_at_values():
    for slot, table in RELATED.items():
        assert set(table) <= set(FACETS[slot])
        known = {text for texts in FACETS[slot].values() for text in texts}
        assert all(isinstance(word, str) for words in table.values() for word in words)
        assert len(known & {word for words in table.values() for word in words} - {"softbox", "bokeh"}) == 0
