"""Calls under watch: how long they take, and whether they leave the process as it was."""

from __future__ import annotations

import os
import pickle
import random
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Hung(Exception):
    """A call that did not come back in time."""


class Watch:
    """Calls functions, each with other global random states, and notes which of them it changed.

    So what draws from a global state is different from call to call, and whoever seeds one is found out. The states
    are put back after each call.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.touched: set[str] = set()
        self.hung = False
        self._calls = 0

    def call(self, function: Callable[[], T]) -> T:
        """Return what a function returns, or raise what it raises. Raises Hung after ``seconds``; the call is then
        left behind in its thread."""
        self._calls += 1
        with _stirred(self._calls) as changed:
            answer, error = self._bounded(function)
        self.touched |= changed
        if error is not None:
            raise error
        return answer[0]

    def _bounded(self, function: Callable[[], T]) -> tuple[list[T], BaseException | None]:
        answer: list[T] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                answer.append(function())
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(self.seconds)
        if thread.is_alive():
            self.hung = True
            return answer, Hung(f"did not come back within {self.seconds:g} seconds")
        return answer, errors[0] if errors else None


class _Library(NamedTuple):
    """How to get, put back and seed a global random state."""

    get: Callable[[], Any]
    put: Callable[[Any], object]
    seed: Callable[[int], object]


def _libraries() -> Mapping[str, _Library]:
    """Return the global states there are; of libraries, as far as they are imported."""
    found = {"random": _Library(random.getstate, random.setstate, random.seed)}
    numpy: Any = sys.modules.get("numpy")
    torch: Any = sys.modules.get("torch")
    if hasattr(numpy, "random"):
        found["numpy.random"] = _Library(numpy.random.get_state, numpy.random.set_state, numpy.random.seed)
    if hasattr(torch, "default_generator"):
        own = torch.default_generator
        found["torch"] = _Library(own.get_state, own.set_state, own.manual_seed)
        found["torch's default dtype"] = _Library(torch.get_default_dtype, torch.set_default_dtype, _keep)
    found["the working folder"] = _Library(os.getcwd, os.chdir, _keep)
    return found


def _keep(_: int) -> None:
    """Leave what has no seed as it is."""


def _bytes(state: Any) -> bytes:
    """Return a state as bytes that are the same for the same state, which a tensor's pickle is not."""
    return state.numpy().tobytes() if hasattr(state, "numpy") else pickle.dumps(state)


@contextmanager
def _stirred(number: int) -> Iterator[set[str]]:
    """Seed every global state by a number, and put all of them back; the set that is given says at the end which were
    changed."""
    libraries = _libraries()
    own = {name: library.get() for name, library in libraries.items()}
    for library in libraries.values():
        library.seed(number)
    before = {name: _bytes(library.get()) for name, library in libraries.items()}
    changed: set[str] = set()
    try:
        yield changed
    finally:
        changed |= {name for name, library in libraries.items() if _bytes(library.get()) != before[name]}
        for name, library in libraries.items():
            library.put(own[name])
