import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.dialects.a1111 import parse as read
from promptkit.errors import PromptError, UnknownNameError
from promptkit.slots.vocabulary import Term, Vocabulary, builtin_vocabulary
from promptkit.slots.words import segments

ROOT = Path(__file__).parent.parent.parent
LABELLED = Path(os.environ.get("PROMPTKIT_EVAL_DIR", "")) / "slots-dev.jsonl"


def slots(text, **options):
    return {
        slot: [phrase.text for phrase in promptkit.parse(text, **options).slot(slot)]
        for slot in ("subject", "style", "lighting", "camera")
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a dog", (["a dog"], [], [], [])),
        (
            "a photorealistic barn owl portrait, overcast daylight, 85mm lens, shallow depth of field",
            (
                ["barn owl"],
                ["a photorealistic"],
                ["overcast daylight"],
                ["portrait", "85mm lens", "shallow depth of field"],
            ),
        ),
        (
            "A cinematic portrait of a deep-sea diver under neon signs, 35mm, drizzle",
            (["a deep-sea diver under neon signs", "drizzle"], ["A cinematic"], [], ["portrait of", "35mm"]),
        ),
        ("hyper-realistic barn owl portrait", (["barn owl"], ["hyper-realistic"], [], ["portrait"])),
        ("a red lighthouse, golden hour", (["a red lighthouse"], [], ["golden hour"], [])),
        ("an oil painting of a fox in moonlight", (["a fox"], ["an oil painting of"], ["in moonlight"], [])),
        ("dark forest", (["dark forest"], [], [], [])),
        ("a fox, dark", (["a fox"], ["dark"], [], [])),
        ("a ship by the sea", (["a ship by the sea"], [], [], [])),
        ("a castle by John Howe Smith, f/2.8", (["a castle"], ["by John Howe Smith"], [], ["f/2.8"])),
        ("pale violet backlight on a fern", (["on a fern"], [], ["pale violet backlight"], [])),
    ],
)
def test_slots(text, expected):
    got = slots(text)
    wanted = dict(zip(("subject", "style", "lighting", "camera"), expected, strict=True))
    assert got == wanted


def test_weights_land_on_phrases_and_offsets_point_into_the_typed_text():
    text = "(oil painting:1.2) of a fox"
    painting = promptkit.parse(text).slot("style")[0]
    assert (painting.text, painting.weight) == ("oil painting", 1.2)
    assert text[painting.start : painting.end] == "oil painting"


def test_the_negative_is_read_the_same_way():
    prompt = promptkit.parse("a dog", negative="(blurry:1.3), harsh lighting")
    assert [(phrase.text, phrase.weight) for phrase in prompt.negative] == [("blurry", 1.3), ("harsh lighting", 1.0)]
    assert prompt.negative[1].slot == "lighting"


def test_a_plugin_may_bring_words_and_a_classifier():
    own = Vocabulary("own", (Term("zorblight", "lighting"), Term("golden hour", "style")))
    assert slots("a dog, zorblight, golden hour", vocabularies=[own])["style"] == ["golden hour"]
    assert slots("a dog, zorblight", vocabularies=[own])["lighting"] == ["zorblight"]
    assert slots("a dog, frumious", classify=lambda phrase, _: "style" if phrase == "frumious" else None)["style"] == [
        "frumious"
    ]


def test_unknown_dialect():
    with pytest.raises(UnknownNameError):
        promptkit.parse("a dog", dialect="klingon")


def test_plain_dialect_leaves_brackets_alone():
    assert promptkit.parse("(a dog:1.2)", dialect="plain").phrases[0].weight == 1.0


def test_signs_of_other_scripts_part_too_and_other_scripts_are_guesses():
    text = "狐狸，水彩画。黄昏"
    assert [[word.written for word in words] for words in segments(text, read(text))] == [
        ["狐狸"],
        ["水彩画"],
        ["黄昏"],
    ]
    assert all(phrase.confidence <= 0.5 for phrase in promptkit.parse(text).phrases)


def test_what_midjourney_reads_behind_a_prompt_is_no_word_of_it():
    prompt = promptkit.parse("steampunk owl, brass --ar 16:9 --v 6 --stylize 250")
    assert " ".join(phrase.text for phrase in prompt.phrases) == "steampunk owl brass"


@given(st.text(max_size=300))
def test_phrases_lie_in_order_in_the_text_and_nothing_else_is_raised(text):
    try:
        prompt = promptkit.parse(text)
    except PromptError:
        return
    at = 0
    for phrase in prompt.phrases:
        assert at <= phrase.start < phrase.end <= len(text)
        assert text[phrase.start : phrase.end] == phrase.text
        assert 0 <= phrase.confidence <= 1
        assert phrase.reason
        at = phrase.end


@given(
    st.lists(
        st.sampled_from([term.text for term in builtin_vocabulary().terms if term.kind == "term"]),
        min_size=1,
        max_size=6,
    )
)
def test_known_terms_as_tags_get_their_slots(terms):
    by_text = {term.text: term.slot for term in builtin_vocabulary().terms}
    prompt = promptkit.parse(" | ".join(terms))
    assert {phrase.slot for phrase in prompt.phrases} <= {"subject", "style", "lighting", "camera"}
    if len(terms) == 1 and re.fullmatch(r"[a-z]+( [a-z]+)*", terms[0]) and terms[0] != "style":
        assert prompt.phrases[0].slot == by_text[terms[0]]


@pytest.mark.parametrize(
    "text", ["(" * 3000, "a," * 8000, "by " * 8000, "neon " * 6000, "-" * 30_000, "of photo " * 3000]
)
def test_adversarial_prompts_take_no_time(text):
    begin = time.process_time()
    try:
        promptkit.parse(text)
    except PromptError:
        pass
    assert time.process_time() - begin < 10


@pytest.mark.skipif(
    not LABELLED.is_file(), reason="needs PROMPTKIT_EVAL_DIR: labelled prompts, not part of the project"
)
def test_labelled_prompts_that_nothing_was_learnt_from_are_read_well():
    script = ROOT / "benchmarks" / "slot_accuracy.py"
    done = subprocess.run([sys.executable, str(script), str(LABELLED)], capture_output=True, text=True, check=True)
    sealed = next(line for line in done.stdout.splitlines() if line.startswith("| sealed"))
    accuracy, macro_f1 = (float(cell.split()[0]) for cell in sealed.split("|")[4:6])
    assert accuracy >= 0.92
    assert macro_f1 >= 0.88
