"""Texts and a model's context: what is too long is scored piece by piece, never cut."""

from __future__ import annotations

from collections.abc import Callable

ROOM = "an image that shows "
"""Kept free for what is put round a text to say it in other words."""
MORE = " and more"


def fits(text: str, tokenize: Callable[[list[str]], list[list[int]]]) -> bool:
    """Whether a tokenizer keeps all of a text: of one that is cut, more words behind it change nothing.

    So the answer needs neither the tokenizer's padding nor its marks. A text that leaves no room counts as cut.
    """
    ids, longer = tokenize([ROOM + text, ROOM + text + MORE])
    return ids != longer


def pieces(text: str, fit: Callable[[str], bool]) -> list[str]:
    """Part a text into as few halvings as it takes for each piece to fit: at the comma nearest to its middle, else at
    the blank, else between two characters."""
    text = text.strip(" ,")
    if len(text) < 2 or fit(text):
        return [text] if text else []
    left, right = _halves(text)
    return [*pieces(left, fit), *pieces(right, fit)]


def _halves(text: str) -> tuple[str, str]:
    middle = len(text) // 2
    for sign in (",", " "):
        places = [place for place in (text.rfind(sign, 0, middle), text.find(sign, middle)) if place > 0]
        if places:
            at = min(places, key=lambda place: abs(place - middle))
            return text[:at], text[at + 1 :]
    return text[:middle], text[middle:]
