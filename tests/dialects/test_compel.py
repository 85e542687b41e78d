import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import promptkit
from promptkit.dialects import read, render
from promptkit.dialects.compel import SWAP_DEFAULTS, parse
from promptkit.dialects.fragment import leaves, weight_inside
from promptkit.dialects.nodes import Blend, Conjunction, Network, Swap, Text, Weighted
from promptkit.errors import PromptError
from promptkit.prompt import Phrase
from tests.peers import cases, needs_peers

SIGNS = st.text(alphabet=st.sampled_from('ab ()"\\+-.,1:\n'))
PIECES = st.lists(
    st.sampled_from(
        'a|b--| |(|)|"|)1.2|)++|cat.swap(|.attend(0.5)|withLora(x, 0.5)|).blend(1, 2)|,|.|\\|, s_end=0.1)|("a", b).and()'.split(
            "|"
        )
    )
).map("".join)


def weights(text):
    return [(fragment.text, round(fragment.weight, 6)) for fragment in read(text, "compel")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a red+ dog", [("a ", 1.0), ("red", 1.1), (" dog", 1.0)]),
        ("a red-- dog", [("a ", 1.0), ("red", 0.81), (" dog", 1.0)]),
        ("(a (b)1.5)2", [("a ", 2.0), ("b", 3.0)]),
        ("(a).attend(--)", [("a", 0.81)]),
        ("(x:1.2)", [("x:1.2", 1.0)]),
        ("fantasy(x)1.3", [("fantasy(x)1.3", 1.0)]),
        ("a,(b)1.2", [("a,", 1.0), ("b", 1.2)]),
        ("(never closed", [("(never closed", 1.0)]),
        ("never opened)++", [("never opened)++", 1.0)]),
        (r"\(literal\) c\+\+", [("(literal) c++", 1.0)]),
        ("(x).5 (y)1.", [("x", 0.5), (" y", 1.0)]),
        ("(x)-0.5", [("x", 0.9), ("0.5", 1.0)]),
        ('a 5" nail, 6" bolt (x)2', [('a 5" nail, 6" bolt ', 1.0), ("x", 2.0)]),
        ('(5" nail)2', [('5" nail', 2.0)]),
        ("hot-dog +1 - ++", [("hot-dog +1 - ++", 1.0)]),
        ("a++b", [("a", 1.21), ("b", 1.0)]),
        ("salt AND pepper BREAK", [("salt AND pepper BREAK", 1.0)]),
    ],
)
def test_weights(text, expected):
    assert weights(text) == expected


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a cat.swap(dog)", [Text, Swap]),
        ('("a", "b").blend(1, 2)', [Blend]),
        (' ("a", b).and() withLora(ink)', [Text, Conjunction, Text, Network]),
        ("(a b)", [Weighted]),
        ("useLora(ink wash, -0.5)", [Network]),
    ],
)
def test_what_a_prompt_is_made_of(text, kinds):
    nodes = parse(text)
    assert [type(node) for node in nodes] == kinds
    assert render(nodes) == text


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a cat.swap(dog", 6),
        ('"cat.swap(dog"', 5),
        ("cat.swap(dog, x=1)", 13),
        ("cat.swap(dog, t_start=nan)", 13),
        ("cat.attend(nan)", 4),
        ("cat.attend(-0.5)", 4),
        ("cat.attend(1.2", 4),
        ("(a, b).and(1", 7),
        ("(a, b).and(1, 2, 3)", 7),
        ("(a, b).blend(1, x)", 7),
        ("(a, b.swap(c)).blend()", 15),
        ("((a, b).blend())", 8),
        ("x (a, b).blend()", 9),
        ("(a, b).and() x", 7),
        ("(a).and() (b).and()", 14),
        ("withLora()", 1),
        ("withLora(a, b)", 1),
        ("withLora(a, 0.5", 1),
        ("(x)101", 4),
        ("((x)50)3", 8),
        ("x" + "+" * 10_000, 2),
        ("(" * 10_000, 101),
        ("a.swap(" * 101, 702),
    ],
)
def test_what_is_refused_says_where(text, column):
    with pytest.raises(PromptError) as caught:
        parse(text)
    assert caught.value.column == column
    assert "^" in caught.value.excerpt
    assert caught.value.hint


def test_more_than_32_kib_is_refused():
    with pytest.raises(PromptError, match="32,768"):
        parse("x" * 32_769)


@pytest.mark.parametrize(
    "text",
    ['"' * 32_000, '""' * 16_000, "a\\" * 16_000, "(a)" * 10_000, "()+" * 10_000, "a-" * 16_000, "(" + "." * 32_000,
     "withLora(" + " " * 30_000 + ")", "(" * 99 + "a(b) " * 6_000, "." * 32_000, '"(' * 16_000, "a++" * 10_000],
    ids=lambda text: text[:10],
)  # fmt: skip
def test_adversarial_texts_are_read_in_linear_time(text):
    begin = time.process_time()
    try:
        assert render(parse(text)) == text
    except PromptError:
        pass
    assert time.process_time() - begin < 5


@given(st.one_of(st.text(), SIGNS, PIECES))
def test_every_character_comes_back(text):
    try:
        nodes = parse(text)
    except PromptError as error:
        assert error.hint
        assert error.position is not None
        return
    assert render(nodes) == text
    spans = [(leaf.start, leaf.end) for leaf in leaves(nodes)]
    assert spans == sorted(spans)
    assert all(text[leaf.start : leaf.end] == leaf.node.marks[0] for leaf in leaves(nodes))


def test_a_prompt_is_read_by_its_dialect():
    prompt = promptkit.parse('a "red fox"1.3, (golden hour)++, 35mm- withLora(ink, 0.5)', dialect="compel")
    assert [(phrase.text, round(phrase.weight, 4)) for phrase in prompt.phrases] == [
        ("a", 1.0),
        ("red fox", 1.3),
        ("golden hour", 1.21),
        ("35mm", 0.9),
    ]


@needs_peers
@pytest.mark.parametrize("case", cases("compel_parse"), ids=lambda case: case["in"])
def test_cases_of_compel(case):
    if "err" in case:
        with pytest.raises(PromptError) as caught:
            parse(case["in"])
        assert caught.value.position is not None
        return
    nodes = parse(case["in"])
    assert render(nodes) == case["in"]
    assert as_compel(nodes) == normal(case["out"])


def as_compel(nodes):
    """Say a prompt in the words of that parser: flat, with networks beside it."""
    (many,) = [node for node in nodes if isinstance(node, Blend | Conjunction)] or [None]
    if isinstance(many, Conjunction):
        prompts, shares = [flat(part) for part in many.parts], list(many.weights)
    elif isinstance(many, Blend):
        blend = [flat(part) for part in many.parts]
        prompts, shares = [{"blend": blend, "weights": list(many.weights), "normalize": many.normalize}], [1.0]
    else:
        prompts, shares = [flat(nodes)], [1.0]
    loras = [
        {"model": leaf.node.name, "weight": leaf.node.weight if leaf.node.arguments else 1}
        for leaf in leaves(nodes)
        if isinstance(leaf.node, Network)
    ]
    return {"prompts": prompts, "weights": shares, "type": "AND", "loras": loras}


def flat(nodes, weight=1.0):
    return fused(list(pieces(nodes, weight))) or [{"text": "", "weight": pytest.approx(weight)}]


def pieces(nodes, weight):
    for node in nodes:
        if isinstance(node, Text):
            yield {"text": tidy(node.text), "weight": weight}
        elif isinstance(node, Swap):
            original, edited = (flat(part, weight) for part in node.parts)
            yield {"swap": {"original": original, "edited": edited, "options": dict(node.options)}}
        else:
            for part in node.parts:
                yield from pieces(part, weight_inside(node, weight))


def fused(found):
    """Join neighbours of equal weight; words that stand together without a blank are pieces of their own there."""
    kept = []
    for piece in found:
        if not piece.get("text", True):
            continue
        if kept and "text" in piece and "text" in kept[-1] and kept[-1]["weight"] == pytest.approx(piece["weight"]):
            kept[-1]["text"] = tidy(f"{kept[-1]['text']} {piece['text']}")
        else:
            kept.append(dict(piece))
    return [{**piece, "weight": pytest.approx(piece["weight"])} if "text" in piece else piece for piece in kept]


def normal(value):
    """Tidy the recorded texts as ours are."""
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, dict):
        return {key: tidy(item) if key == "text" else normal(item) for key, item in value.items()}
    return value


def tidy(text):
    """Leave out blanks at the ends and round commas and points, and make one of several."""
    return re.sub(r"\s*([,.])\s*", r"\1", " ".join(text.split()))


def test_swap_options_have_defaults():
    (swap,) = parse("a.swap(b, t_start=0.5, shape_freedom=1)")
    assert swap.options == {**SWAP_DEFAULTS, "t_start": 0.5, "s_end": 0.0}


@pytest.mark.parametrize("text", ["35mm", "c++", "softbox (large)", 'a "wide" shot - f/8', "hot-dog-, x=1", "a--b"])
def test_added_phrases_are_written_as_compel_reads_them(text):
    prompt = promptkit.parse("a dog", dialect="compel")
    added = Phrase(text=text, slot="camera", weight=0.8, source="pack/style")
    fuller = replace(prompt, phrases=(*prompt.phrases, added))
    assert weights(fuller.resolved) == [("a dog, ", 1.0), (text, 0.8)]


LEAVES = st.sampled_from(
    ["a", "hot-dog", "b1", "x,", "c++", "d--", r"f\(g", "j:k", "a,b", "w.attend(+)", "withLora(n, 0.5)"]
)
WELL_FORMED = st.recursive(
    LEAVES,
    lambda inner: st.tuples(inner, inner, st.sampled_from(["", "+", "--", "1.3", ".5", ".attend(0.7)", ".swap(u v)"])).map(
        lambda found: f"({found[0]} {found[1]}){found[2]}"
    ),
    max_leaves=5,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(WELL_FORMED, min_size=1, max_size=3).map(" ".join))
def test_well_formed_prompts_read_as_compel_itself_reads_them(text):
    from compel.prompt_parser import PromptParser

    (prompt,) = PromptParser().parse_conjunction(text).prompts or [None]
    theirs = squeezed([] if prompt is None else without_swaps(prompt.children))
    ours = squeezed(read(text, "compel"))
    assert ours == [(words, pytest.approx(weight)) for words, weight in theirs]


def without_swaps(pieces):
    """Return the words of both sides of every swap, as our fragments have them."""
    for piece in pieces:
        yield from without_swaps([*piece.original, *piece.edited]) if hasattr(piece, "original") else [piece]


def squeezed(found):
    """Return words without blanks, and their weights, neighbours of equal weight joined."""
    kept = []
    for piece in found:
        words = "".join(piece.text.split())
        if words and kept and kept[-1][1] == pytest.approx(piece.weight):
            kept[-1] = (kept[-1][0] + words, piece.weight)
        elif words:
            kept.append((words, piece.weight))
    return kept
