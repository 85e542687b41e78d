import re
from itertools import islice, product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from promptkit.errors import PromptError
from promptkit.templates.template import Template, looks_like_template
from promptkit.templates.wildcards import Wildcards

LISTS = Wildcards(
    lists={
        "colour": ["red", "blue"],
        "animal": ["cat", "dog", "fox"],
        "food/sweet": ["cake"],
        "food/sour": ["lime", "sloe"],
    }
)
SEASONS = "${season=!{winter|summer}}{?season=winter::heavy coat|2::?season=summer::linen shirt|?::jacket}"


def template(text, **lists):
    return Template(text, wildcards=Wildcards(lists=lists) if lists else LISTS)


def texts(text, **lists):
    found = [found.text for found in template(text, **lists).enumerate()]
    assert len(found) == template(text, **lists).count()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a dog", ["a dog"]),
        ("{a|b} {c|d}", ["a c", "a d", "b c", "b d"]),
        ("{2$$ and $$a|b|c}", ["a and b", "a and c", "b and a", "b and c", "c and a", "c and b"]),
        ("{0-1$$a|b}", ["", "a", "b"]),
        ("{2$$, $$|a}", ["a", "a"]),
        ("{9$$a|{b|c}}", ["a,b", "a,c", "b,a", "c,a"]),
        ("{0::a|b}", ["b"]),
        ("{0::a|0::b}", [""]),
        ("{3$$x|y}", ["x,y", "y,x"]),
        ("{2$$0::x|0::y} z", [" z"]),
        ("__colour__ {x|y}", ["blue x", "blue y", "red x", "red y"]),
        ("__food/*__", ["cake", "lime", "sloe"]),
        ("__food/{sweet|sour}__", ["cake", "lime", "sloe"]),
        ("${c=__colour__}${c} and ${c}", ["blue and blue", "blue and red", "red and blue", "red and red"]),
        ("${c=!__colour__}${c} and ${c}", ["blue and blue", "red and red"]),
        ("${c=!{a|b}}nothing uses it", ["nothing uses it"]),
        ("${k=!{sweet|sour}}__food/${k}__", ["cake", "lime", "sloe"]),
        ("${a=!{x|y}}${b=!${a}{1|2}}${b}${a}", ["x1x", "x2x", "y1y", "y2y"]),
        ("${a=1}${a?=2}${b?=3}${a}${b}", ["13"]),
        ("${a=1}${a} ${a=2}${a}", ["1 2"]),
        ("${late=${x}!}${x=1}${late}", ["1!"]),
        ("${v:default} {${v=1}${v}|b}", ["default 1", "default b"]),
        (SEASONS, ["heavy coat", "linen shirt"]),
        ("${season=spring}" + SEASONS[26:], ["jacket"]),
        ("${s=a}{?s=b::x}", [""]),
        ("${s=a}{?s!=b,c::x|?s=b::y}", ["x"]),
        ("%{the ... of {a|b}$${cat|dog}}", ["the cat of a", "the dog of a", "the cat of b", "the dog of b"]),
        ("{1$$a|{2$$b|c}}", ["a", "b,c", "c,b"]),
    ],
)
def test_enumeration(text, expected):
    assert texts(text) == expected


def test_the_negative_is_linked_to_the_choice():
    found = list(template("{coat --no sand|shirt --no snow, ice|bare}, street --no text").enumerate())
    assert [(one.text, one.negative) for one in found] == [
        ("coat, street", "sand, text"), ("shirt, street", "snow, ice, text"), ("bare, street", "text"),
    ]  # fmt: skip


def test_the_negative_goes_with_values_and_selections_too():
    once = template("${v=!{a --no x|b}}${v}, ${v}")
    assert [(one.text, one.negative) for one in once.enumerate()] == [("a, a", "x"), ("b, b", "")]
    both = template("{2$$ and $$a --no x|b --no {y|z}}")
    assert ("b and a", "z, x") in {(one.text, one.negative) for one in both.enumerate()}


def test_a_cycle_takes_every_choice_in_step():
    found = [one.text for one in islice(template("A {red|blue|green} {rose|daisy}").cycle(), 6)]
    assert found == ["A red rose", "A blue daisy", "A green rose", "A red daisy", "A blue rose", "A green daisy"]


def test_nodes_may_have_a_sampler_of_their_own():
    assert texts("{@a|b} {c|d|e}") == ["a c", "b d", "a e"]
    assert [one.text for one in islice(template("{!a|b} {@c|d|e}").samples(7), 3)] == ["a c", "b d", "a e"]
    same = [one.text for one in template("${v=!{~a|b|c|d}}${v}${v} {1|2|3|4}").enumerate(5)]
    assert all(text[0] == text[1] for text in same)


def test_both_the_template_and_what_was_picked_are_kept():
    found = template("a {red|{light|dark} blue} fox").sample(4)
    assert found.template == "a {red|{light|dark} blue} fox"
    assert found.text == "a " + found.picks[0].text + " fox"
    assert {pick.node for pick in found.picks} <= {"{red}", "{light}"}


def test_weights_decide_how_often():
    template_ = template("{3::a|1::b}")
    drawn = [one.text for one in islice(template_.samples(1), 4000)]
    assert 0.7 < drawn.count("a") / len(drawn) < 0.8
    picked = [one.text for one in islice(template("{2$$5::a|b|c|0.001::d}").samples(1), 500)]
    assert sum("a" in text for text in picked) > 400
    assert sum("d" in text for text in picked) < 10


def test_counts_are_exact_where_nobody_could_enumerate():
    assert template("{a|b}" * 6000).count() == 2**6000
    many = "{1-$$" + "|".join(f"o{i}" for i in range(300)) + "}"
    assert template(many).count() > 300**200
    assert len(next(template(many).enumerate()).text) == 2
    inner = "{2$$" + "|".join("{a|b|c}" for _ in range(100)) + "}"
    assert template(inner).count() == 100 * 99 * 9


def test_drawing_by_index_is_drawing_in_a_row():
    text = "a {red|{light|dark} blue|3::green} __animal__, {1-2$$a|b|c}" + SEASONS
    template_ = template(text)
    assert list(islice(template_.samples(9), 150)) == [template_.sample(9, index) for index in range(150)]
    assert template_.sample(9, 3) != template_.sample(10, 3) or template_.sample(9, 4) != template_.sample(10, 4)


def test_distinct_draws_stop_when_there_is_nothing_new():
    assert sorted(one.text for one in template("{a|b|c}").distinct(0, 10)) == ["a", "b", "c"]
    assert len(list(template("{a|a|b}").distinct(0, 3))) == 2


@pytest.mark.parametrize(
    ("text", "column", "said", "cure"),
    [
        ("a __colur__", 3, "no wildcard named 'colur'", "'colour'"),
        ("a {__nope__|x}", 4, "no wildcard named 'nope'", "wildcards list"),
        ("__../secret__", 1, "leave its folder", ".."),
        ("${animl}${animal=x}", 1, "'animl' is not set", "${animl=value}"),
        ("${animal=x}${animl}", 12, "'animl' is not set", "Did you mean 'animal'?"),
        ("${a=${b}}${b=${a}}${a}", 14, "its own value", "=!"),
        ("${s={a|b}}{?s=a::x}", 12, "drawn anew at each use", "${s=!"),
        ("{?s=a::x}", 2, "'s' is not set", "${s=value}"),
        ("${a=" + "x" * 9000 + "}${b=${a}${a}}${c=${b}${b}}${c}", None, "characters long", "less often"),
    ],
)
def test_what_cannot_be_filled_in_says_where_and_what_to_do(text, column, said, cure):
    with pytest.raises(PromptError, match=re.escape(said)) as caught:
        template(text)
    assert column is None or caught.value.column == column
    assert cure in caught.value.hint


def test_wildcards_that_lead_back_to_themselves_are_named():
    folder_free = Wildcards(lists={"x": ["y"]})
    assert Template("__x__", wildcards=folder_free).count() == 1


def test_values_that_others_depend_on_are_capped():
    with pytest.raises(PromptError, match=r"at most 10,000 are followed"):
        template("${v=!__many__}{?v=w1::x|?::y}", many=[f"w{i}" for i in range(10_001)])
    with pytest.raises(PromptError, match=r"more than 100,000 nodes"):
        template("".join(f"${{v{i}=!{{x|y}}}}{{?v{i}=x::p|?::q}}" for i in range(40)))
    with pytest.raises(PromptError, match="too many to count"):
        template("{1-$$" + "|".join("{a|b}" if i % 2 else "c" for i in range(3000)) + "}")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("{a|b}", True),
        ("__x__", True),
        ("a ${b} c", True),
        ("{prompt}", False),
        ("(a:1.2)", False),
        ("{a", False),
        ("a|b", False),
    ],
)
def test_templates_are_recognised(text, is_one):
    assert looks_like_template(text) is is_one


# --- properties

word = st.sampled_from(["a", "b", "c", ""])


def _choices(inner):
    plain = st.lists(inner, min_size=1, max_size=3).map(lambda options: "{" + "|".join(options) + "}")
    some = st.tuples(st.sampled_from(["0-1", "1-2", "2", "2-"]), st.lists(inner, min_size=1, max_size=3)).map(
        lambda pair: "{" + pair[0] + "$$+$$" + "|".join(pair[1]) + "}"
    )
    weighted = st.lists(st.tuples(st.integers(0, 3), inner), min_size=1, max_size=3).map(
        lambda options: "{" + "|".join(f"{weight}::{text}" for weight, text in options) + "}"
    )
    negative = inner.map(lambda text: "{x --no " + text + "|y}")
    once = inner.map(lambda text: "${v=!" + text + "}${v}-${v}{?v=a::1|?::{2|3}}")
    late = inner.map(lambda text: "${w=" + text + "}${w}${w}")
    pair = st.tuples(inner, inner).map(" ".join)
    return st.one_of(
        plain, some, weighted, negative, once, late, pair, st.just("__animal__"), st.just("__food/{sour|sweet}__")
    )


templates = st.recursive(word, _choices, max_leaves=5)
MANY = 3000


def planned(text):
    """A template, unless it is so large that it is refused: that is said elsewhere."""
    try:
        return template(text)
    except PromptError as error:
        assume("at most" not in str(error) and "more than" not in str(error))
        raise


@given(templates)
def test_the_count_is_the_length_of_the_enumeration(text):
    template_ = planned(text)
    if template_.count() <= MANY:
        found = list(template_.enumerate())
        assert len(found) == template_.count()
        assert len({one.picks for one in found}) == len(found)


@given(templates, st.integers(0, 2**63 - 1), st.integers(0, 1000))
def test_what_is_drawn_is_a_member_of_the_enumeration(text, seed, index):
    template_ = planned(text)
    drawn = template_.sample(seed, index)
    assert drawn == template_.sample(seed, index)
    if template_.count() <= MANY:
        found = set(template_.enumerate())
        assert drawn in found
        assert set(islice(template_.cycle(), 5)) <= found


names = st.sampled_from("abcdefgh")


@given(st.lists(names, min_size=1, max_size=5, unique=True), names, st.integers(0, 5), st.integers(0, 50))
def test_another_choice_never_reshuffles_the_others(firsts, added, place, index):
    """Whatever is put wherever: what the choices drew that were there already stays."""
    choices = ["{" + first + "|" + "|".join(f"{first}{i}" for i in range(5)) + "}" for first in firsts]
    new = "{new " + added + "|${v=!{m|n}}${v}|__animal__}"
    longer = [*choices[:place], new, *choices[place:]]
    before = {pick.node: pick for pick in template(" ".join(choices)).sample(1, index).picks}
    after = {pick.node: pick for pick in template(", ".join(longer)).sample(1, index).picks}
    assert {node: after[node] for node in before} == before


def test_an_option_with_a_choice_inside_changes_no_other_node():
    before = template("{cat|dog} on {red|blue} {sofa|chair}")
    after = template("{cat|dog} on {red|blue|{dark|light} green} {sofa|chair}")
    for index in range(60):
        old, new = before.sample(3, index).picks, after.sample(3, index).picks
        assert [pick for pick in old if pick.node != "{red}"] == [p for p in new if p.node in {"{cat}", "{sofa}"}]


def test_enumeration_is_a_product():
    left, middle, right = "abc", "de", "fghi"
    text = " ".join("{" + "|".join(options) + "}" for options in (left, middle, right))
    assert texts(text) == [" ".join(letters) for letters in product(left, middle, right)]
