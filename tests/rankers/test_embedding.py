"""Embeddings of the CLIP rankers: the features that scoring made, and one space for pictures and texts."""

import numpy as np
import pytest
from PIL import Image

import promptkit
from promptkit.interfaces import Embedder
from promptkit.rankers.clip import ClipLoader
from promptkit.rankers.plain import PlainClipLoader
from promptkit.rankers.seen import Seen


@pytest.fixture(params=[ClipLoader, PlainClipLoader])
def ranker(request, model):
    return request.param().load(model)


def test_both_clip_rankers_embed_into_one_space(ranker, candidates):
    assert isinstance(ranker, Embedder)
    pictures = [candidate.image for candidate in candidates]
    images, texts = ranker.embed_images(pictures), ranker.embed_texts(["a fox", "moonlight, " * 60])
    assert images.shape == (3, texts.shape[1])
    assert images.dtype == texts.dtype == np.float32
    assert np.linalg.norm([*images, *texts], axis=1) == pytest.approx([1] * 5, abs=1e-5)
    assert ranker.embedding_name == ClipLoader().load(ranker.clip.name).embedding_name


def test_what_was_scored_is_not_looked_at_again(ranker, candidates, monkeypatch):
    pictures = [candidate.image for candidate in candidates]
    fresh = ranker.embed_images([picture.copy() for picture in pictures])
    ranker.score(promptkit.parse("a fox, moonlight"), candidates)
    monkeypatch.setattr(ranker.clip.model, "encode_image", None)
    assert ranker.embed_images(pictures[::-1]) == pytest.approx(fresh[::-1], abs=1e-5)


def test_new_pictures_among_seen_ones_keep_their_places(ranker, candidates):
    pictures = [candidate.image for candidate in candidates]
    whole = ranker.embed_images([picture.copy() for picture in pictures])
    ranker.embed_images(pictures[1:2])
    assert ranker.embed_images(pictures) == pytest.approx(whole, abs=1e-5)


def test_the_name_tells_weights_apart_and_shows_no_path(model):
    name = ClipLoader().load(model).embedding_name
    assert name.startswith("clip:local-dir:")
    assert "/" not in name
    assert len(name.partition("@")[2]) == 12
    assert ClipLoader().load("embedded").embedding_name.startswith("clip:embedded@")


def test_pictures_are_not_kept_alive():
    seen, image = Seen(), Image.new("RGB", (4, 4))
    seen.keep([image, image.copy()], "ab")
    assert (len(seen), seen.of(image), seen.of(image.copy())) == (1, "a", None)
    del image
    assert len(seen) == 0


def test_another_picture_in_the_place_of_one_that_is_gone_was_not_seen():
    seen, image, other = Seen(), Image.new("RGB", (4, 4)), Image.new("RGB", (4, 4))
    seen.keep([image], "a")
    seen._found[id(other)] = seen._found[id(image)]
    assert seen.of(other) is None
