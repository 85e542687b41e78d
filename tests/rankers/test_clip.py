import logging
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

import promptkit
from promptkit.embedded.words import FACETS
from promptkit.errors import ModelError
from promptkit.rankers.alternatives import generic_claim, known_claims
from promptkit.rankers.clip import ClipLoader
from promptkit.rankers.plain import PlainClipLoader
from promptkit.records import Candidate

OF_SLOT = {facet: "subject" if facet == "colour" else facet for facet in FACETS}


@pytest.fixture(scope="module")
def model(tiny_clip):
    return f"local-dir:{tiny_clip}"


@pytest.fixture(scope="module")
def candidates():
    tones = [(220, 30, 30), (20, 40, 200), (240, 240, 230)]
    return [Candidate(index=i, seed=i, image=Image.new("RGB", (40, 56), tone)) for i, tone in enumerate(tones)]


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


def test_plain_clipscore_is_the_clipped_cosine(model, candidates):
    ranker = PlainClipLoader().load(model)
    (score, *_) = ranker.score(promptkit.parse("a fox"), candidates)
    features = torch.nn.functional.normalize(
        ranker.clip.model.encode_image(ranker.clip.preprocess(candidates[0].image)[None]).detach(), dim=-1
    )
    text = torch.nn.functional.normalize(
        ranker.clip.model.encode_text(ranker.clip.tokenizer(["a fox"])).detach(), dim=-1
    )
    assert score == {"total": pytest.approx(max(0.0, float(features @ text.T)), abs=1e-5)}


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


def test_clipscore_reads_words_not_weights(model, candidates):
    ranker = PlainClipLoader().load(model)
    plain, weighted = (promptkit.parse(text) for text in ("a fox, moonlight", "a fox, (moonlight:1.4)"))
    assert ranker.score(weighted, candidates) == ranker.score(plain, candidates)


def test_a_text_longer_than_the_context_is_scored_by_phrase(model, candidates):
    ranker = PlainClipLoader().load(model)
    phrases = [f"a fox number {i} beside a lighthouse" for i in range(30)]
    last = ranker.score(promptkit.parse(", ".join([*phrases, "moonlight"])), candidates)
    other = ranker.score(promptkit.parse(", ".join([*phrases, "neon light"])), candidates)
    assert last != other


@pytest.mark.parametrize(
    "name", ["ViT-B-32/no_such_tag", "NoSuchModel/openai", "local-dir:/nowhere", "ViT-B-32/laion2b_s34b_b79k"]
)
def test_what_cannot_be_loaded_is_an_error_never_random_weights(name):
    with pytest.raises(ModelError) as caught:
        ClipLoader().load(name)
    assert caught.value.hint


def test_known_words_make_claims_longest_first():
    claims = known_claims("subject", "a crimson hot air balloon", 1.0, FACETS, OF_SLOT)
    assert {claim.truth[0] for claim in claims} == {"red", "hot air balloon"}
    assert all(len(claim.others) == len(FACETS[claim.facet]) - 1 for claim in claims)


def test_words_it_does_not_know_are_not_judged():
    assert known_claims("subject", "a crimson zebra", 1.0, FACETS, OF_SLOT) == []
    assert known_claims("lighting", "candlelight", 1.0, FACETS, OF_SLOT) == []
    assert len(known_claims("subject", "a small red cat", 1.0, FACETS, OF_SLOT)) == 2


def test_generic_alternatives_leave_out_what_the_phrase_says():
    claim = generic_claim("style", "a delicate oil painting", 1.0)
    assert ("an oil painting",) not in claim.others
    assert ("pixel art",) in claim.others


def test_a_phrase_of_weight_zero_asks_for_nothing(model, candidates):
    ranker = ClipLoader().load(model)
    assert set(ranker.score(promptkit.parse("a fox, (moonlight:0)"), candidates)[0]) == {"total", "subject"}
