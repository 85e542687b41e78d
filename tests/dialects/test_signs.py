import pytest

from promptkit.dialects import parse
from promptkit.dialects.signs import signs


@pytest.mark.parametrize(
    ("text", "dialect", "expected"),
    [
        ("a (red:1.2) fox", "a1111", []),
        ("[a:b:0.5] [c:4] [d::2]", "a1111",
         ["a until 50% of the steps, then b", "nothing until step 4, then c", "d until step 2, then nothing"]),
        ("([x|<lora:ink:0.8>])", "a1111", ["x and <lora:ink:0.8> by turns", "lora ink 0.8"]),
        ("a AND b:0.5", "a1111", ["2 prompts joined by AND, weighing 1, 0.5"]),
        ('("a", "b").blend(1, 2)', "compel", ["2 prompts blended, weighing 1, 2"]),
        ("cat.swap(dog)", "compel", ["cat swapped for dog"]),
    ],
)  # fmt: skip
def test_what_is_no_word_is_said_in_words(text, dialect, expected):
    assert signs(parse(text, dialect)) == expected
