"""Text from outside on its way to the terminal: shown, never obeyed."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

TAB = "\t"
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that can move the cursor, turn the direction of writing, or hide."""


def visible(text: str) -> str:
    """Return the text with control, bidi and unassigned characters written out; line feeds and joiners of emoji
    stay."""
    return "".join(_shown(char) for char in text)


def one_line(text: str) -> str:
    """Return the text as ``visible`` does, with line feeds written out too: for names inside of messages."""
    return visible(text).replace("\n", chr(0x240A))


def _shown(char: str) -> str:
    if char in "\n\u200d\ufe0f":
        return char
    if char == TAB:
        return "    "
    if unicodedata.category(char) not in _HIDDEN:
        return char
    code = ord(char)
    return chr(0x2400 + code) if code < 0x20 else f"⟨U+{code:04X}⟩"


def safe_text(text: str, style: str = "") -> Text:
    """Return renderable text in which markup, emoji codes and control characters are only characters."""
    from rich.text import Text

    return Text(visible(text), style=style)
