"""Undo and redo: whatever is done can be taken back, step by step, and done again."""

from hypothesis import given
from hypothesis import strategies as st

from promptkit.console.history import DEPTH, History

STATES = st.lists(st.integers(0, 3), max_size=30)


@given(states=STATES)
def test_as_many_undos_as_changes_give_the_first_state_and_redos_the_last(states):
    history = History(0)
    for state in states:
        history.change(state, f"to {state}")
    last, done = history.now, history.labels()
    undone = [history.undo() for _ in done]
    assert history.now == 0
    assert history.undo() is None
    assert undone == done[::-1]
    assert history.undone() == done
    assert [history.redo() for _ in done] == done
    assert history.now == last
    assert history.redo() is None


def test_the_same_state_again_is_no_change():
    history = History("a")
    history.change("b", "b")
    history.undo()
    history.change("a", "a again")
    assert history.labels() == []
    assert history.redo() == "b"


def test_a_change_after_an_undo_takes_the_place_of_what_was_undone():
    history = History("a")
    history.change("b", "b")
    history.undo()
    history.change("c", "c")
    assert history.redo() is None
    assert history.labels() == ["c"]


def test_a_history_forgets_the_oldest():
    history = History(0)
    for state in range(1, DEPTH + 11):
        history.change(state, str(state))
    while history.undo():
        pass
    assert history.now == 10
