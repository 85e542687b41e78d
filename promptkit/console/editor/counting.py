"""How many tokens a prompt takes, counted beside typing, once the model's tokenizer costs nothing any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from promptkit.console.bench import Bench
from promptkit.console.editor.beside import Beside
from promptkit.console.loads import ONE_AT_A_TIME
from promptkit.errors import PromptkitError
from promptkit.prompt import Prompt

if TYPE_CHECKING:
    from promptkit.backends.tokenizers import Tokenizers
    from promptkit.backends.tokens import TokenCount

PAUSE = 0.1
"""Seconds without a key, after which tokens are counted."""
OPEN = "…"


class Tokens:
    """Counts the tokens of the newest prompt; ``changed`` is called, from another thread, when they are counted.

    A tokenizer is loaded when the desk's model was: then what it needs is imported, and its files are here.
    """

    def __init__(self, bench: Bench, changed: Callable[[], None] = lambda: None) -> None:
        self.bench = bench
        self.changed = changed
        self._beside = Beside("promptkit-tokens", PAUSE)
        self._tokenizers: tuple[str, Tokenizers | None] | None = None
        self._counted: tuple[str, str] = ("", OPEN)
        self._asked: str | None = None

    def of(self, prompt: Prompt) -> str:
        """Say how many tokens a prompt takes of the model's limit; ``…`` as long as nobody knows."""
        text = prompt.resolved
        if self._counted[0] == text and self._counted[1] != OPEN:
            return self._counted[1]
        session = self.bench.session
        if text != self._asked and self.bench.loads.loaded(session):
            self._asked = text
            source, revision = session.model.source, session.model.revision
            self._beside.do(lambda: self._count(text, prompt.dialect, source, revision))
        return self._counted[1] if self._counted[1] == OPEN else f"{self._counted[1].partition(' ')[0]}{OPEN}"

    def _count(self, text: str, dialect: str, source: str, revision: str | None) -> None:
        self._counted = (text, self._told(text, dialect, source, revision))
        self.changed()

    def _told(self, text: str, dialect: str, source: str, revision: str | None) -> str:
        from promptkit.backends.tokenizers import load_tokenizers
        from promptkit.backends.tokens import count_tokens

        if self._tokenizers is None or self._tokenizers[0] != source:
            try:
                with ONE_AT_A_TIME:
                    self._tokenizers = (source, load_tokenizers(source, revision=revision))
            except PromptkitError:
                self._tokenizers = (source, None)
        found = self._tokenizers[1]
        if found is None:
            return "not told"
        counts = count_tokens(Prompt(text=text, phrases=(), dialect=dialect), found)
        return said(counts)


def said(counts: list[TokenCount]) -> str:
    """Say the count that is nearest to its limit."""
    if not counts:
        return "not told"
    fullest = max(counts, key=lambda count: count.total / (count.limit or 10**9))
    if fullest.limit is None:
        return str(fullest.total)
    over = fullest.total > fullest.limit
    more = f" in {fullest.chunks} chunks" if fullest.chunks > 1 else " (the rest is not read)" if over else ""
    return f"{fullest.total} of {fullest.limit}{more}"
