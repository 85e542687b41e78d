"""Ctrl-C at a good moment: what must be done whole is done whole, and a second Ctrl-C is obeyed at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put a signal off until the block is left; a second one in the block strikes at once.

    Only signals that Python code answers are put off, in the main thread, where they arrive: any other ends the
    process as it always does.
    """
    answered = _answered()
    came: list[tuple[int, FrameType | None]] = []

    def hold(number: int, frame: FrameType | None) -> None:
        if came:
            answered[number](number, frame)
        came.append((number, frame))

    try:
        for number in answered:
            signal.signal(number, hold)
        yield
    finally:
        for number, handler in answered.items():
            signal.signal(number, handler)
    for number, frame in came:
        answered[number](number, frame)


def _answered() -> dict[int, Handler]:
    """Return the signals that would interrupt the main thread's Python code, each with what answers it."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    found = {number: signal.getsignal(number) for number in SIGNALS}
    return {number: handler for number, handler in found.items() if callable(handler)}


@contextmanager
def ending_cleanly() -> Iterator[None]:
    """Take SIGTERM as a Ctrl-C inside the block: for commands, whose process is theirs."""

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
