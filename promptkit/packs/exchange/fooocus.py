"""Fooocus' styles, and the SDXL prompt styler's, which are written alike: a JSON list of ``name``, ``prompt`` and
``negative_prompt``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from promptkit.packs.exchange.foreign import ForeignStyle, Notes
from promptkit.packs.exchange.rows import Row, json_rows, text_of

KEYS = ("name", "prompt", "negative_prompt")
_SPELLING = (("3d", "3D"), ("Sai", "SAI"), ("Mre", "MRE"), ("(s", "(S"))
"""What the display names spell otherwise than with a capital at the start of each word."""


def read(text: str, file: str, notes: Notes) -> list[ForeignStyle]:
    """Read the styles of a file, each under the name that Fooocus shows. Raises PackError."""
    found = [_style(row, file, notes) for row in json_rows(text, file)]
    return [replace(style, title=display_name(style.name)) for style in found]


def read_styler(text: str, file: str, notes: Notes) -> list[ForeignStyle]:
    """Read the styles of a file of the SDXL prompt styler. Raises PackError."""
    return [_style(row, file, notes) for row in json_rows(text, file)]


def _style(row: Row, file: str, notes: Notes) -> ForeignStyle:
    said = {key: text_of(row, key, file) for key in KEYS}
    style = ForeignStyle(
        name=said["name"], prompt=said["prompt"], negative=said["negative_prompt"], file=file, line=row.line
    )
    other = [key for key in row.texts if key not in KEYS]
    if other:
        notes.about(style, f"left out: {', '.join(other)}")
    return style


def display_name(name: str) -> str:
    """Return the name that Fooocus shows: words with a capital, blanks for hyphens."""
    shown = " ".join(word[:1].upper() + word[1:].lower() for word in name.replace("-", " ").split(" "))
    for plain, spelt in _SPELLING:
        shown = shown.replace(plain, spelt)
    return shown


def numbered(styles: Iterable[ForeignStyle]) -> list[ForeignStyle]:
    """Give a name that was there before the first free ending of _1, _2, …, as the styler does."""
    last: dict[str, int] = {}
    taken: set[str] = set()
    kept = []
    for style in styles:
        name, number = style.name, last.get(style.name, 0)
        while name in taken:
            number += 1
            name = f"{style.name}_{number}"
        last[style.name] = number
        taken.add(name)
        kept.append(replace(style, name=name))
    return kept


def write(styles: Iterable[ForeignStyle]) -> str:
    """Write styles as a file."""
    listed = [{"name": s.name, "prompt": s.prompt, "negative_prompt": s.negative} for s in styles]
    return json.dumps(listed, ensure_ascii=False, indent=2) + "\n"
