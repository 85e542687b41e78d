"""Going back and forth between states."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

State = TypeVar("State")

DEPTH = 500


@dataclass
class History(Generic[State]):
    """A state with those before it and those that were undone. What is changed after an undo takes the place of what
    was undone."""

    now: State
    _past: list[tuple[State, str]] = field(default_factory=list)
    _undone: list[tuple[State, str]] = field(default_factory=list)

    def change(self, state: State, label: str) -> None:
        """Go on to a state; ``label`` says by what. The same state again is no change."""
        if state == self.now:
            return
        self._past = [*self._past[-DEPTH + 1 :], (self.now, label)]
        self._undone.clear()
        self.now = state

    def undo(self) -> str | None:
        """Go back by one; return what was undone, ``None`` where there is nothing."""
        return self._move(self._past, self._undone)

    def redo(self) -> str | None:
        """Go forth again by one; return what was done again, ``None`` where there is nothing."""
        return self._move(self._undone, self._past)

    def labels(self) -> list[str]:
        """Return what was done, the oldest first."""
        return [label for _, label in self._past]

    def undone(self) -> list[str]:
        """Return what could be done again, the next first."""
        return [label for _, label in reversed(self._undone)]

    def _move(self, taken: list[tuple[State, str]], given: list[tuple[State, str]]) -> str | None:
        if not taken:
            return None
        state, label = taken.pop()
        given.append((self.now, label))
        self.now = state
        return label
