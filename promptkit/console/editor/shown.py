"""Characters that would hide or be obeyed, written out on the line; the text itself keeps them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from promptkit.console.editor.paint import MUTED, on_line

_PLAIN = re.compile(r"[\x20-\x7e\xa1-\xac\xae-\u02ff\u0391-\u03a1\u03a3-\u03ff\u0400-\u0481]*")
"""Characters that are surely shown: most lines are made of them alone."""


class ShowHidden(Processor):
    """Shows control, bidi and unassigned characters as ``terminal.visible`` does; the cursor steps over each."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        fragments = transformation_input.fragments
        if _PLAIN.fullmatch("".join([fragment[1] for fragment in fragments])):
            return Transformation(fragments)
        pieces: StyleAndTextTuples = []
        starts = [0]
        for style, text, char in _characters(fragments):
            pieces.append((style if text == char else f"{style} {MUTED}", text))
            starts.append(starts[-1] + len(text))
        return Transformation(
            pieces,
            source_to_display=lambda at: starts[min(at, len(starts) - 1)] + max(0, at - len(starts) + 1),
            display_to_source=lambda at: _source(starts, at),
        )


def _characters(fragments: StyleAndTextTuples) -> Iterator[tuple[str, str, str]]:
    """Yield each character with its style, and as it is shown."""
    for fragment in fragments:
        for char in fragment[1]:
            yield fragment[0], on_line(char), char


def _source(starts: list[int], at: int) -> int:
    return max(0, bisect_right(starts, at) - 1)
