import io
from dataclasses import replace

import pytest
from rich.console import Console

from promptkit.records import FINISHED, PRUNED, Candidate
from promptkit.views_candidates import by_file, candidate_table, pruned, score_text, why


def candidate(index, *, total=None, interval=None, tied=False, path=None, **slots):
    scores = {} if total is None else {"total": total, **slots}
    return Candidate(
        index=index, seed=10 + index, image=None, outcome=FINISHED, scores=scores, interval=interval, tied=tied, path=path
    )  # fmt: skip


def shown(renderable):
    stream = io.StringIO()
    Console(file=stream, width=140, color_system=None).print(renderable)
    return stream.getvalue()


def test_a_lead_is_told_with_the_slot_that_made_it():
    best = candidate(0, total=0.9, subject=0.99, lighting=0.82)
    second = candidate(1, total=0.7, subject=0.98, lighting=0.5)
    assert why([best, second]).plain == (
        "Seed 10 wins with 0.900, ahead of seed 11 most of all in lighting (0.82 against 0.50). "
        "It says subject 99%, lighting 82%; what it says least is lighting."
    )


def test_a_small_lead_is_told_with_digits_that_differ_or_without():
    best, second = candidate(0, total=1.0, subject=0.9996), candidate(1, total=0.999, subject=0.998)
    assert "subject (1.000 against 0.998)" in why([best, second]).plain
    second = candidate(1, total=0.999, subject=0.9995)
    assert "most of all in subject. It says" in why([best, second]).plain


def test_unscored_candidates_have_no_total():
    assert "total" not in shown(candidate_table([candidate(0), candidate(1)]))


def test_ties_are_told_in_words():
    best, one, other = candidate(0, total=0.9), candidate(1, total=0.8, tied=True), candidate(2, total=0.8, tied=True)
    assert why([best, one]).plain == (
        "Seed 10 comes first with 0.900, a tie with seed 11: the difference is inside the noise of the measurement."
    )
    assert "a tie with seed 11 and seed 12: the differences are inside" in why([best, one, other]).plain


def test_equal_totals_and_single_candidates():
    assert why([candidate(0, total=0.5), candidate(1, total=0.5)]).plain.endswith(
        "so does seed 11: equals keep their order."
    )
    assert why([candidate(0, total=0.5)]).plain == "Seed 10 wins with 0.500."
    assert "nothing is ranked" in why([candidate(0)]).plain
    assert why([candidate(0, total=-1.0), candidate(1)]).plain == "Seed 10 wins with -1.000."


@pytest.mark.parametrize("slots", [{"subject": -0.3}, {"subject": 21.5}], ids=str)
def test_scores_that_are_no_shares_are_neither_coloured_nor_percent(slots):
    one = candidate(0, total=slots["subject"], **slots)
    assert why([one]).plain == f"Seed 10 wins with {one.total:.3f}."
    cells = [column._cells[0] for column in candidate_table([one]).columns]
    assert {cell.style for cell in cells if getattr(cell, "plain", "") == f"{one.total:.3f}"} == {""}


def test_a_total_without_slots_is_not_coloured():
    (cell,) = [c._cells[0] for c in candidate_table([candidate(0, total=0.28)]).columns if c.header == "total"]
    assert (cell.plain, cell.style) == ("0.280", "")
    assert [score_text(value).style for value in (0.9, 0.5, 0.1, 1.1)] == ["green", "yellow", "red", ""]


def test_intervals_have_a_column_only_where_they_were_measured():
    one = candidate(0, total=0.9, interval=(0.85, 0.95))
    text = shown(
        candidate_table([one, candidate(1, total=0.8, interval=(0.7, 0.9), tied=True), candidate(2, total=0.1)])
    )
    assert "middle 90 %" in text
    assert "0.850 to 0.950" in text
    assert "0.700 to 0.900, tie" in text
    assert "middle" not in shown(candidate_table([replace(one, interval=None)]))


def test_pictures_without_a_known_seed_go_by_their_files():
    assert why([candidate(0, total=0.5, path="a/\x1b[31mred.png")], by_file).plain == "␛[31mred.png wins with 0.500."


def test_pruned_candidates_without_scores_are_told_too():
    gone = replace(candidate(0), outcome=PRUNED, pruned_at=4)
    assert pruned([gone]).plain == "Dropped half-way: after step 4: seed 10."
    others = [replace(candidate(index), outcome=PRUNED, pruned_at=3) for index in (1, 2, 3)]
    assert pruned([gone, *others]).plain == (
        "Dropped half-way: after step 3: seeds 11, 12 and 13; after step 4: seed 10."
    )
    assert "previews up to -2.000" in pruned([replace(gone, scores={"total": -2.0})]).plain
    assert pruned([candidate(0)]) is None
