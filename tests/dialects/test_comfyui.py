import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.dialects.comfyui import fragments
from promptkit.errors import PromptError

PEERS = Path(os.environ.get("PROMPTKIT_EVAL_DIR", "")) / "peers" / "comfyui_weights.json"


def weights(text):
    return [(fragment.text, round(fragment.weight, 6)) for fragment in fragments(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a (red) dog", [("a ", 1.0), ("red", 1.1), (" dog", 1.0)]),
        ("((red:1.5))", [("red", 1.5)]),
        ("((a) b:2)", [("a", 2.2), (" b", 2.0)]),
        ("[dull]", [("[dull]", 1.0)]),
        ("(never closed", [("(never closed", 1.0)]),
        ("never opened)", [("never opened)", 1.0)]),
        (r"\(literal\)", [("(literal)", 1.0)]),
        ("(a:b)", [("a:b", 1.1)]),
    ],
)
def test_weights(text, expected):
    assert weights(text) == expected


@pytest.mark.parametrize("weight", ["nan", "inf", "1e308"])
def test_impossible_weights_are_refused_with_their_place(weight):
    with pytest.raises(PromptError) as caught:
        fragments(f"a dog, (red:{weight})")
    assert caught.value.column == 12


@given(st.text(alphabet=st.sampled_from("ab ()\\:1.")))
def test_offsets_lie_in_the_text_in_order(text):
    try:
        found = fragments(text)
    except PromptError:
        return
    places = [(fragment.start, fragment.end) for fragment in found]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)


def test_a_prompt_is_read_by_its_dialect():
    assert promptkit.parse("((golden hour:1.2))", dialect="comfyui").phrases[0].weight == 1.2
    assert promptkit.parse("((golden hour:1.2))", dialect="a1111").phrases[0].weight == pytest.approx(1.32)


@pytest.mark.skipif(
    not PEERS.is_file(), reason="needs PROMPTKIT_EVAL_DIR: cases of other tools, not part of the project"
)
def test_cases_of_comfyui():
    for case in json.loads(PEERS.read_text(encoding="utf-8"))["cases"]:
        expected = [(text, pytest.approx(weight, abs=1e-6)) for text, weight in case["out"] if text]
        assert [(fragment.text, fragment.weight) for fragment in fragments(case["in"])] == expected, case
