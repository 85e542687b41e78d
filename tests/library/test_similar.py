import numpy as np
import pytest
from PIL import Image

from promptkit.errors import LibraryError, MetadataError, ModelError, ScoringError, SettingsError, UnknownNameError
from promptkit.library import Library
from promptkit.library.embed import embed_lacking, lacking
from promptkit.library.like import embedder_for, like_image, like_text
from promptkit.library.similar import (
    Like,
    embedding_models,
    nearest_pictures,
    search_like,
    stored_embedding,
    usual_model,
)
from promptkit.session import Session
from promptkit.testing.fakes import RednessRanker
from tests.library.making import filled
from tests.library.rows import stored

MODEL = "colours:rgb@1"


class Colours:
    """Embeds a picture as its mean colour, and a text as the colour that it names."""

    name = "colours"
    embedding_name = MODEL

    def __init__(self, fails=False):
        self.asked, self.fails = 0, fails

    def embed_images(self, images):
        self.asked += len(images)
        if self.fails:
            raise RuntimeError("no")
        return _unit([np.asarray(image, dtype=np.float32).mean((0, 1)) + 1 for image in images])

    def embed_texts(self, texts):
        return _unit([[9, 1, 1] if "red" in text else [1, 1, 9] for text in texts])


def _unit(rows):
    found = np.asarray(rows, dtype=np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


class Registry:
    """Knows one ranker, ``colours``."""

    def __init__(self, made=None):
        self.made = made or Colours()

    def get(self, kind, name):
        if name != "colours":
            raise UnknownNameError(kind, name)
        return self

    def load(self, model=None, *, device=None):
        return self.made


@pytest.fixture
def library(tmp_path):
    with Library(tmp_path, create=True) as library:
        yield library


def vectors(number, width=16):
    return _unit(np.random.default_rng(3).standard_normal((number, width)))


@pytest.mark.parametrize("block", [1, 7, 4096])
@pytest.mark.parametrize("among", [None, list(range(3, 40, 2))])
def test_the_most_similar_come_first_however_they_are_read(library, monkeypatch, block, among):
    monkeypatch.setattr("promptkit.library.similar.BLOCK", block)
    monkeypatch.setattr("promptkit.library.similar.MANY", block)
    known = vectors(60)
    for vector in known:
        stored(library, embedding=("a", vector))
    stored(library, embedding=("other", known[0]))
    stored(library, embedding=("a", [1.0, 0.0]))
    stored(library)
    like = Like(model="a", vector=3 * known[4])
    found = nearest_pictures(library, like, among=among, count=9)
    cosines = {at + 1: float(value) for at, value in enumerate(known @ known[4]) if among is None or at + 1 in among}
    best = sorted(cosines, key=lambda number: -cosines[number])[:9]
    assert [number for number, _ in found] == best
    assert [value for _, value in found] == pytest.approx([cosines[number] for number in best], abs=1e-3)


def test_a_query_chooses_among_whom_and_an_order_is_that_of_the_best(library):
    for at, vector in enumerate(vectors(8)):
        stored(
            library, "a fox" if at % 2 else "an owl", embedding=("a", vector), scores={"total": at / 10}, made=1e9 + at
        )
    like = Like(model="a", vector=vectors(8)[5])
    foxes = search_like(library, like, "fox")
    assert (foxes[0].picture.id, foxes[0].similarity) == (6, pytest.approx(1, abs=1e-3))
    assert {hit.picture.id for hit in foxes} == {2, 4, 6, 8}
    assert [hit.picture.id for hit in search_like(library, like, "fox", limit=2, offset=1)] == [
        hit.picture.id for hit in foxes[1:3]
    ]
    best = [hit.picture.id for hit in foxes[:3]]
    assert [hit.picture.id for hit in search_like(library, like, "fox", limit=3, sort="score")] == sorted(best)[::-1]
    assert search_like(library, Like(model="nobody", vector=[1.0]), "fox") == []
    assert nearest_pictures(library, like, count=0) == []


def test_embedding_fills_in_what_is_missing_and_goes_on_where_it_was_stopped(tmp_path):
    with filled(tmp_path, 5) as library:
        embedder = Colours()
        first = next(iter(embed_lacking(library, embedder, batch=2)))
        assert (first.pictures, first.refused) == ((5, 4), ())
        assert lacking(library, MODEL) == [3, 2, 1]
        library.pictures([2])[0].path.write_bytes(b"no picture")
        rest = list(embed_lacking(library, embedder, batch=2))
        assert [one.pictures for one in rest] == [(3,), (1,)]
        assert "2: " in rest[0].refused[0]
        assert embedder.asked == 4
        assert embedding_models(library) == {MODEL: 4}
        assert np.linalg.norm(stored_embedding(library, 1, MODEL)) == pytest.approx(1, abs=1e-3)
        assert stored_embedding(library, 2, MODEL) is None


def test_an_embedder_that_fails_leaves_nothing_half_done(tmp_path):
    with filled(tmp_path, 2) as library:
        with pytest.raises(ScoringError, match="'colours' could not embed: RuntimeError: no"):
            list(embed_lacking(library, Colours(fails=True)))
        assert embedding_models(library) == {}


def test_texts_pictures_of_the_library_and_other_files_are_what_to_be_like(tmp_path):
    with filled(tmp_path / "pictures", 3) as library:
        registry = Registry()
        list(embed_lacking(library, registry.made))
        text = like_text(library, "something red", registry)
        assert search_like(library, text)[0].picture.id == 3
        asked = registry.made.asked
        own = like_image(library, "2", registry)
        assert (search_like(library, own)[0].picture.id, registry.made.asked) == (2, asked)
        other = tmp_path / "other.png"
        Image.new("RGB", (4, 4), (0, 10, 20)).save(other)
        assert search_like(library, like_image(library, str(other), registry))[0].picture.id == 1
        named = like_image(library, "2", registry, ranker="colours")
        assert np.asarray(named.vector) == pytest.approx(np.asarray(own.vector), abs=1e-3)


def test_what_cannot_be_searched_by_meaning_is_told_with_the_cure(tmp_path):
    with filled(tmp_path, 1) as library:
        with pytest.raises(LibraryError, match="has an embedding yet") as caught:
            like_text(library, "red", Registry())
        assert "promptkit library embed" in caught.value.hint
        with pytest.raises(SettingsError):
            like_text(library, " ", Registry())
        with pytest.raises(UnknownNameError):
            like_image(library, "nowhere.png", Registry())
        (tmp_path / "text.txt").write_text("no picture")
        with pytest.raises(MetadataError):
            like_image(library, str(tmp_path / "text.txt"), Registry())
        list(embed_lacking(library, Colours()))
        assert usual_model(library) == MODEL
        newer = Colours()
        newer.embedding_name = "colours:rgb@2"
        with pytest.raises(LibraryError, match="made with 'colours:rgb@1', and here that is 'colours:rgb@2'"):
            like_text(library, "red", Registry(newer))
        with pytest.raises(ModelError, match="gives no embeddings"):
            embedder_for(library, Registry(object()), ranker="colours")
        with library.writing() as connection:
            connection.execute("UPDATE embeddings SET model = 'clip:local-dir:mine@3'")
        with pytest.raises(LibraryError, match="path is not kept"):
            like_text(library, "red", Registry())
        with library.writing() as connection:
            connection.execute("UPDATE embeddings SET model = 'gone:x'")
        with pytest.raises(LibraryError, match="which is not here"):
            like_text(library, "red", Registry())


class Embedding(RednessRanker):
    """Scores by redness, and embeds by colour; fails at the picture ``fails``."""

    embedding_name = MODEL

    def __init__(self, fails=None):
        self.colours, self.fails = Colours(), fails

    def embed_images(self, images):
        if self.colours.asked == self.fails:
            raise RuntimeError("no")
        return self.colours.embed_images(images)

    def embed_texts(self, texts):
        return self.colours.embed_texts(texts)


@pytest.mark.parametrize("keep", [None, 2])
def test_a_run_keeps_embeddings_of_the_pictures_that_it_ranked(tmp_path, registry, monkeypatch, keep):
    monkeypatch.setattr(RednessRanker, "load", lambda *_, **__: Embedding())
    with Session("fake", registry=registry) as session, Library(tmp_path, create=True) as library:
        session.generate("a red fox", candidates=5, library=library, keep=keep)
        assert embedding_models(library) == {MODEL: keep or 5}
        assert lacking(library, MODEL) == []
        best = search_like(library, Like(model=MODEL, vector=[1, 0, 0]), limit=1)[0]
        assert best.picture.total == max(picture.total for picture in library.pictures())


def test_a_run_whose_ranker_fails_to_embed_keeps_its_pictures(tmp_path, registry, monkeypatch):
    monkeypatch.setattr(RednessRanker, "load", lambda *_, **__: Embedding(fails=2))
    with Session("fake", registry=registry) as session, Library(tmp_path, create=True) as library:
        result = session.generate("a red fox", candidates=5, library=library)
        assert len(result.ranked) == len(library.pictures()) == 5
        assert embedding_models(library) == {MODEL: 2}
        assert sum("promptkit library embed" in note for note in session.notes()) == 1
