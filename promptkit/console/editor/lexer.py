"""The colours of the line as it is typed: slots of a prompt, a verb and what stands behind it, what is unreadable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

from promptkit.console.editor.paint import MUTED, PLAIN, VERB, WRONG, slot_paint
from promptkit.console.editor.reading import Reader, Reading
from promptkit.prompt import SLOTS

Run = tuple[int, int, str]
"""Where a style begins and ends."""


class SlotLexer(Lexer):
    """Paints the line as a reader reads it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._painted: tuple[Reading | None, list[StyleAndTextTuples]] = (None, [])

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        reading = self._reader.read(document.text)
        if self._painted[0] is not reading:
            self._painted = (reading, lines_of(reading.text, runs(reading)))
        lines = self._painted[1]
        return lambda number: lines[number] if number < len(lines) else []

    def invalidation_hash(self) -> object:
        """Change with the desk, and when a line can be read better than before."""
        return self._reader.version


def runs(reading: Reading) -> list[Run]:
    """Return the styles of a line, from left to right, none over another."""
    found = list(_verb(reading) if reading.verb else _prompt(reading))
    place = reading.offence
    if place is None:
        return found
    start = min(place, len(reading.text.rstrip()) - 1)
    return [run for run in found if run[1] <= start] + [(start, start + 1, WRONG)]


def _prompt(reading: Reading) -> Iterator[Run]:
    """Yield the words in the colours of their slots, and muted what stands between: signs, weights, separators."""
    at = 0
    if reading.late and not reading.spans:
        return
    for start, end, slot in reading.spans:
        yield at, reading.at + start, MUTED
        at = reading.at + end
        yield reading.at + start, at, slot_paint(slot)
    if reading.spans:
        yield at, len(reading.text), MUTED


def _verb(reading: Reading) -> Iterator[Run]:
    """Yield the verb, and the slots among what stands behind it."""
    begin = len(reading.text) - len(reading.text.lstrip())
    head = reading.text[begin:].split(None, 1)[0] if reading.text.strip() else ""
    yield begin, begin + len(head), VERB
    at = reading.at
    for word in reading.rest.split(" "):
        if word.lower().strip(",") in SLOTS:
            yield at, at + len(word), slot_paint(word.lower().strip(","))
        at += len(word) + 1


def lines_of(text: str, painted: Iterable[Run]) -> list[StyleAndTextTuples]:
    """Part a text into lines of fragments."""
    lines: list[StyleAndTextTuples] = [[]]
    for style, piece in _pieces(text, list(painted)):
        first, *others = piece.split("\n")
        if first:
            lines[-1].append((style, first))
        lines += [[(style, line)] if line else [] for line in others]
    return lines


def _pieces(text: str, painted: Sequence[Run]) -> Iterator[tuple[str, str]]:
    at = 0
    for start, end, style in painted:
        if start > at:
            yield PLAIN, text[at:start]
        if end > start:
            yield style, text[start:end]
        at = max(at, end)
    if at < len(text):
        yield PLAIN, text[at:]
