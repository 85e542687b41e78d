import pytest
import torch

import promptkit
from promptkit.rankers.plain import PlainClipLoader, whole_text


@pytest.fixture(scope="module")
def ranker(model):
    return PlainClipLoader().load(model)


def test_plain_clipscore_is_the_clipped_cosine(ranker, candidates):
    (score, *_) = ranker.score(promptkit.parse("a fox"), candidates)
    picture = ranker.clip.model.encode_image(ranker.clip.preprocess([candidates[0].image])).detach()
    text = ranker.clip.model.encode_text(ranker.clip.tokenizer(["a fox"])).detach()
    cosine = float(torch.cosine_similarity(picture, text))
    assert score == {"total": pytest.approx(max(0.0, cosine), abs=1e-5)}


def test_clipscore_reads_words_not_weights(ranker, candidates):
    plain, weighted = (promptkit.parse(text) for text in ("a fox, moonlight", "a fox, (moonlight:1.4)"))
    assert ranker.score(weighted, candidates) == ranker.score(plain, candidates)


def test_a_text_longer_than_the_context_is_scored_by_phrase(ranker, candidates):
    phrases = [f"a fox number {i} beside a lighthouse" for i in range(30)]
    long = promptkit.parse(", ".join([*phrases, "moonlight"]))
    assert whole_text(ranker.clip, long) == [*phrases, "moonlight"]
    other = promptkit.parse(", ".join([*phrases, "neon light"]))
    assert ranker.score(long, candidates) != ranker.score(other, candidates)


def test_a_phrase_longer_than_the_context_is_scored_by_pieces(ranker, candidates):
    words = " ".join(f"fox{i}" for i in range(60))
    parts = whole_text(ranker.clip, promptkit.parse(words))
    assert len(parts) > 1
    assert " ".join(parts) == words
    one, other = (ranker.score(promptkit.parse(f"{words} {end}"), candidates) for end in ("moonlight", "neon"))
    assert one != other


def test_no_candidates_no_scores(ranker):
    assert ranker.score(promptkit.parse("a fox"), []) == []
    assert ranker.score_ensemble(promptkit.parse("a fox"), []) == []
