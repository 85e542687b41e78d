from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.errors import ScoringError
from promptkit.records import FAILED, Candidate, best_first
from promptkit.testing import RednessRanker
from promptkit.ties import CONTENDERS, contenders, level, measured, middle

PROMPT = promptkit.parse("a dog")
TOTALS = st.floats(-1e6, 1e6)


def candidates(*totals):
    return [
        Candidate(index=i, seed=i, image=None, scores={} if total is None else {"total": total})
        for i, total in enumerate(totals)
    ]


class Wavering(RednessRanker):
    """Gives each candidate its total, moved by what each member of the ensemble adds."""

    def __init__(self, *moves):
        self.moves = moves
        self.asked = []

    def score_ensemble(self, prompt, candidates):
        self.asked = [candidate.index for candidate in candidates]
        return [
            [{"total": candidate.total + move.get(candidate.index, 0.0)} for candidate in candidates]
            for move in self.moves
        ]


@given(st.lists(TOTALS, min_size=1, max_size=60))
def test_the_middle_lies_in_order_within_the_values(values):
    low, high = middle(values)
    assert min(values) <= low <= high <= max(values)


@given(st.lists(TOTALS, min_size=1, max_size=60), st.randoms())
def test_the_order_of_members_does_not_matter(values, rng):
    shuffled = list(values)
    rng.shuffle(shuffled)
    assert middle(shuffled) == middle(values)


def test_the_middle_leaves_out_a_twentieth_at_each_end():
    assert middle([float(i) for i in range(101)]) == pytest.approx((5.0, 95.0))
    assert middle([2.0]) == (2.0, 2.0)
    with pytest.raises(ValueError, match="no values"):
        middle([])


@given(st.lists(TOTALS, min_size=1, max_size=40))
def test_nobody_is_ahead_of_its_equal(values):
    assert level(values, values)


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=40), st.integers(1, 1000))
def test_a_lead_in_every_member_is_no_tie_and_the_other_side_of_it_is_one(values, lead):
    ahead = [value + lead for value in values]
    assert not level(ahead, values)
    assert level(values, ahead)


def test_a_lead_may_fail_in_a_twentieth_of_the_members_and_no_more():
    others = [0.0] * 100
    assert not level([1.0] * 95 + [-1.0] * 5, others)
    assert level([1.0] * 94 + [-1.0] * 6, others)


def test_contenders_are_the_few_best_and_equals_keep_their_order():
    given_ = candidates(0.1, None, 0.5, 0.5, 0.9, -2.0, 0.3)
    given_.append(replace(given_[4], index=7, outcome=FAILED))
    assert [candidate.index for candidate in contenders(given_)] == [4, 2, 3, 6]
    assert len(contenders(candidates(*range(20)))) == CONTENDERS


def test_what_moves_alike_is_no_tie_and_what_moves_apart_is_one():
    alike = Wavering({}, {0: -0.5, 1: -0.5}, {0: 0.5, 1: 0.5})
    assert [candidate.tied for candidate in measured(alike, PROMPT, candidates(0.6, 0.5))] == [False, False]
    apart = Wavering({}, {0: -0.5}, {1: -0.5})
    best, other = measured(apart, PROMPT, candidates(0.6, 0.5))
    assert (best.tied, other.tied) == (False, True)
    assert best.interval == pytest.approx((0.15, 0.6))


def test_the_best_is_the_one_with_the_highest_total_and_level_with_what_beats_it_again_and_again():
    lucky = Wavering({}, {0: -0.4}, {0: -0.4}, {0: -0.4})
    found = measured(lucky, PROMPT, candidates(0.6, 0.5, 0.1))
    assert [candidate.index for candidate in best_first(found)] == [0, 1, 2]
    assert [candidate.tied for candidate in found] == [False, True, False]


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=4), st.randoms())
def test_any_rising_scale_of_totals_gives_the_same_ties(totals, rng):
    moves = [[rng.uniform(-0.3, 0.3) for _ in totals] for _ in range(21)]
    plain = Wavering(*(dict(enumerate(row)) for row in moves))
    steep = Wavering()
    steep.score_ensemble = lambda prompt, given_: [
        [{"total": 1000 * score["total"] - 500} for score in member] for member in plain.score_ensemble(prompt, given_)
    ]
    found = [measured(ranker, PROMPT, candidates(*totals)) for ranker in (plain, steep)]
    assert [candidate.tied for candidate in found[0]] == [candidate.tied for candidate in found[1]]


def test_what_differs_by_the_batch_alone_keeps_its_order():
    assert [one.index for one in best_first(candidates(0.5, 0.5 + 1e-9, None, -1.0))] == [0, 1, 3, 2]


def test_only_contenders_are_measured_and_every_candidate_keeps_its_place():
    ranker = Wavering({}, {5: 0.1})
    found = measured(ranker, PROMPT, candidates(*(i / 10 for i in range(6))))
    assert ranker.asked == [5, 4, 3, 2]
    assert [candidate.index for candidate in found] == list(range(6))
    assert [candidate.interval is None for candidate in found] == [True, True, False, False, False, False]


@pytest.mark.parametrize("ranker", [None, RednessRanker(), Wavering()])
def test_without_an_ensemble_nothing_is_said(ranker):
    given_ = candidates(0.5, 0.5)
    assert measured(ranker, PROMPT, given_) == given_


def test_one_candidate_has_no_tie_and_costs_nothing():
    ranker = Wavering({})
    assert measured(ranker, PROMPT, candidates(0.5, None)) == candidates(0.5, None)
    assert ranker.asked == []


@pytest.mark.parametrize("bad", [[[{"total": 1.0}]], [[{"total": float("nan")}] * 2], [[{}] * 2], 7], ids=str)
def test_an_ensemble_that_is_none_is_an_error_that_says_so(bad):
    ranker = Wavering({})
    ranker.score_ensemble = lambda prompt, candidates: bad
    with pytest.raises(ScoringError, match="no ties are told"):
        measured(ranker, PROMPT, candidates(0.5, 0.4))
