import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.rankers.texts import fits, pieces


def short(text):
    return len(text) <= 12


@given(st.text(alphabet="ab ,", max_size=200))
def test_pieces_keep_every_word_in_its_place_and_fit(text):
    parts = pieces(text, short)
    assert all(short(part) and part.strip(" ,") == part != "" for part in parts)
    assert [char for part in parts for char in part if char not in " ,"] == [char for char in text if char not in " ,"]


def test_a_text_that_fits_is_one_piece():
    assert pieces("a red fox", short) == ["a red fox"]
    assert pieces(" , ", short) == []


def test_commas_part_before_blanks_and_blanks_before_letters():
    assert pieces("a red fox, a hill, moon", short) == ["a red fox", "a hill", "moon"] or pieces(
        "a red fox, a hill, moon", short
    ) == ["a red fox", "a hill, moon"]
    assert pieces("aaaa bbbb cccc dddd", short) == ["aaaa bbbb", "cccc dddd"]
    assert pieces("a" * 20, short) == ["a" * 10, "a" * 10]


@pytest.mark.parametrize("pad", [0, 9])
def test_what_fits_is_told_without_knowing_the_padding(pad):
    def tokenize(texts, context=10):
        rows = [[1, *(sum(map(ord, word)) for word in text.split()), 9][:context] for text in texts]
        return [[*row, *[pad] * (context - len(row))] for row in rows]

    assert fits("two words", tokenize)
    assert not fits("so many words that it is cut", tokenize)
