import itertools
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from promptkit.dialects import DIALECTS, parse, read
from promptkit.dialects.convert import Kind, convert
from promptkit.dialects.fragment import leaves
from promptkit.dialects.nodes import Network, Text, Weighted
from promptkit.errors import PromptError, UnknownNameError

PAIRS = list(itertools.permutations(DIALECTS, 2))
SIGNS = st.text(alphabet=st.sampled_from('ab= AN ()[]\\:+-".,12<>|\n'), max_size=30)
PIECES = st.lists(
    st.sampled_from(
        "a|b++| |(|)|:1.3)|)1.3|[|]|\\(|\\|c--|embedding:|<lora:x:1>|AND|BREAK|\\+|,|\"|withLora(x)|3|.swap(|-0.5".split("|")
    ),
    max_size=12,
).map("".join)  # fmt: skip


def meaning(text, dialect):
    """Return words without blanks and their weights, neighbours of equal weight joined."""
    found = []
    for fragment in read(text, dialect):
        words = "".join(fragment.text.split())
        if words and found and abs(found[-1][1] - fragment.weight) <= 1e-6:
            found[-1][0] += words
        elif words:
            found.append([words, fragment.weight])
    return found


def same(first, second):
    return len(first) == len(second) and all(
        a[0] == b[0] and abs(a[1] - b[1]) <= 1e-6 for a, b in zip(first, second, strict=True)
    )


def is_plain_talk(nodes):
    """Whether a prompt is made of text and weights alone."""
    return all(isinstance(node, Text | Weighted) and all(is_plain_talk(part) for part in node.parts) for node in nodes)


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("a1111", "comfyui", "((a:1.2))", "(a:1.32)"),
        ("comfyui", "a1111", "((a:1.2))", "(a:1.2)"),
        ("a1111", "comfyui", "a dog, (golden hour), [dull]", "a dog, (golden hour), (dull:0.909091)"),
        ("a1111", "comfyui", r"a \[b\] \(c\)", r"a [b] \(c\)"),
        ("a1111", "comfyui", "(a [b) c]", "(a:1.1) b (c:0.909091)"),
        ("a1111", "compel", "photo(graph:1.2)3", "photo (graph)1.2 3"),
        ("a1111", "compel", "c++ and (a-:2)", r"c\+\+ and (a\-)2.0"),
        ("a1111", "compel", "(dusk - red = x:2)", r"(dusk \- red \= x)2.0"),
        ("a1111", "compel", "a fox, hot-dog - x", "a fox, hot-dog - x"),
        ("a1111", "compel", "fox <lora:ink:0.8>", "fox withLora(ink, 0.8)"),
        ("a1111", "compel", "a BREAK (b:1.2)", '("a", "(b)1.2").and()'),
        ("a1111", "comfyui", "fox <lora:ink:0.8>, night", "fox, night"),
        ("a1111", "comfyui", "[a:b:0.5] c", "a c"),
        ("a1111", "comfyui", "[:b:0.5] [|d]", "b d"),
        ("a1111", "comfyui", "a AND b:0.5", "a, b"),
        ("a1111", "plain", "(a:1.2) BREAK b", "a, b"),
        ("compel", "a1111", '("a", "b++").and()', "a BREAK (b:1.21)"),
        ("compel", "a1111", '("a", "b").blend(1, 2)', "a, b"),
        ("compel", "comfyui", "a cat.swap(dog, t_start=0.3)", "a dog"),
        ("compel", "a1111", "withLora(ink)fox", "<lora:ink:1>fox"),
        ("comfyui", "a1111", "embedding:ink [x]", r"ink \[x\]"),
        ("comfyui", "a1111", "salt AND pepper", "salt and pepper"),
        ("comfyui", "a1111", "<lora:ink:1>", "< lora:ink:1>"),
        ("plain", "comfyui", "embedding:ink", "embedding: ink"),
        ("plain", "compel", 'a "b" (c)', r"a \"b\" \(c\)"),
        ("compel", "compel", "a++", "a++"),
    ],
)
def test_what_is_written(source, target, text, expected):
    assert convert(text, source=source, target=target).text == expected


def told(source, target, text):
    conversion = convert(text, source=source, target=target)
    return [(str(change.kind), change.words, change.message) for change in conversion.changes]


def test_a_nested_weight_says_both_numbers():
    conversion = convert("((a:1.2))", source="a1111", target="comfyui")
    rewritten, pasted = conversion.changes
    assert (rewritten.kind, rewritten.start, rewritten.end) == (Kind.REWRITTEN, 0, 9)
    assert rewritten.message == "written (a:1.32)"
    assert (pasted.kind, pasted.start, pasted.end, pasted.words) == (Kind.PASTED, 2, 3, "a")
    assert pasted.message == "weight 1.32 in a1111; as typed, 1.2 in comfyui"
    assert (pytest.approx(pasted.weight), pasted.becomes) == (1.32, 1.2)
    assert rewritten.to_json()["kind"] == "rewritten"


@pytest.mark.parametrize(
    ("source", "target", "text", "kind", "words", "message"),
    [
        ("a1111", "comfyui", "[a:b:0.5]", "lost", "[a:b:0.5]", "a schedule cannot be said in comfyui: 'a' is kept"),
        ("a1111", "comfyui", "[a|b]", "lost", "[a|b]", "an alternation cannot be said in comfyui: 'a' is kept"),
        ("a1111", "comfyui", "[a|b]", "pasted", "[a|b]", "an alternation in a1111; as typed, words in comfyui"),
        ("a1111", "comfyui", "a BREAK b", "lost", "BREAK", "BREAK cannot be said in comfyui: a comma stands there"),
        ("a1111", "compel", "a BREAK b", "rewritten", "BREAK", 'the parts stand in ("…", "…").and(), one behind the other'),
        ("a1111", "comfyui", "a AND b:0.5", "pasted", "AND", "AND in a1111; as typed, words in comfyui"),
        ("a1111", "compel", "a AND b:0.5", "lost", "a AND b:0.5",
         "AND with weights 1, 0.5 cannot be said in compel: its parts stand in chunks, one behind the other"),
        ("a1111", "comfyui", "<lora:x:1>", "lost", "<lora:x:1>",
         "comfyui cannot load a network from the prompt: load it beside it"),
        ("a1111", "compel", "(a:-0.5)", "lost", "a", "weight -0.5 cannot be said in compel: 0 stands there"),
        ("a1111", "plain", "(a)", "lost", "a", "weight 1.1 cannot be said in plain: 1 stands there"),
        ("a1111", "compel", "c++", "pasted", "c", "weight 1 in a1111; as typed, 1.21 in compel"),
        ("a1111", "compel", "a.swap(", "pasted", ".", "as typed, compel refuses this: .swap( is never closed."),
        ("a1111", "comfyui", r"\[a", "pasted", r"\[", r"says [ in a1111; as typed, \[ in comfyui"),
        ("a1111", "comfyui", "(a [b) c]", "rewritten", "(a [b)",
         "written (a:1.1) b; a bracket crossed another, or was never closed"),
        ("comfyui", "a1111", "salt AND b", "lost", "AND", "AND is a sign in a1111: it is written in small letters"),
        ("comfyui", "compel", "embedding:x", "rewritten", "embedding:x",
         "an embedding goes by its bare name in compel: x"),
        ("compel", "a1111", "(a, b).and(1, 0.5)", "lost", "(a, b).and(1, 0.5)",
         ".and() with weights 1, 0.5 cannot be said in a1111: its parts stand in chunks, one behind the other"),
    ],
)  # fmt: skip
def test_what_is_told(source, target, text, kind, words, message):
    assert (kind, words, message) in told(source, target, text)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_the_same_text_is_left_alone(source, target):
    conversion = convert("a red fox, 35mm photo", source=source, target=target)
    assert (conversion.text, conversion.changes) == ("a red fox, 35mm photo", ())


@settings(max_examples=100)
@pytest.mark.parametrize(("source", "target"), PAIRS)
@given(text=st.one_of(SIGNS, PIECES, st.text(max_size=20)))
def test_words_and_weights_stay_the_same(source, target, text):
    try:
        nodes = parse(text, source)
        conversion = convert(text, source=source, target=target)
    except PromptError:
        return
    for change in conversion.changes:
        assert text[change.start : change.end] == change.words
    if not [change for change in conversion.changes if change.kind is Kind.PASTED]:
        assert same(meaning(text, source), meaning(text, target))
    assume(is_plain_talk(nodes))
    if not [change for change in conversion.changes if change.kind is Kind.LOST]:
        assert same(meaning(text, source), meaning(conversion.text, target))


@settings(max_examples=100)
@pytest.mark.parametrize(("source", "target"), [("a1111", "compel"), ("compel", "a1111")])
@given(text=PIECES)
def test_networks_go_along(source, target, text):
    try:
        conversion = convert(text, source=source, target=target)
    except PromptError:
        return
    if not [change for change in conversion.changes if change.kind is Kind.LOST]:
        names = [
            [leaf.node.name for leaf in leaves(parse(*read)) if isinstance(leaf.node, Network)]
            for read in ((text, source), (conversion.text, target))
        ]
        assert names[0] == names[1]


@pytest.mark.parametrize("text", ["((a:1.2))" * 3_000, "(a)" * 10_000, r"\(" * 16_000, "a++ " * 8_000, "[a|b]" * 6_000])
@pytest.mark.parametrize("target", ["comfyui", "compel"])
def test_long_texts_are_converted_in_linear_time(text, target):
    begin = time.process_time()
    assert convert(text, source="a1111", target=target).text
    assert time.process_time() - begin < 10


def test_an_unknown_dialect_is_named():
    for source, target in (("a1111", "comfy"), ("comfy", "a1111")):
        with pytest.raises(UnknownNameError, match="comfy"):
            convert("a", source=source, target=target)
