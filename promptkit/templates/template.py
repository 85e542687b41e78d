"""Templates: many prompts in one text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from promptkit.seeds import KeyedWords
from promptkit.templates.finish import Finisher, Resolved, resolved
from promptkit.templates.nodes import DEFAULT_SYNTAX, Syntax
from promptkit.templates.parser import parse_template
from promptkit.templates.plan import Row
from promptkit.templates.planner import Planner
from promptkit.templates.special import Sampled
from promptkit.templates.wildcards import Wildcards


class Template:
    """A text with choices, wildcards and variables in it; see docs/templates.md.

    ``wildcards`` are the lists that ``__name__`` means, by default none. Raises PromptError with the place of what
    cannot be read, of a wildcard that is not there and of one that leads back to itself; WildcardError for a file that
    cannot be read.
    """

    def __init__(self, text: str, *, wildcards: Wildcards | None = None, syntax: Syntax = DEFAULT_SYNTAX) -> None:
        self.text = text
        planner = Planner(wildcards or Wildcards(), syntax)
        self._plan = planner.plan(parse_template(text, syntax=syntax))
        self._sampled = {found.symbol: found for found in planner.symbols if isinstance(found, Sampled)}
        self._marked = bool(planner.symbols)

    def __repr__(self) -> str:
        return f"Template({self.text!r})"

    def count(self) -> int:
        """Return how many prompts ``enumerate`` yields: exact, without enumerating. Prompts that differ only in what
        was picked count each."""
        return self._plan.count

    def enumerate(self, seed: int = 0) -> Iterator[Resolved]:
        """Yield every prompt, lazily, the leftmost choice slowest. ``seed`` decides what ``~`` nodes are."""
        return map(self._finish(seed), self._plan.rows())

    def sample(self, seed: int = 0, index: int = 0) -> Resolved:
        """Return prompt ``index`` (from 0) of a text seed. Each choice depends on the seed, the index and its own key
        alone, so that adding another one changes no other."""
        return next(self.samples(seed, index))

    def samples(self, seed: int = 0, start: int = 0) -> Iterator[Resolved]:
        """Yield the prompts of a text seed from ``start`` on, without end."""
        return self._endless(self._plan.draw, seed, start)

    def cycle(self, seed: int = 0) -> Iterator[Resolved]:
        """Yield prompts without end, every choice going through its options in step with the others. ``seed`` decides
        what ``~`` nodes are."""
        return self._endless(self._plan.turn, seed, 0)

    def _endless(self, row: Callable[[KeyedWords, int], Row], seed: int, index: int) -> Iterator[Resolved]:
        words, finish = KeyedWords(seed), self._finish(seed)
        while True:
            yield finish(row(words, index))
            index += 1

    def _finish(self, seed: int) -> Callable[[Row], Resolved]:
        if self._marked:
            return Finisher(self.text, self._sampled, seed)
        return lambda row: resolved(row, self.text)
