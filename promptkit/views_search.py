"""What a search found as a person sees it: the rows of the library's list, with the words marked."""

from __future__ import annotations

import re

from rich.text import Text

from promptkit.library.search import BEGIN, END, Hit
from promptkit.terminal import safe_text
from promptkit.views_library import FILE, PROMPT, picture_row

MARK = "bold yellow"
BEFORE = 6
"""Characters that stay before the first found word."""
_MARKED = re.compile(f"{BEGIN}(.*?){END}", re.DOTALL)
PROMPT_CELL = 2


def hit_row(hit: Hit, excerpt: str | None, *, file: int = FILE, prompt: int = PROMPT) -> tuple[str | Text, ...]:
    """Return a hit's cells: those of ``picture_row``, the prompt as an excerpt where there is one, and the
    similarity."""
    cells: list[str | Text] = [*picture_row(hit.picture, file=file, prompt=prompt)]
    if excerpt is not None:
        cells[PROMPT_CELL] = excerpt_view(excerpt, prompt)
    return (*cells, *([] if hit.similarity is None else [f"{hit.similarity:.3f}"]))


def excerpt_view(excerpt: str, width: int) -> Text:
    """Return an excerpt on one line, its words marked, cut to a width so that the first of them is seen."""
    shown, first = Text(), None
    for at, part in enumerate(_MARKED.split(" ".join(excerpt.split()))):
        if at % 2 and first is None:
            first = len(shown)
        shown.append_text(safe_text(part, MARK if at % 2 else ""))
    if len(shown) <= width:
        return shown
    begin = max(0, min((first or 0) - BEFORE, len(shown) - width))
    cut = shown[begin : begin + width]
    if begin:
        cut = Text("…") + cut[1:]
    return cut if begin + width >= len(shown) else cut[:-1] + Text("…")
