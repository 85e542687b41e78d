"""Regions of a scanned text: which signs are their own, and what in them is plain text.

A region is ``(first, last, start, end)``: the signs ``first … last − 1`` of the text between two offsets.
"""

from __future__ import annotations

from collections.abc import Iterator

from promptkit.errors import PromptError
from promptkit.templates.nodes import Syntax
from promptkit.templates.scanner import COMMENT, ESCAPE, scan


class Regions:
    """A text and its signs."""

    def __init__(self, text: str, syntax: Syntax) -> None:
        self.text = text
        self.signs = scan(text, syntax)

    def error(self, message: str, position: int, hint: str) -> PromptError:
        return PromptError(message, text=self.text, position=position, hint=hint)

    def own(self, first: int, last: int) -> Iterator[int]:
        """Yield the signs of a region that are not inside a bracket or wildcard of it."""
        index = first
        while index < last:
            yield index
            index = max(self.signs[index].partner, index) + 1

    def after(self, first: int, last: int, start: int) -> int:
        """Return the first sign of a region that begins at ``start`` or later."""
        while first < last and self.signs[first].start < start:
            first += 1
        return first

    def plain(self, first: int, last: int, start: int, end: int) -> str:
        """Return a region as text, with its escapes resolved."""
        pieces: list[str] = []
        at = start
        for sign in self.signs[first:last]:
            if sign.kind == ESCAPE:
                pieces += (self.text[at : sign.start], self.text[sign.start + 1 : sign.end])
                at = sign.end
        return "".join((*pieces, self.text[at:end]))

    def blank_end(self, first: int, last: int, start: int, end: int) -> int:
        """Return the offset behind the blanks and comments that a region begins with."""
        at = start
        for index in range(first, last + 1):
            stop = self.signs[index].start if index < last else end
            if stop < at:
                continue
            gap = self.text[at:stop]
            if gap.strip() or index == last or self.signs[index].kind != COMMENT:
                return at + len(gap) - len(gap.lstrip())
            at = self.signs[index].end
        return at

    def spaces(self, first: int, last: int, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the stretches of a region that are plain text."""
        at = start
        for index in self.own(self.after(first, last, start), last):
            yield at, self.signs[index].start
            at = max(self.signs[max(self.signs[index].partner, index)].end, at)
        yield at, end
