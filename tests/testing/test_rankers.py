import random
import re

import numpy as np
import pytest
from PIL import Image

import promptkit
from promptkit.errors import ContractError
from promptkit.rankers.clip import ClipLoader
from promptkit.rankers.plain import PlainClipLoader
from promptkit.testing import RednessRanker, check_ranker

RED, DARK = Image.new("RGB", (8, 8), (255, 0, 0)), Image.new("RGB", (8, 8), (40, 0, 0))


@pytest.mark.parametrize("loader", [ClipLoader, PlainClipLoader])
@pytest.mark.parametrize("checkpoint", ["embedded", "random"])
def test_built_in_rankers_keep_the_contract(loader, checkpoint, tiny_clip):
    check_ranker(loader().load("embedded" if checkpoint == "embedded" else f"local-dir:{tiny_clip}"))


def test_what_cannot_be_judged_keeps_the_contract_too():
    check_ranker(ClipLoader().load("embedded"), promptkit.parse("a zebra"))


def test_higher_is_better_is_proved_on_pictures_in_order():
    check_ranker(RednessRanker(), ordered=[DARK, RED])
    with pytest.raises(ContractError, match="gives the better picture more"):
        check_ranker(RednessRanker(), ordered=[RED, DARK])


class Broken(RednessRanker):
    """Breaks the contract in one way."""

    def __init__(self, way):
        self.way = way

    def describe(self):
        return {"model": object()} if self.way == "describe" else super().describe()

    def score(self, prompt, candidates):
        scores = super().score(prompt, candidates)
        if self.way == "ascii alone":
            prompt.text.encode("ascii")
        return BREAKS[self.way](scores, candidates) if self.way in BREAKS else scores


def _paint(scores, candidates):
    for candidate in candidates:
        candidate.image.putpixel((0, 0), (1, 2, 3) if candidate.image.mode == "RGB" else 0)
    return scores


def _by_batch(scores, candidates):
    most = max((score["total"] for score in scores), default=1.0) or 1.0
    return [{"total": score["total"] / most} for score in scores]


def _raise(scores, candidates):
    raise KeyError("no such thing")


def _rgb_alone(scores, candidates):
    assert all(candidate.image.mode == "RGB" for candidate in candidates)
    return scores


def _seeds(scores, candidates):
    random.seed(0)
    return scores


BREAKS = {
    "rgb alone": _rgb_alone,
    "seeds": _seeds,
    "raises": _raise,
    "short": lambda scores, candidates: scores[:-1],
    "nan": lambda scores, candidates: [{"total": float("nan")} for _ in scores],
    "no total": lambda scores, candidates: [{"subject": 1.0} for _ in scores],
    "order": lambda scores, candidates: sorted(scores, key=lambda score: score["total"]),
    "batch": _by_batch,
    "random": lambda scores, candidates: [{"total": random.random()} for _ in scores],
    "paints": _paint,
    "shuffles": lambda scores, candidates: (candidates.reverse() if isinstance(candidates, list) else None) or scores,
    "none": lambda scores, candidates: scores or [{}],
}


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("describe", "JSON"),
        ("short", "3 scores for 4"),
        ("rgb alone", "any mode and size.* raised AssertionError"),
        ("seeds", "changed random"),
        ("ascii alone", "takes any prompt.*UnicodeEncodeError"),
        ("raises", "score.* raised KeyError"),
        ("nan", "'total' is nan"),
        ("no total", "no 'total'"),
        ("order", "in the order of the candidates"),
        ("batch", "alone as in a batch"),
        ("random", "scores the same again"),
        ("paints", "changed a picture"),
        ("shuffles", "changed the list of candidates"),
        ("none", "no candidates"),
    ],
)
def test_what_breaks_the_contract_is_told(way, message):
    with pytest.raises(ContractError) as caught:
        check_ranker(Broken(way))
    told = [f"{check.name}: {check.detail}" for check in caught.value.report.broken]
    assert any(re.search(message, line) for line in told), told


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (lambda scores: [scores], "several members"),
        (lambda scores: [scores, scores[1:]], "3 scores for 4"),
        (lambda scores: [[{"total": 9.0}] * len(scores), scores], "other scores than score"),
    ],
)
def test_an_ensemble_is_checked_too(members, message):
    ranker = RednessRanker()
    ranker.score_ensemble = lambda prompt, candidates: members(ranker.score(prompt, candidates)) if candidates else []
    with pytest.raises(ContractError, match=message):
        check_ranker(ranker)


class Embeds(RednessRanker):
    """Embeds by redness; breaks the contract in one way."""

    embedding_name = "redness"

    def __init__(self, way):
        self.way = way

    def embed_images(self, images):
        reds = np.array([[float(image.tobytes()[0]), 64.0] for image in images], dtype=np.float32)
        if self.way == "by batch":
            reds[:, 0] -= reds[:, 0].mean()
        return reds if self.way == "long" else reds / np.linalg.norm(reds, axis=1, keepdims=True)

    def embed_texts(self, texts):
        return np.eye(len(texts), 3 if self.way == "wide" else 2)


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("long", "not of unit length"),
        ("by batch", "another embedding alone"),
        ("wide", "pictures are embedded as 2 numbers, texts as 3"),
    ],
)
def test_embeddings_are_checked_too(way, message):
    with pytest.raises(ContractError, match=message):
        check_ranker(Embeds(way), examples=1)


def test_good_embeddings_keep_the_contract():
    assert "embeds pictures" in str(check_ranker(Embeds("well"), examples=1))
