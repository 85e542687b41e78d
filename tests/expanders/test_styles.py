import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.errors import PromptError, SettingsError
from promptkit.expanders.styles import default_library, expand, read_style

LIBRARY = default_library()
NAMES = [style.id for style in LIBRARY.styles()]


@pytest.mark.parametrize("name", NAMES)
def test_every_style_fills_its_slots_of_a_bare_prompt_and_keeps_it(name):
    prompt = next(expand("a dog", styles=[name], library=LIBRARY))
    assert set(prompt.missing) == {"style", "lighting", "camera"} - set(LIBRARY.get(name).slots)
    assert prompt.conflicts == ()
    assert prompt.resolved.startswith("a dog, ")
    assert {phrase.source for phrase in prompt.phrases} == {"user", name}
    assert prompt.styles == (name,)


@given(
    st.sampled_from(NAMES), st.sampled_from(["a fox, neon lighting", "(a fox:1.3), 35mm", "a fox\nin rain, moonlight"])
)
def test_what_was_typed_stays_byte_for_byte(name, text):
    typed = promptkit.parse(text)
    prompt = next(expand(typed, styles=[name], library=LIBRARY))
    assert prompt.resolved.startswith(text)
    assert [phrase for phrase in prompt.phrases if phrase.typed] == list(typed.phrases)
    for slot in ("lighting", "camera"):
        if typed.slot(slot):
            assert prompt.slot(slot) == typed.slot(slot)


def test_override_replaces_and_records_what_it_replaced():
    prompt = next(
        expand(
            "a fox, moonlight, ink drawing",
            styles=["embedded/watercolour-dusk"],
            override=["lighting"],
            library=LIBRARY,
        )
    )
    assert [phrase.text for phrase in prompt.replaced] == ["moonlight"]
    assert [phrase.text for phrase in prompt.slot("lighting")] == ["golden hour"]
    assert prompt.resolved == "a fox, ink drawing, watercolour painting, golden hour, wide shot"


def test_weights_multiply_and_reach_the_text():
    prompt = next(expand("a fox", styles=["embedded/watercolour-dusk:0.6"], library=LIBRARY))
    assert "(golden hour:0.6)" in prompt.resolved
    with pytest.raises(SettingsError, match="heavy"):
        read_style("embedded/watercolour-dusk:heavy", LIBRARY)


def test_variants_differ_repeat_and_end():
    def texts(seed, limit):
        return [
            v.resolved for v in expand("a fox", styles=["embedded/any-hour"], seed=seed, limit=limit, library=LIBRARY)
        ]

    assert texts(1, 10) == texts(1, 10)
    assert len(texts(1, 10)) == len(set(texts(1, 10))) == 4
    assert texts(1, 2) == texts(1, 10)[:2]
    assert len({texts(seed, 1)[0] for seed in range(20)}) > 1


def test_negatives_are_linked_to_the_style():
    prompt = next(
        expand(promptkit.parse("a fox", negative="text"), styles=["product-photography/packshot"], library=LIBRARY)
    )
    assert prompt.negative_resolved.startswith("text, watermark")
    assert prompt.negative_resolved.count("text") == 1


def test_several_styles_keep_their_order():
    prompt = next(expand("a fox", styles=["embedded/gallery-oil", "embedded/arcade-night"], library=LIBRARY))
    assert [phrase.text for phrase in prompt.slot("style")] == ["oil painting", "pixel art"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"limit": 0}, SettingsError),
        ({"override": ["lightning"]}, SettingsError),
        ({"locked": ["lightning"]}, SettingsError),
        ({"prompt": "  "}, PromptError),
    ],
)
def test_bad_requests(arguments, error):
    with pytest.raises(error):
        list(expand(arguments.pop("prompt", "a fox"), styles=["embedded/gallery-oil"], library=LIBRARY, **arguments))
