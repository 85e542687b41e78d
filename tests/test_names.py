import pytest

from promptkit.advice import UnknownWords
from promptkit.errors import UnknownNameError
from promptkit.names import listed, nearest, shortened
from promptkit.views import unknown_view

NAMES = ["illustration/bedtime-gouache/lamp", "food/torn-open", "portrait-photography/window-light", "plain", "euler"]


@pytest.mark.parametrize("typed", ["nosuch", "nope", "klingon", "", "x" * 5000])
def test_what_is_near_to_nothing_suggests_nothing(typed):
    assert nearest(typed, NAMES) == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("windwlight", "portrait-photography/window-light"),
        ("Torn-Opne", "food/torn-open"),
        ("food/torn-opn", "food/torn-open"),
        ("lmap", "illustration/bedtime-gouache/lamp"),
        ("eulr", "euler"),
    ],
)
def test_a_slip_is_understood_in_the_last_part_or_the_whole(typed, meant):
    assert nearest(typed, NAMES)[0] == meant


def test_a_message_shows_the_beginning_of_a_long_name():
    assert UnknownNameError("style", "x" * 10_000).message == f"There is no style named '{'x' * 79}…'."
    assert shortened("x" * 80) == "x" * 80


def test_a_note_shows_the_beginning_of_long_words():
    unknown = UnknownWords(words="x" * 10_000, phrase="x" * 10_000, slot="subject", nearest=())
    (line,) = unknown_view([unknown], "tiny").renderables
    assert line.plain == f'tiny does not know "{"x" * 79}…"'


def test_one_name_is_not_its_letters():
    assert listed("low-key") == ("low-key",)
    assert listed(["a", "b"]) == ("a", "b")
