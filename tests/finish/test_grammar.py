"""How a chain is written: any settings come back from their text, and quotes hold what would part them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.errors import SettingsError
from promptkit.finish.grammar import read_chain, spoken

NAMES = st.text("abcdefgh-", min_size=1, max_size=8)
VALUES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20).filter(lambda text: text.strip())
STEPS = st.lists(
    st.fixed_dictionaries({"name": NAMES, "settings": st.dictionaries(NAMES, VALUES, max_size=3)}),
    min_size=1,
    max_size=4,
)


@given(STEPS)
def test_what_a_recipe_keeps_is_read_back_from_its_text(steps):
    assert read_chain(spoken(steps)) == [(step["name"], step["settings"]) for step in steps]


def test_quotes_hold_a_comma_a_semicolon_an_equals_sign_and_a_quote():
    assert read_chain('look:cube="a,b;c.cube";strength=1,"x":2'.replace(',"x":2', ",x")) == [
        ("look", {"cube": "a,b;c.cube", "strength": "1"}),
        ("x", {}),
    ]
    assert read_chain('look:"a=b,c"') == [("look", {None: "a=b,c"})]
    assert read_chain('look:"say ""so"""') == [("look", {None: 'say "so"'})]


def test_a_colon_and_a_backslash_belong_to_the_value():
    assert read_chain("crop:16:9,look:C:\\looks\\dusk.cube") == [
        ("crop", {None: "16:9"}),
        ("look", {None: "C:\\looks\\dusk.cube"}),
    ]


def test_what_is_left_empty_is_not_written():
    assert spoken([{"name": "upscale", "settings": {"scale": 2.0, "model": ""}}]) == "upscale:scale=2.0"


@pytest.mark.parametrize("chain", ['look:"a', 'look:"a"b', 'look:cube="a;strength=1', 'look:""'])
def test_a_quote_that_does_not_end_is_told(chain):
    with pytest.raises(SettingsError, match="quote") as caught:
        read_chain(chain)
    assert '""' in caught.value.hint


@pytest.mark.parametrize("chain", ["", " ", "none", " none "])
def test_none_is_a_chain_of_no_step(chain):
    assert read_chain(chain) == []
