"""Templates: many prompts in one text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, count, islice

from promptkit.errors import PromptError
from promptkit.seeds import KeyedWords
from promptkit.templates.finish import Finisher, Resolved, resolved
from promptkit.templates.nodes import DEFAULT_SYNTAX, Assign, Choice, Sequence, Syntax, Use, Wildcard, Wrap
from promptkit.templates.parser import parse_template
from promptkit.templates.plan import Row
from promptkit.templates.planner import Planner
from promptkit.templates.special import Sampled
from promptkit.templates.wildcards import Wildcards, installed_wildcards

TRIES = 50


class Template:
    """A text with choices, wildcards and variables in it; see docs/templates.md.

    ``wildcards`` are the lists that ``__name__`` means, by default the user's and the built-in packs'. Raises
    PromptError with the place of what cannot be read, of a wildcard that is not there and of one that leads back to
    itself; WildcardError for a file that cannot be read.
    """

    def __init__(self, text: str, *, wildcards: Wildcards | None = None, syntax: Syntax = DEFAULT_SYNTAX) -> None:
        self.text = text
        planner = Planner(wildcards or installed_wildcards(), syntax)
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
        return self._finished(self._plan.rows(), seed)

    def sample(self, seed: int = 0, index: int = 0) -> Resolved:
        """Return prompt ``index`` (from 0) of a text seed. Each choice depends on the seed, the index and its own key
        alone, so that adding another one changes no other."""
        return next(self._finished(iter([self._plan.draw(KeyedWords(seed), index)]), seed))

    def samples(self, seed: int = 0) -> Iterator[Resolved]:
        """Yield the prompts of a text seed from index 0 on, without end: what ``sample`` gives, quicker."""
        words = KeyedWords(seed)
        blocks = (self._plan.batch(words, number) for number in count())
        return self._finished(chain.from_iterable(blocks), seed)

    def distinct(self, seed: int, limit: int) -> Iterator[Resolved]:
        """Yield up to ``limit`` different prompts of a text seed, in the order in which they are drawn; fewer where
        there are fewer, or where ``TRIES`` draws for each did not find more."""
        wanted = min(limit, self._plan.count)
        seen: set[tuple[str, str]] = set()
        for found in islice(self.samples(seed), wanted * TRIES):
            if (found.text, found.negative) not in seen:
                seen.add((found.text, found.negative))
                yield found
                if len(seen) == wanted:
                    return

    def cycle(self, seed: int = 0) -> Iterator[Resolved]:
        """Yield prompts without end, every choice going through its options in step with the others. ``seed`` decides
        what ``~`` nodes are."""
        words = KeyedWords(seed)
        return self._finished((self._plan.turn(words, index) for index in count()), seed)

    def _finished(self, rows: Iterator[Row], seed: int) -> Iterator[Resolved]:
        if self._marked:
            return map(Finisher(self.text, self._sampled, seed), rows)
        return resolved(rows, self.text)


def looks_like_template(text: str) -> bool:
    """Whether a text holds a choice of several things, a wildcard or a variable."""
    try:
        root = parse_template(text).root
    except PromptError:
        return False
    parts = root.parts if isinstance(root, Sequence) else (root,)
    return any(
        len(part.options) > 1 if isinstance(part, Choice) else isinstance(part, (Wildcard, Use, Assign, Wrap))
        for part in parts
    )
