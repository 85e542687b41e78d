import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.dialects import parse, render
from promptkit.dialects.fooocus import count_prompts, prompt_at, read_arrays, take_loras
from promptkit.dialects.networks import take_networks, tidied
from promptkit.errors import PromptError
from promptkit.expanders.arrays import ArraysExpander
from promptkit.expanders.styles import default_library, expand
from promptkit.registry import Registry
from tests.peers import cases, needs_peers

ARRAYS = st.lists(st.sampled_from(["[[", "]]", "a", ",", " ", "[", "]", "b"]), max_size=15).map("".join)


@needs_peers
@pytest.mark.parametrize("case", cases("fooocus_prompt_syntax"), ids=lambda case: str(case["in"])[:40])
def test_cases_of_fooocus(case):
    if isinstance(case["in"], str):
        assert [prompt_at(case["in"], index) for index in range(len(case["out"]))] == case["out"]
        return
    given = [(name.removesuffix(".safetensors"), weight) for name, weight in case["in"]["ui_loras"]]
    taken = take_loras(case["in"]["prompt"], given=given, limit=case["in"]["limit"])
    assert [[f"{name}.safetensors", weight] for name, weight in taken.networks] == case["out"]["loras"]
    assert taken.text == case["out"]["prompt"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[a,b]][[1,2]]", ["a1", "b1", "a2", "b2"]),
        ("[[a]] (b:1.2)", ["a (b:1.2)"]),
        ("a [[b, c", ["a [[b, c"]),
        ("]] [[a,]]", ["]] a", "]] "]),
    ],
)
def test_the_first_array_changes_fastest(text, expected):
    assert count_prompts(text) == len(expected)
    assert [prompt_at(text, index) for index in range(len(expected))] == expected
    assert prompt_at(text, len(expected)) == expected[0]


@given(st.one_of(ARRAYS, st.text()), st.integers(0, 50))
def test_everything_but_the_arrays_stays(text, index):
    texts, arrays = read_arrays(text)
    written = [f"[[{','.join(options)}]]" for options in arrays]
    assert "".join(part for pair in zip(texts, [*written, ""], strict=True) for part in pair) == text
    assert len(prompt_at(text, index)) <= len(text)


def test_arrays_are_read_in_linear_time():
    begin = time.process_time()
    for text in ("[[" * 16_000, "[[a,b]]" * 4_000, "[" * 32_000 + "]]", "[[" + "," * 32_000 + "]]"):
        assert prompt_at(text, 10**30) is not None
        assert count_prompts(text) >= 1
    assert time.process_time() - begin < 5
    with pytest.raises(PromptError, match="32,768"):
        prompt_at("x" * 32_769, 0)


def test_networks_that_are_no_networks_stay_text():
    text = "fox, <lora:ink>, <lora:ink:x>, <lora:ink:nan>, <lora:ink:1e9>, <lora:, <hypernet:bloom:1>"
    taken = take_loras(text)
    assert (taken.text, taken.networks) == (text, ())


def test_networks_are_taken_out_of_any_dialect():
    taken = take_networks(parse("a fox withLora(ink, 0.5) (at dusk)++ useLora(paper)", "compel"), limit=1)
    assert (taken.text, taken.networks) == ("a fox (at dusk)++", (("ink", 0.5),))
    taken = take_networks(parse("((fox <lora:ink:2>)), <hypernet:x>", "a1111"), kinds=("lora", "hypernet"))
    assert (taken.text, taken.networks) == ("((fox ))", (("ink", 2.0), ("x", 1.0)))


@given(st.text(alphabet=st.sampled_from("ab, <lora:x:1>")))
def test_a_text_without_networks_is_left_as_it_is(text):
    nodes = parse(text, "a1111")
    taken = take_networks(nodes)
    assert taken.networks or taken.text == render(nodes)
    assert tidied(tidied(text)) == tidied(text)


def test_arrays_as_an_expander():
    assert isinstance(Registry().get("expander", "arrays"), ArraysExpander)
    texts = [p.resolved for p in expand("a [[red,blue]] fox", expanders=[ArraysExpander()])]
    assert texts == ["a red fox", "a blue fox"]
    assert len(list(expand("[[a,b,c]]", expanders=[ArraysExpander()], limit=2))) == 2


def test_what_styles_added_stays_with_every_combination():
    prompt = promptkit.parse("a [[red,blue]] fox, moonlight", negative="blur")
    styled = expand(
        prompt, styles=["embedded/watercolour-dusk"], override=["lighting"], library=default_library(),
        expanders=[ArraysExpander()],
    )  # fmt: skip
    assert [p.resolved for p in styled] == [
        "a red fox, watercolour painting, golden hour, wide shot",
        "a blue fox, watercolour painting, golden hour, wide shot",
    ]
