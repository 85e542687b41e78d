import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from promptkit.errors import MetadataError
from promptkit.metadata import infotext, read_provenance, write_png
from promptkit.pictures import open_picture
from promptkit.records import Candidate, Recipe
from promptkit.session import Session


def recipe(prompt="a dog", **changes):
    values = {
        "prompt": prompt, "resolved": prompt, "negative": "", "phrases": (), "styles": (), "seed": 1, "candidates": 2, "text_seed": 0,
        "model": {"name": "embedded", "hash": "0123456789abcdef"}, "ranker": {"name": "clip", "model": "embedded"},
        "settings": {"num_inference_steps": 16, "sampler": "euler_a", "guidance_scale": 3.0, "width": 8, "height": 8},
        "environment": {"promptkit": "0"},
    }  # fmt: skip
    return Recipe(**(values | changes))


CANDIDATE = Candidate(index=1, seed=2, image=None, batch_size=2, scores={"total": 0.5})


def written(prompt="a dog", **changes):
    handle = io.BytesIO()
    write_png(handle, Image.new("RGB", (8, 8), "red"), recipe(prompt, **changes), CANDIDATE)
    return handle.getvalue()


@given(st.text(max_size=200))
def test_any_prompt_comes_back_exactly(tmp_path_factory, prompt):
    path = tmp_path_factory.getbasetemp() / "round.png"
    path.write_bytes(written(prompt))
    record = read_provenance(open_picture(path))
    assert record.recipe == json.loads(json.dumps(recipe(prompt).to_json()))
    assert record.candidate == {
        "index": 1, "seed": 2, "batch_size": 2, "shrunk": [], "variation_seed": None, "scores": {"total": 0.5},
    }  # fmt: skip


@pytest.mark.parametrize(
    "prompt", ["a," * 8000, "\x01" * 32_000, "a \ud800 b"], ids=["phrases", "escapes", "surrogate"]
)
def test_the_longest_prompts_come_back_too(tmp_path, prompt):
    said = ({"text": "a", "slot": "subject", "weight": 1.0, "source": "user", "reason": "a rule"},) * (len(prompt) // 2)
    path = tmp_path / "long.png"
    path.write_bytes(written(prompt, negative=prompt, phrases=said))
    record = read_provenance(open_picture(path))
    assert (record.recipe["prompt"], record.recipe["negative"]) == (prompt, prompt)
    assert record.recipe["phrases"] in ([], list(said))


def test_infotext_is_what_the_web_ui_writes():
    text = infotext(recipe(negative="blur", settings=recipe().settings | {"sampler": "a, b"}), CANDIDATE)
    assert text == (
        'a dog\nNegative prompt: blur\nSteps: 16, Sampler: "a, b", CFG scale: 3.0, Seed: 2, Size: 8x8, '
        "Model hash: 0123456789, Model: embedded, Version: promptkit 0"
    )


def test_the_same_run_writes_the_same_bytes():
    assert written() == written()


def test_a_recipe_has_an_id_of_its_own():
    assert recipe().id == recipe().id != recipe("a cat").id
    assert len(recipe().id) == 10


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", written()[:60], b"\x89PNG\r\n\x1a\n" + b"\0" * 100],
    ids=["empty", "text", "cut short", "lying header"],
)
def test_what_is_no_picture_is_a_clear_error(tmp_path, content):
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(MetadataError, match="x.png"):
        open_picture(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"echo", "'x.png' is no picture that promptkit reads."),
        (written()[:-30], "'x.png' ends too early: it was cut off."),
    ],
    ids=["text", "cut off"],
)
def test_what_is_wrong_with_a_file_is_said_in_one_sentence(tmp_path, monkeypatch, content, said):
    monkeypatch.chdir(tmp_path)
    path = Path("x.png")
    path.write_bytes(content)
    with pytest.raises(MetadataError) as caught:
        open_picture(path)
    assert caught.value.message == said
    assert (caught.value.hint or "").endswith(".")


def test_missing_files_and_folders(tmp_path):
    for path in (tmp_path / "nothing.png", tmp_path):
        with pytest.raises(MetadataError) as caught:
            open_picture(path)
        assert caught.value.hint


def test_a_picture_larger_than_allowed_is_refused(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(written())
    with pytest.raises(MetadataError, match="8x8 pixels, more than the 63") as caught:
        open_picture(path, max_pixels=63)
    assert "--max-pixels 64" in caught.value.hint
    assert open_picture(path, max_pixels=64).image.size == (8, 8)


@pytest.mark.parametrize("text", ["{", "[" * 5000, '"text"', "[1]", '{"recipe": 3}', "null"])
def test_json_of_the_wrong_shape_counts_as_nothing(tmp_path, text):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("promptkit", text)
    path = tmp_path / "x.png"
    Image.new("RGB", (8, 8)).save(path, pnginfo=info)
    assert read_provenance(open_picture(path)) is None


def test_a_recipe_names_the_plugins_that_took_part(registry, tmp_path):
    with Session("fake", registry=registry) as session:
        result = session.generate("a dog", candidates=1, out=tmp_path)
    assert result.recipe.plugins == {"fakes": "1"}
    assert read_provenance(open_picture(result.best.path)).recipe["plugins"] == {"fakes": "1"}
    assert {"numpy", "pillow", "torch"} <= set(result.recipe.environment)
