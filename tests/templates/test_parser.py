import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.errors import PromptError
from promptkit.templates.nodes import Choice, Guard, Literal, Negative, Sequence, Use, Wildcard
from promptkit.templates.parser import parse_template

SIGNS = "{ } | $$ :: __ ${ %{ a b = ! ? --no # // /* */ \n \\ 2 - ~ @ , ( ) : ... .5".split(" ")


def tree(text):
    return parse_template(text).root


def text_of(text):
    root = tree(text)
    assert isinstance(root, Literal), root
    return root.text


@pytest.mark.parametrize(
    "text",
    [
        "a dog", "(red:1.2), [blue], <lora:x:0.8>", "[cat:dog:0.5]", "a | b :: c $$ d", "bra}ce", "snake__case", "__init",
        "C# on a #1 site, #ff0000", "https://example.org/a", "5$ a piece, 100% wool", r"\(literal\)", "a -- b, --ar 16:9",
        "/* never closed", "____",
    ],
)  # fmt: skip
def test_text_that_is_no_template_stays_as_it_is(text):
    assert text_of(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"\{a\|b\}", "{a|b}"), (r"\__a\__", "__a__"), (r"\${x}", "${x}"), (r"\--no thing", "--no thing"),
        ("a # said\nb", "a\nb"), ("# said\nb", "b"), ("a // said", "a"), ("a /* said */ b", "a b"), ("a/* x */b", "ab"),
        ("a\n  # one\n  # two\nb", "a\nb"),
    ],
)  # fmt: skip
def test_escapes_and_comments(text, said):
    assert text_of(text) == said


def test_a_choice_has_weights_conditions_bounds_and_a_separator():
    choice = tree("{~1-2$$ and $$ 2::?season=winter, autumn::coat|?season!=summer::3::boots|?::hat|plain}")
    assert isinstance(choice, Choice)
    assert (choice.low, choice.high, choice.separator, choice.sampler) == (1, 2, " and ", "~")
    assert [option.weight for option in choice.options] == [2, 3, 1, 1]
    guards = [option.guard for option in choice.options]
    assert (guards[0].name, guards[0].values, guards[0].negated) == ("season", ("winter", "autumn"), False)
    assert (guards[1].values, guards[1].negated) == (("summer",), True)
    assert isinstance(guards[2], Guard)
    assert guards[2].name is None
    assert guards[3] is None
    assert [option.value.text for option in choice.options] == ["coat", "boots", "hat", "plain"]


def test_a_question_mark_may_be_text():
    assert tree("{?|!? :: x}").options[0].value == Literal(1, "?")
    assert tree(r"{\?a=b::c|d}").options[0].value == Literal(1, "?a=b::c")
    assert tree("{?who is there::x|d}").options[0].value.text == "?who is there::x"


def test_the_negative_reaches_to_the_end_of_its_option_or_to_the_next_flag():
    root = tree("{coat --no sand|shirt}, street --no text, mark --ar 16:9")
    choice, street, negative, rest = root.parts
    assert choice.options[0].value == Sequence(1, (Literal(1, "coat"), Negative(6, Literal(10, "sand"))))
    assert (street.text, negative.value.text, rest.text) == (", street", "text, mark", " --ar 16:9")


def test_wildcards_take_parameters_and_names_that_depend():
    root = tree("__food/${kind:sweet}(colour={red|blue}, size=big one)__")
    assert isinstance(root, Wildcard)
    assert [name for name, _ in root.variables] == ["colour", "size"]
    assert isinstance(root.path.parts[1], Use)
    assert root.variables[1][1].text == "big one"


def test_keys_name_what_a_node_is():
    root = tree("{a|b} {a|c} {2::x|y} __w__ __w__ ${v=1}${v}${v}")
    assert [part.key for part in root.parts if hasattr(part, "key")] == [
        "{a}", "{a}#1", "{x}", "__w__", "__w__#1", "$v=", "$v", "$v#1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("a {b", 3, "never closed"),
        ("a\n ${b", 2, "never closed"),
        ("%{a$$b", 1, "never closed"),
        ("${1}", 1, "name of a variable"),
        ("${}", 1, "name of a variable"),
        ("{nan::a|b}", 2, "weight of nan"),
        ("{a|-inf::b}", 4, "weight of -inf"),
        ("{1e308::a|b}", 2, "out of range"),
        ("{-1::a|b}", 2, "out of range"),
        ("{" + "9" * 5000 + "::a|b}", 2, "out of range"),
        ("{" + "9" * 5000 + "$$a|b}", 2, "cannot be chosen"),
        ("{1-x$$a|b}", 2, "no number of options"),
        ("{?winter::a|b}", 2, "no condition"),
        ("__a(b)__", 5, "set variables"),
        ("a\x00b", 2, "U+0000"),
        ("a\x1b[31m", 2, "U+001B"),
        ("a\ud800", 2, "U+D800"),
        ("{" * 10_000, 51, "deeper than 50"),
        ("{a|" * 5000 + "}" * 5000, 151, "deeper than 50"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(text, column, said):
    with pytest.raises(PromptError, match=re.escape(said)) as caught:
        parse_template(text)
    assert caught.value.column == column
    assert caught.value.excerpt
    assert caught.value.hint


def test_more_than_32_kib_is_refused():
    with pytest.raises(PromptError, match="32,768"):
        parse_template("é" * 16_385)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        parse_template(text)
    except PromptError as error:
        assert error.hint


@given(st.lists(st.sampled_from(SIGNS), max_size=40))
def test_any_signs_are_read_or_refused(signs):
    try:
        parse_template(" ".join(signs))
        parse_template("".join(signs))
    except PromptError as error:
        assert error.hint
