import json
import os
import shutil
import subprocess
import sys

import pytest

import promptkit
from promptkit.backends.conditioning import condition
from promptkit.backends.tokenizers import Tokenizers, load_tokenizers
from promptkit.backends.tokens import count_tokens
from promptkit.embedded import pipeline_path
from tests.backends.conftest import load

LONG = ", ".join(["a red dog by the tall lighthouse"] * 12) + ", (moonlight:1.2), 85mm lens"


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "promptkit", "tokens", *arguments],
        capture_output=True, text=True, env={**os.environ, "COLUMNS": "140"}, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def embedded():
    return load_tokenizers(str(pipeline_path()))


def count(text, tokenizers, dialect="a1111"):
    (found,) = count_tokens(promptkit.parse(text, dialect=dialect), tokenizers)
    return found


def test_it_shows_phrases_chunks_and_what_would_be_cut():
    done = run(LONG)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["words", "slot", "tokens", "total", "chunk"]
    assert any(line.split()[:2] == ["moonlight", "lighting"] for line in lines)
    assert "of 75" in done.stdout
    assert "Without promptkit StableDiffusionPipeline would have cut:" in done.stdout
    assert done.stdout.rstrip().endswith("moonlight 85mm lens")


def test_json_is_one_document():
    document = json.loads(run("a dog, golden hour", "--json").stdout)
    assert (document["promptkit"], document["kind"], document["model"]) == (1, "tokens", "embedded")
    (found,) = document["counts"]
    assert (found["limit"], found["chunks"], found["cut"]) == (75, 1, [])
    assert found["total"] == sum(phrase["tokens"] for phrase in found["phrases"]) == found["phrases"][-1]["total"]


@pytest.mark.parametrize("model", ["nobody/nothing", "."])
def test_models_that_are_not_there_are_explained(model):
    done = run("a dog", "--model", model)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert model in done.stderr
    assert "Error" in done.stderr


def test_the_words_that_are_cut_are_those_that_the_pipeline_cuts(embedded):
    """diffusers names what it removes by decoding the tokens behind the limit."""
    tokenizer = embedded.by_name["tokenizer"]
    for extra in range(12):
        text = "so " * extra + LONG.replace("(", "").replace(":1.2)", "")
        ids = tokenizer(text).input_ids[76:-1]
        removed = "".join(tokenizer.decode(ids).replace(",", " ").split())
        found = count(text, embedded).cut
        assert "".join(found).endswith(removed)
        assert len("".join(found[1:])) < len(removed)


def test_no_weights_are_needed(tmp_path, tiny_sdxl):
    for name in ("model_index.json", "tokenizer", "tokenizer_2"):
        source = tiny_sdxl / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    tokenizers = load_tokenizers(str(tmp_path))
    assert tokenizers.family == "StableDiffusionXLPipeline"
    assert count("a dog", tokenizers).tokenizers == ("tokenizer", "tokenizer_2")


def test_tokenizers_that_do_not_agree_are_counted_apart(embedded):
    other = type("Words", (), {"model_max_length": 10**30, "__call__": None})
    other.__call__ = lambda self, text, **_: type(
        "Ids", (), {"input_ids": [1, 2, 3], "offset_mapping": [(0, 1), (1, 2), (2, 3)]}
    )
    both = Tokenizers(
        family="FluxPipeline", by_name={"tokenizer": embedded.by_name["tokenizer"], "tokenizer_2": other()}
    )
    first, second = count_tokens(promptkit.parse("a dog"), both)
    assert (first.tokenizers, first.limit) == (("tokenizer",), 75)
    assert (second.tokenizers, second.limit, second.cut, second.total) == (("tokenizer_2",), None, (), 3)


def test_breaks_and_conjunctions_begin_chunks_and_signs_are_no_words(embedded):
    found = count(r"a \(red\) dog BREAK moonlight AND a cat:0.5", embedded)
    assert [each.chunks for each in found.phrases] == [*[(1,)] * (len(found.phrases) - 2), (2,), (3,)]
    plain = embedded.by_name["tokenizer"](["a (red) dog", "moonlight", "a cat"], add_special_tokens=False).input_ids
    assert found.total == sum(map(len, plain))


def test_of_a_schedule_the_longest_branch_is_counted(embedded):
    ids = embedded.by_name["tokenizer"]("a tall old lighthouse in snow", add_special_tokens=False).input_ids
    for text in (
        "a [dog:tall old lighthouse:0.5] in snow",
        "a [tall old lighthouse|dog] in snow",
        "a [[dog|tall old lighthouse]:cat:3] in snow",
    ):
        assert count(text, embedded).total == len(ids)


def test_chunks_are_those_that_the_model_is_given(embedded, tiny_sd):
    found = condition(load(tiny_sd).pipeline, LONG).arguments["prompt_embeds"]
    counted = count(LONG, load_tokenizers(str(tiny_sd)))
    assert found.shape[1] == 77 * counted.chunks
    assert counted.chunks > 1


@pytest.mark.parametrize(("text", "chunks"), [("BREAK a dog", 2), ("a dog BREAK BREAK snow", 3), ("a dog BREAK ", 1)])
def test_a_break_with_nothing_before_it_leaves_an_empty_chunk(embedded, tiny_sd, text, chunks):
    assert count(text, embedded).chunks == chunks
    assert condition(load(tiny_sd).pipeline, text).arguments["prompt_embeds"].shape[1] == 77 * chunks


def test_signs_alone_are_tokens_without_a_phrase(embedded):
    found = count("...,,,", embedded)
    assert found.phrases == ()
    assert found.total > 0


def test_long_prompts_take_no_longer_than_their_length(embedded):
    text = "a,b;" * 8000
    assert count(text, embedded).total > 30_000
