"""How pictures are shown on a terminal: as half blocks, by a protocol that the terminal knows, or not at all."""

from __future__ import annotations

import logging
import os
import sys
from functools import cache
from typing import TYPE_CHECKING

from promptkit.errors import SettingsError

if TYPE_CHECKING:
    from rich.console import Console

VARIABLE = "PROMPTKIT_GRAPHICS"
NONE, HALF_BLOCKS, SIXEL, KITTY = "none", "halfblocks", "sixel", "kitty"
KINDS = (HALF_BLOCKS, SIXEL, KITTY, NONE)


def kind_for(console: Console) -> str:
    """Return one of ``KINDS``: none where there is no terminal or no colour, else what ``PROMPTKIT_GRAPHICS`` names,
    else what the terminal says that it knows. Raises SettingsError for another name in the variable."""
    asked = os.environ.get(VARIABLE, "")
    if asked and asked not in KINDS:
        raise SettingsError(f"{VARIABLE}={asked} is no way to show pictures.", hint=f"Use one of: {', '.join(KINDS)}.")
    if not console.is_terminal or console.is_dumb_terminal or console.no_color or console.color_system is None:
        return NONE
    return asked or known_to_terminal()


@cache
def known_to_terminal() -> str:
    """Ask the terminal, once, for a fifth of a second at most; half blocks where nobody can answer."""
    if not (sys.__stdin__ and sys.__stdin__.isatty() and sys.__stdout__ and sys.__stdout__.isatty()):
        return HALF_BLOCKS
    logging.getLogger("textual_image").setLevel(logging.ERROR)
    try:
        from textual_image.renderable import Image, SixelImage, TGPImage
    except (ImportError, OSError, ValueError):
        return HALF_BLOCKS
    return SIXEL if Image is SixelImage else KITTY if Image is TGPImage else HALF_BLOCKS
