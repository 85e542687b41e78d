"""Where added words join what was typed, and what they say there."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.dialects import parse, read
from promptkit.dialects.nodes import Blend, Conjunction
from promptkit.prompt import Phrase


def filled(text, dialect="a1111", weight=1.0):
    prompt = promptkit.parse(text, dialect=dialect)
    added = Phrase(text="golden hour", slot="lighting", weight=weight, source="pack/style")
    return replace(prompt, phrases=(*prompt.phrases, added)).resolved


@pytest.mark.parametrize(
    ("text", "dialect", "expected"),
    [
        ("a dog", "a1111", "a dog, golden hour"),
        ("a dog,", "a1111", "a dog, golden hour"),
        ("a dog, ", "a1111", "a dog, golden hour"),
        ("a cat AND a dog:0.8", "a1111", "a cat, golden hour AND a dog, golden hour:0.8"),
        ("a cat AND ", "a1111", "a cat, golden hour AND "),
        ("(a dog", "a1111", "(a dog), golden hour"),
        ("a ((big [dog", "a1111", "a ((big [dog])), golden hour"),
        ("(a cat AND [a dog:1.2", "a1111", "(a cat), golden hour AND [a dog], golden hour:1.2"),
        ("[cat:dog:0.5", "a1111", "[cat:dog:0.5, (golden hour:1.1)"),
        ("(a dog:1.3", "a1111", "(a dog:1.3, (golden hour:0.9091)"),
        ("(a dog", "comfyui", "(a dog, golden hour"),
        ("a cat AND a dog", "comfyui", "a cat AND a dog, golden hour"),
        ("a cat AND (a dog", "plain", "a cat AND (a dog, golden hour"),
        ('("a cat", a dog).and(1, 0.5)', "compel", '("a cat" (golden hour), a dog (golden hour)).and(1, 0.5)'),
        ('("a cat", "a dog").blend()', "compel", '("a cat" (golden hour), "a dog" (golden hour)).blend()'),
    ],
)  # fmt: skip
def test_where_words_join(text, dialect, expected):
    assert filled(text, dialect) == expected


def test_a_negative_prompt_is_closed_too():
    prompt = promptkit.parse("a dog", negative="(blur")
    fuller = replace(prompt, negative=(*prompt.negative, Phrase(text="text", slot="style", source="pack/style")))
    assert fuller.negative_resolved == "(blur), text"


@pytest.mark.parametrize("text", ["(a dog", "[a dog", "((a [dog", "(a dog:1.3", "[cat:dog:0.5", "a (b [c) d", "(a\\"])
@pytest.mark.parametrize("weight", [1.0, 0.6])
def test_added_words_have_their_own_weight_behind_open_brackets(text, weight):
    typed = [(f.text, round(f.weight, 3)) for f in read(text, "a1111")]
    found = [(f.text, round(f.weight, 3)) for f in read(filled(text, weight=weight), "a1111")]
    assert found[-1][0].strip(" ,") == "golden hour"
    assert found[-1][1] == pytest.approx(weight, abs=2e-3)
    assert "".join(said for said, _ in found).startswith("".join(said for said, _ in typed))


def test_every_part_of_an_and_keeps_its_weight():
    (node,) = parse(filled("a cat:0.3 AND a dog AND [a fox:1.7"), "a1111")
    assert isinstance(node, Conjunction)
    assert node.weights == (0.3, 1.0, 1.7)


def test_a_blend_keeps_its_parts():
    (node,) = parse(filled('("a cat"1.2, a (red)1.3 dog).blend(0.3, 0.7)', "compel"), "compel")
    assert isinstance(node, Blend)
    assert node.weights == (0.3, 0.7)
    assert len(node.parts) == 2


@given(st.text("ab ()[]:.,|1\\ANDé\n", min_size=1, max_size=40))
def test_what_was_typed_says_what_it_said(text):
    """The words before the added ones keep their weights, whatever brackets were left open."""
    try:
        before = read(text, "a1111")
        nodes = parse(text, "a1111")
    except promptkit.PromptError:
        return
    if any(isinstance(node, Conjunction) for node in nodes) or not text.strip(" ,"):
        return
    flat = [(char, round(f.weight, 6)) for f in before for char in f.text]
    resolved = filled(text)
    after = [(char, round(f.weight, 6)) for f in read(resolved, "a1111") for char in f.text]
    assert after[: len(flat)] == flat
    assert resolved.startswith(text)
