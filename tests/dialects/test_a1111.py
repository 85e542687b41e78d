import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.dialects import read, render
from promptkit.dialects.a1111 import parse
from promptkit.dialects.fragment import leaves, said
from promptkit.dialects.nodes import Alternation, Break, Conjunction, Network, Schedule, Text, Weighted, words
from promptkit.dialects.schedule import by_step, is_scheduled
from promptkit.errors import PromptError
from tests.peers import cases, needs_peers


def weights(text):
    return [(fragment.text, round(fragment.weight, 6)) for fragment in read(text, "a1111")]


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
        read(f"a dog, (red:{weight})", "a1111")
    assert caught.value.line == 1
    assert "^" in (caught.value.excerpt or "")
    assert caught.value.hint


def test_deep_nesting_is_refused_by_its_weight_not_by_a_crash():
    for opening in "([":
        with pytest.raises(PromptError, match="out of range|one within the other") as caught:
            read(opening * 10_000 + "a" + ")" * 10_000, "a1111")
        assert caught.value.line == 1


def test_ten_thousand_stray_brackets_are_read_in_linear_time():
    begin = time.process_time()
    assert weights("a" + ")" * 10_000) == [("a" + ")" * 10_000, 1.0)]
    assert time.process_time() - begin < 5


def test_more_than_32_kib_is_refused():
    with pytest.raises(PromptError, match="32,768"):
        read("é" * 16_385, "a1111")


@given(st.text(alphabet=st.sampled_from("ab ()[]\\:1.,")))
def test_every_character_is_kept_or_a_sign(text):
    try:
        found = read(text, "a1111")
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
        read(text, "a1111")
    except PromptError as error:
        assert error.hint


def test_brackets_that_cross_weight_what_each_encloses():
    assert weights("(a [b) c]") == [("a ", 1.1), ("b", 1.0), (" c", 0.909091)]
    assert weights("[a (b] c:1.5)") == [("a ", 0.909091), ("b", 1.363636), (" c", 1.5)]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("[a:b:0.5]", [Schedule]),
        ("[b: 3]", [Schedule]),
        ("[a::3]", [Schedule]),
        ("[a|b|]", [Alternation]),
        ("[a|b:0.5]", [Weighted]),
        ("[a:b]", [Weighted]),
        (r"[a\:3]", [Weighted]),
        ("[(a:1.2):b:4]", [Schedule]),
        ("one BREAK two", [Text, Break, Text]),
        ("BREAKFAST", [Text]),
        ("<lora:ink:0.8> fox", [Network, Text]),
        ("<lora: fox", [Text]),
        ("a cat AND a dog:0.5", [Conjunction]),
        ("SAND AND ANDES", [Conjunction]),
    ],
)
def test_what_a_prompt_is_made_of(text, kinds):
    nodes = parse(text)
    assert [type(node) for node in nodes] == kinds
    assert render(nodes) == text


def test_extra_networks_have_a_kind_a_name_and_a_weight():
    lora, hyper = parse("<lora:ink wash:0.8><hypernet:bloom>")
    assert (lora.kind, lora.name, lora.weight) == ("lora", "ink wash", 0.8)
    assert (hyper.kind, hyper.name, hyper.weight) == ("hypernet", "bloom", None)


def test_a_step_that_is_no_number_is_refused():
    with pytest.raises(PromptError, match="no step"):
        parse("[a:1e999]")


SIGNS = st.text(alphabet=st.sampled_from("ab ()[]\\:|1.<>,"))
PIECES = st.lists(st.sampled_from(["BREAK", " AND ", "[a:", "|b]", ":0.5]", "(", ":1.2)", "]", "<lora:x:1>", " "])).map(
    "".join
)


@given(st.one_of(st.text(), SIGNS, PIECES))
def test_every_character_comes_back(text):
    try:
        nodes = parse(text)
    except PromptError as error:
        assert error.hint
        return
    assert render(nodes) == text
    spans = [(leaf.start, leaf.end) for leaf in leaves(nodes)]
    assert spans == sorted(spans)
    assert all(text[leaf.start : leaf.end] == leaf.node.marks[0] for leaf in leaves(nodes))


@given(st.text(alphabet=st.sampled_from("ab:|[] .1")), st.integers(1, 6))
def test_every_step_says_something_and_nothing_is_scheduled_in_it(text, steps):
    rows = by_step(parse(text), steps)
    assert [last for last, _ in rows] == sorted({last for last, _ in rows})
    assert rows[-1][0] == steps
    assert not any(is_scheduled(nodes) for _, nodes in rows)


@needs_peers
@pytest.mark.parametrize("case", cases("a1111_attention"), ids=lambda case: case["in"])
def test_attention_as_in_the_web_ui(case):
    merged = []
    for leaf in leaves(as_attention(parse(case["in"]))):
        text, weight = said(leaf.node), leaf.weight
        if isinstance(leaf.node, Network):
            text = leaf.node.marks[0]
        if isinstance(leaf.node, Break):
            merged.append(["BREAK", -weight])
        elif merged and merged[-1][1] == weight:
            merged[-1][0] += text
        else:
            merged.append([text, weight])
    assert merged == [[text, pytest.approx(weight, abs=1e-6)] for text, weight in case["out"] if text]


def as_attention(nodes):
    """Read a schedule as the bracket that it is to the web UI's second reading, which sees none."""
    for node in nodes:
        if isinstance(node, Schedule):
            inside = render((node,))[1:-1]
            yield Weighted(marks=("[", "]"), parts=((words(inside),),), factor=1 / 1.1)
        else:
            yield node


@needs_peers
@pytest.mark.parametrize("case", cases("a1111_schedule"), ids=lambda case: case["in"])
def test_schedules_as_in_the_web_ui(case):
    hires = case["hires_steps"]
    rows = by_step(parse(case["in"]), hires or case["steps"], base_steps=case["steps"] if hires else None)
    assert [[last, render(nodes)] for last, nodes in rows] == case["out"]


@needs_peers
@pytest.mark.parametrize("case", cases("a1111_composable_and"), ids=lambda case: case["in"])
def test_and_as_in_the_web_ui(case):
    (node,) = parse(case["in"])
    assert [[render(part), weight] for part, weight in zip(node.parts, node.weights, strict=True)] == case["out"]


@needs_peers
@pytest.mark.parametrize("case", cases("a1111_ast_stablecanvas"), ids=lambda case: case["in"][:20])
def test_the_tree_of_another_parser(case):
    nodes = parse(case["in"])
    assert parse(render(nodes)) == nodes
    assert [entry for node in nodes for entry in as_stablecanvas(node)] == case["out"]


def as_stablecanvas(node, level=1):
    """Say a node in the words of that parser: tags are cut at commas, and brackets without numbers are counted."""
    inside = [[text for part in node.parts for text in tags(render(part))]]
    if isinstance(node, Text):
        yield from (["plain", tag] for tag in tags(node.text))
    elif isinstance(node, Network):
        yield ["extra_networks", node.kind, [node.name, *node.arguments]]
    elif isinstance(node, Schedule):
        yield ["scheduled_full", node.when, [tags(render(part)) for part in node.parts]]
    elif len(node.parts[0]) == 1 and isinstance(node.parts[0][0], Weighted):
        yield from as_stablecanvas(node.parts[0][0], level + 1)
    elif node.parts[0] and node.marks[1] in (")", "]"):
        yield ["positive" if node.marks[0] == "(" else "negative", level, inside[0]]
    elif node.parts[0]:
        yield ["weighted", node.factor, inside[0]]


def tags(text):
    return [tag.strip() for tag in text.split(",") if tag.strip()]
