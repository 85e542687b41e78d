import pytest
from PIL import Image

import promptkit
from promptkit.interfaces import Ensemble
from promptkit.rankers.clip import ClipLoader
from promptkit.rankers.ensemble import WAYS, in_other_words, reworded, views
from promptkit.rankers.plain import PlainClipLoader

LOADERS = pytest.mark.parametrize("loader", [ClipLoader, PlainClipLoader])


def test_views_leave_the_picture_itself_first_and_crop_inside_it():
    picture = Image.radial_gradient("L").resize((50, 30))
    first, mirrored, *crops = [view(picture) for view in views(promptkit.parse("a fox"))]
    assert first is picture
    assert mirrored.size == picture.size
    assert [crop.size for crop in crops] == [(45, 27)] * 5
    assert len({crop.tobytes() for crop in crops}) == 5


@pytest.mark.parametrize("text", ["a fox looking left", "a shop with a sign", "light from the right"])
def test_nothing_is_mirrored_where_that_would_change_what_is_said(text):
    assert len(list(views(promptkit.parse(text)))) == len(list(views(promptkit.parse("a fox")))) - 1


def test_a_tiny_picture_can_be_cropped():
    assert {view(Image.new("RGB", (1, 1))).size for view in views(promptkit.parse("a fox"))} == {(1, 1)}


@LOADERS
def test_the_first_member_is_the_score_and_all_members_have_every_candidate(loader, model, candidates):
    ranker, prompt = loader().load(model), promptkit.parse("a fox, oil painting")
    members = ranker.score_ensemble(prompt, candidates)
    assert isinstance(ranker, Ensemble)
    assert len(members) == WAYS * len(list(views(prompt)))
    assert {len(member) for member in members} == {len(candidates)}
    for one, other in zip(members[0], ranker.score(prompt, candidates), strict=True):
        assert one == pytest.approx(other, abs=1e-6)
    assert members[1] != members[0] != members[WAYS]


def test_nothing_judged_is_nothing_measured(candidates):
    ranker = ClipLoader().load("embedded")
    assert ranker.score_ensemble(promptkit.parse("a zebra"), candidates) == []


def test_claims_are_reworded_by_phrases_or_templates(model):
    (known,) = ClipLoader().load("embedded").claims(promptkit.parse("a cat"))
    ways = reworded(known)
    assert ways[0] is known
    assert [claim.truth for claim in ways[1:]] == [("cat",), ("kitten",)]
    (generic,) = ClipLoader().load(model).claims(promptkit.parse("a fox"))
    assert [claim.truth for claim in reworded(generic)] == [(text,) for text in in_other_words("a fox")]
    assert all(len(claim.others) == len(generic.others) for claim in reworded(generic))
