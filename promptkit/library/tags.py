"""What a tag may be."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from promptkit.errors import SettingsError
from promptkit.names import listed

LONGEST = 64


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as they are kept: composed characters (NFC), no blanks round them. Raises SettingsError for an empty
    one, a long one, and one that holds a comma, a line feed or what cannot be seen."""
    return tuple(_checked(tag) for tag in listed(tags))


def _checked(tag: str) -> str:
    kept = unicodedata.normalize("NFC", tag).strip()
    hidden = any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") or char == "," for char in kept)
    if not kept or len(kept) > LONGEST or hidden or kept[0] in "+-":
        raise SettingsError(
            f"'{kept[:LONGEST]}' is no tag.",
            hint=f"A tag has 1 to {LONGEST} characters that can be seen, no comma, and does not begin with + or -.",
        )
    return kept
