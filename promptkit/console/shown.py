"""A run that is on show: its pictures, each with the desk that makes it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.prompt import Prompt
from promptkit.records import Candidate, Recipe, Result


@dataclass(frozen=True, kw_only=True)
class Made:
    """What made one picture, where a run has pictures of several prompts."""

    desk: Desk
    prompt: Prompt
    recipe: Recipe
    words: str
    """What it says otherwise than the others."""


@dataclass(frozen=True, kw_only=True)
class Shown(Result):
    """A run of the console."""

    desk: Desk
    """What made it."""
    label: str
    """What was typed for it."""
    made: Mapping[int, Made] = field(default_factory=dict)
    """Of pictures with words of their own, by index."""

    def desk_of(self, candidate: Candidate) -> Desk:
        """Return the desk that makes a candidate's run."""
        found = self.made.get(candidate.index)
        return self.desk if found is None else found.desk

    def prompt_of(self, candidate: Candidate) -> Prompt:
        """Return the prompt that a candidate was made of."""
        found = self.made.get(candidate.index)
        return self.prompt if found is None else found.prompt

    def recipe_of(self, candidate: Candidate) -> Recipe:
        """Return the recipe of a candidate's run."""
        found = self.made.get(candidate.index)
        return self.recipe if found is None else found.recipe

    @property
    def words(self) -> dict[int, str]:
        """Return what each candidate says otherwise than the others, by index; nothing where all say the same."""
        return {index: made.words for index, made in self.made.items()}


def shown_from(result: Result, desk: Desk, label: str) -> Shown:
    """Return a result with what made it."""
    return Shown(**{one.name: getattr(result, one.name) for one in fields(Result)}, desk=desk, label=label)


def on_show(bench: Bench) -> Shown:
    """Return the run that candidates are counted in. Raises SettingsError before the first."""
    result = bench.shown
    return result if isinstance(result, Shown) else shown_from(result, bench.desk, "")


def put_on_show(bench: Bench, shown: Shown) -> None:
    """Show a run from now on; undo goes back to the one before."""
    bench.runs.append(shown)
    bench.change(shown.label, shown=len(bench.runs) - 1)


def with_candidate(shown: Shown, candidate: Candidate, label: str) -> Shown:
    """Return a run in which a candidate is exchanged for what became of it."""
    others = tuple(candidate if one.index == candidate.index else one for one in shown.candidates)
    return replace(shown, candidates=others, label=label)


def as_changes(desk: Desk, **changes: Any) -> dict[str, Any]:
    """Return a desk's fields, some of them changed."""
    return {one.name: getattr(desk, one.name) for one in fields(Desk)} | changes
