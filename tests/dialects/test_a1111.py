import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.dialects.a1111 import fragments
from promptkit.errors import PromptError

PEERS = Path(os.environ.get("PROMPTKIT_EVAL_DIR", "")) / "peers" / "a1111_attention.json"


def weights(text):
    return [(fragment.text, round(fragment.weight, 6)) for fragment in fragments(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a dog", [("a dog", 1.0)]),
        ("a (red) dog", [("a ", 1.0), ("red", 1.1), (" dog", 1.0)]),
        ("((red))", [("red", 1.21)]),
        ("[dull]", [("dull", 0.909091)]),
        ("(red:1.5)", [("red", 1.5)]),
        ("((red:1.5))", [("red", 1.65)]),
        ("(unclosed", [("unclosed", 1.1)]),
        ("stray) text]", [("stray) text]", 1.0)]),
        (r"\(literal\)", [("(literal)", 1.0)]),
        ("(a:b)", [("a:b", 1.1)]),
        ("(red: 0.5 )", [("red", 0.5)]),
    ],
)
def test_weights(text, expected):
    assert weights(text) == expected


@pytest.mark.parametrize("weight", ["nan", "inf", "1e308", "-1e9", "1.2.3"])
def test_impossible_weights_are_refused_with_their_place(weight):
    with pytest.raises(PromptError) as caught:
        fragments(f"a dog, (red:{weight})")
    assert caught.value.line == 1
    assert "^" in (caught.value.excerpt or "")
    assert caught.value.hint


def test_deep_nesting_is_refused_by_its_weight_not_by_a_crash():
    with pytest.raises(PromptError, match="out of range"):
        fragments("(" * 10_000 + "a" + ")" * 10_000)
    assert weights("[" * 400 + "a") == [("a", 0.0)]


def test_ten_thousand_stray_brackets_are_read_in_linear_time():
    begin = time.perf_counter()
    assert weights("a" + ")" * 10_000) == [("a" + ")" * 10_000, 1.0)]
    assert time.perf_counter() - begin < 5


def test_more_than_32_kib_is_refused():
    with pytest.raises(PromptError, match="32,768"):
        fragments("é" * 16_385)


@given(st.text(alphabet=st.sampled_from("ab ()[]\\:1.,")))
def test_every_character_is_kept_or_a_sign(text):
    try:
        found = fragments(text)
    except PromptError:
        return
    places = [(fragment.start, fragment.end) for fragment in found]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)
    assert sum(len(fragment.text) for fragment in found) <= len(text)
    kept = "".join(fragment.text for fragment in found)
    assert [char for char in kept if char in "ab"] == [char for char in text if char in "ab"]


@given(st.text())
def test_nothing_but_prompt_errors(text):
    try:
        fragments(text)
    except PromptError as error:
        assert error.hint


@pytest.mark.skipif(
    not PEERS.is_file(), reason="needs PROMPTKIT_EVAL_DIR: cases of other tools, not part of the project"
)
def test_cases_of_the_web_ui():
    data = json.loads(PEERS.read_text(encoding="utf-8"))
    for case in data["cases"]:
        if any(text == "BREAK" for text, _ in case["out"]):
            continue  # nodes for BREAK come with the full grammar
        expected = [(text, pytest.approx(weight, abs=1e-6)) for text, weight in case["out"] if text]
        assert [(f.text, f.weight) for f in fragments(case["in"])] == expected, case
