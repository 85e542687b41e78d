import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.dialects import read, render
from promptkit.dialects.comfyui import parse
from promptkit.dialects.fragment import leaves
from promptkit.dialects.nodes import Embedding
from promptkit.errors import PromptError
from tests.peers import cases, needs_peers

EMBEDDINGS = st.lists(st.sampled_from(["embedding:", "a", "(", ":1.2)", " "])).map("".join)


def weights(text):
    return [(fragment.text, round(fragment.weight, 6)) for fragment in read(text, "comfyui")]


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
        read(f"a dog, (red:{weight})", "comfyui")
    assert caught.value.column == 12


@given(st.text(alphabet=st.sampled_from("ab ()\\:1.")))
def test_offsets_lie_in_the_text_in_order(text):
    try:
        found = read(text, "comfyui")
    except PromptError:
        return
    places = [(fragment.start, fragment.end) for fragment in found]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)


def test_a_prompt_is_read_by_its_dialect():
    assert promptkit.parse("((golden hour:1.2))", dialect="comfyui").phrases[0].weight == 1.2
    assert promptkit.parse("((golden hour:1.2))", dialect="a1111").phrases[0].weight == pytest.approx(1.32)


@given(st.one_of(st.text(), st.text(alphabet=st.sampled_from("ab ()\\:1.,")), EMBEDDINGS))
def test_every_character_comes_back(text):
    try:
        nodes = parse(text)
    except PromptError as error:
        assert error.hint
        return
    assert render(nodes) == text
    assert all(text[leaf.start : leaf.end] == leaf.node.marks[0] for leaf in leaves(nodes))


def test_an_embedding_is_a_node_of_its_own():
    (node,) = [leaf.node for leaf in leaves(parse("(embedding:ink-wash:1.2)"))]
    assert isinstance(node, Embedding)
    assert node.name == "ink-wash"
    assert weights("(embedding:ink-wash:1.2)") == [("ink-wash", 1.2)]


def test_deep_nesting_is_refused():
    with pytest.raises(PromptError, match="out of range|one within the other"):
        read("(" * 10_000 + "a" + ")" * 10_000, "comfyui")


@needs_peers
@pytest.mark.parametrize("case", cases("comfyui_weights"), ids=lambda case: case["in"])
def test_cases_of_comfyui(case):
    assert [
        [fragment.text, pytest.approx(fragment.weight, abs=1e-6)] for fragment in read(case["in"], "comfyui")
    ] == case["out"]
