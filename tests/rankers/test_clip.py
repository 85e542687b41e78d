import logging
import shutil
from pathlib import Path

import pytest
import torch

import promptkit
from promptkit.errors import ModelError
from promptkit.rankers.clip import ClipLoader


def test_each_slot_is_a_probability_and_the_total_their_geometric_mean(model, candidates):
    scores = (
        ClipLoader().load(model).score(promptkit.parse("an oil painting of a fox, moonlight, close-up"), candidates)
    )
    assert len(scores) == 3
    for score in scores:
        slots = [value for slot, value in score.items() if slot != "total"]
        assert set(score) == {"total", "subject", "style", "lighting", "camera"}
        assert all(0 < value < 1 for value in slots)
        assert score["total"] == pytest.approx(torch.tensor(slots).log().mean().exp().item())


def test_order_of_candidates_is_kept_and_batches_do_not_matter(model, candidates):
    ranker, prompt = ClipLoader().load(model), promptkit.parse("a fox, moonlight")
    forward, backward = ranker.score(prompt, candidates), ranker.score(prompt, candidates[::-1])
    for one, other in zip(forward, backward[::-1], strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_texts_are_encoded_once(model, candidates, monkeypatch):
    ranker, prompt = ClipLoader().load(model), promptkit.parse("a fox, moonlight")
    ranker.score(prompt, candidates)
    monkeypatch.setattr(ranker.clip.model, "encode_text", None)
    ranker.score(prompt, candidates)


def test_no_candidates_no_scores(model):
    assert ClipLoader().load(model).score(promptkit.parse("a fox"), []) == []


def test_the_recipe_can_say_how_it_was_ranked(model):
    said = ClipLoader().load(model).describe()
    assert said["model"] == f"local-dir:{Path(model).name}"
    assert (len(said["hash"]), len(said["alternatives"])) == (64, 16)


def test_loading_leaves_the_callers_logging_alone(model):
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.INFO)
    try:
        ClipLoader().load(model)
        with pytest.raises(ModelError):
            ClipLoader().load("local-dir:/nowhere")
        assert root.level == logging.INFO
    finally:
        root.setLevel(before)


@pytest.mark.parametrize(
    "damage", [lambda path: path.write_bytes(path.read_bytes()[:1000]), lambda path: path.unlink()]
)
def test_a_folder_with_damaged_or_missing_weights_is_refused(tiny_clip, tmp_path, damage):
    folder = shutil.copytree(tiny_clip, tmp_path / "clip")
    damage(folder / "open_clip_model.safetensors")
    with pytest.raises(ModelError):
        ClipLoader().load(f"local-dir:{folder}")


def test_more_pictures_than_a_batch_keep_their_order(model, candidates, monkeypatch):
    ranker, prompt = ClipLoader().load(model), promptkit.parse("a fox, moonlight")
    whole = ranker.score(prompt, candidates)
    monkeypatch.setattr("promptkit.rankers.clip_model.IMAGE_BATCH", 2)
    for one, other in zip(whole, ranker.score(prompt, candidates), strict=True):
        assert one == pytest.approx(other, abs=1e-5)


@pytest.mark.parametrize(
    "name", ["ViT-B-32/no_such_tag", "NoSuchModel/openai", "local-dir:/nowhere", "ViT-B-32/laion2b_s34b_b79k"]
)
def test_what_cannot_be_loaded_is_an_error_never_random_weights(name):
    with pytest.raises(ModelError) as caught:
        ClipLoader().load(name)
    assert caught.value.hint


def test_a_phrase_of_weight_zero_asks_for_nothing(model, candidates):
    ranker = ClipLoader().load(model)
    assert set(ranker.score(promptkit.parse("a fox, (moonlight:0)"), candidates)[0]) == {"total", "subject"}
