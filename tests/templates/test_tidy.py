import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.templates.tidy import tidy


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a, , b", "a, b"), (" , a,", "a"), ("( ), x", "x"), ("((:1.2)), y", "y"), ("a  b ,c", "a b,c"), ("a (, ) b", "a b"),
        ("[::0.5] q", "q"), ("[|]", ""), ("a,\n, b", "a, b"), ("", ""),
    ],
)  # fmt: skip
def test_what_empty_choices_leave_behind_goes(text, clean):
    assert tidy(text) == clean


@pytest.mark.parametrize("text", ["(16:9)", r"\(\), a", "(a:1.2)", "[a|b]", "[a|], (b", "a) b]", "<lora:x:0.5>", "{}"])
def test_everything_else_stays(text):
    assert tidy(text) == text


def test_ten_thousand_brackets_take_no_time():
    begin = time.process_time()
    assert tidy("(" * 16_000 + ")" * 16_000) == ""
    assert tidy("( , " * 8000).count("(") == 8000
    assert time.process_time() - begin < 5


@given(st.text(alphabet="ab()[]:,.1 \\|\n"))
def test_tidying_keeps_every_word_and_is_done_once(text):
    clean = tidy(text)
    assert [char for char in clean if char in "ab"] == [char for char in text if char in "ab"]
    assert tidy(clean) == clean
