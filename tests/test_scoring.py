import pytest

import promptkit
from promptkit.errors import ScoringError
from promptkit.records import Candidate
from promptkit.scoring import scored
from promptkit.testing import RednessRanker

PAIR = [Candidate(index=i, seed=i, image=None) for i in range(2)]


def giving(scores):
    ranker = RednessRanker()
    ranker.score = lambda prompt, candidates: scores
    return ranker


def test_scores_are_handed_on_as_they_are():
    scores = [{"total": -3.5, "subject": 7.0}, {}]
    assert scored(giving(scores), promptkit.parse("a dog"), PAIR) == scores


@pytest.mark.parametrize(
    ("scores", "why"),
    [
        ([{"total": 1.0}], "1 scores for 2"),
        ([{"total": float("nan")}, {"total": 1.0}], "'total' is nan"),
        ([{"total": 1.0, "style": float("inf")}, {}], "'style' is inf"),
        ([{"style": 1.0}, {}], "no 'total'"),
        (None, "TypeError"),
        ([7, 8], "TypeError"),
    ],
    ids=str,
)
def test_what_are_no_scores_is_an_error_that_names_the_ranker(scores, why):
    with pytest.raises(ScoringError, match="'redness' failed") as caught:
        scored(giving(scores), promptkit.parse("a dog"), PAIR)
    assert why in caught.value.message
    assert caught.value.hint
