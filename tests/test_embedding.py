from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from promptkit.embedding import Embeddings, embedded_images, embedded_texts, load_embedder
from promptkit.errors import ModelError, ScoringError, UnknownNameError
from promptkit.records import Candidate
from promptkit.registry import Registry


class Gives:
    """An embedder that gives whatever it was made with."""

    name = "gives"
    embedding_name = "gives"

    def __init__(self, given):
        self.given = given

    def embed_images(self, images):
        if isinstance(self.given, BaseException):
            raise self.given
        return self.given

    embed_texts = embed_images


def test_good_embeddings_come_as_float32():
    found = embedded_images(Gives([[0.6, 0.8], [1.0, 0.0]]), [None, None])
    assert found.dtype == np.float32
    assert found == pytest.approx(np.array([[0.6, 0.8], [1, 0]]))


@pytest.mark.parametrize(
    "given",
    [[], [[1.0]] * 2, [1.0], [[]], [[2.0, 0.0]], [[float("nan"), 1.0]], None, ["x"], KeyError("no"), SystemExit()],
)
def test_anything_else_is_the_rankers_fault(given):
    with pytest.raises(ScoringError, match="The ranker 'gives' could not embed") as caught:
        embedded_texts(Gives(given), ["a fox"])
    assert caught.value.hint


def test_a_ranker_without_embeddings_is_refused(monkeypatch):
    registry = Registry()
    monkeypatch.setattr(registry, "get", lambda kind, name: type("Loader", (), {"load": lambda *a, **k: object()})())
    with pytest.raises(ModelError, match="'other' gives no embeddings"):
        load_embedder("other", registry)
    with pytest.raises(UnknownNameError):
        load_embedder("nobody", Registry())


def test_a_run_keeps_the_embeddings_of_what_it_ranked_and_wrote():
    image, notes = Image.new("RGB", (4, 4)), []
    embeddings = Embeddings(Gives([[0.6, 0.8]]), notes.append)
    plain = Candidate(index=0, seed=0, image=image)
    ready = replace(plain, scores={"total": 1.0}, path="a.png")
    assert embeddings.of(ready) == ("gives", pytest.approx([0.6, 0.8]))
    others = (replace(ready, scores={}), replace(ready, path=None), replace(ready, image=None))
    assert [embeddings.of(other) for other in others] == [None] * 3
    assert Embeddings(object(), notes.append).of(ready) is None
    assert notes == []


@pytest.mark.parametrize("broken", [{"given": ValueError("no")}, {"name": None}, {"name": property(lambda _: 1 / 0)}])
def test_a_run_whose_ranker_cannot_embed_goes_on_and_tells_it_once(broken):
    ranker = type("Broken", (Gives,), {"embedding_name": broken.get("name", "gives")})(broken.get("given", [[1.0]]))
    notes = []
    embeddings = Embeddings(ranker, notes.append)
    ready = Candidate(index=0, seed=0, image=Image.new("RGB", (4, 4)), scores={"total": 1.0}, path="a.png")
    assert [embeddings.of(ready), embeddings.of(ready)] == [None, None]
    assert len(notes) == 1
    assert "promptkit library embed" in notes[0]
