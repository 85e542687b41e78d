"""Signals at a bad moment: the first waits for the end of what must be whole, the second does not."""

import os
import signal
import threading

import pytest

from promptkit.interrupts import ending_cleanly, undisturbed


def strike(number=signal.SIGINT):
    os.kill(os.getpid(), number)


def struck(times, number=signal.SIGINT):
    """Return what was done in a block in which so many signals came, and behind it."""
    done = []

    def work():
        with undisturbed():
            for _ in range(times):
                strike(number)
            done.append("whole")
        done.append("behind")

    with pytest.raises(KeyboardInterrupt), ending_cleanly():
        work()
    return done


def test_an_interrupt_waits_for_the_end_of_the_block():
    assert struck(1) == ["whole"]


def test_a_termination_waits_too():
    assert struck(1, signal.SIGTERM) == ["whole"]


def test_a_second_interrupt_does_not_wait():
    assert struck(2) == []


def test_the_handlers_are_those_of_before():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with undisturbed():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    with pytest.raises(ValueError, match="own"), undisturbed():
        raise ValueError("its own")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_termination_is_an_interrupt_inside_the_block_alone():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), ending_cleanly():
        strike(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_other_threads_touch_no_handler():
    found = []

    def work():
        with undisturbed(), ending_cleanly():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGINT)]
