"""How large a picture may become, and what shape it has."""

from __future__ import annotations

from promptkit.errors import SettingsError

MAX_PIXELS = 16_384**2
MAX_SIDE = 65_535
GOLDEN = "golden"
MOST_ASPECT = 100
Size = tuple[int, int]
"""Width and height in pixels."""


def check_size(size: Size, who: str) -> None:
    """Refuse a size that is too large. Raises SettingsError."""
    if size[0] * size[1] > MAX_PIXELS or max(size) > MAX_SIDE:
        raise SettingsError(
            f"{who} would make a picture of {size[0]}x{size[1]}, more than {MAX_PIXELS // 10**6} million pixels or"
            f" a side of {MAX_SIDE}.",
            hint="Choose a smaller size.",
        )


def aspect(text: str, size: Size) -> float:
    """Return width over height for ``16:9``, ``1.85`` or ``golden``, which lies as a picture of ``size`` does.

    Raises SettingsError for what is no aspect, and one beyond 100:1.
    """
    if text == GOLDEN:
        ratio = (1 + 5**0.5) / 2
        return ratio if size[0] >= size[1] else 1 / ratio
    wide, colon, high = text.partition(":")
    try:
        sides = float(wide), float(high if colon else 1)
        ratio = sides[0] / sides[1] if min(sides) > 0 else 0.0
    except ValueError:
        ratio = 0.0
    if not 1 / MOST_ASPECT <= ratio <= MOST_ASPECT:
        raise SettingsError(
            f"'{text}' is no aspect.", hint=f"Write 16:9, 1.85 or {GOLDEN}; {MOST_ASPECT}:1 is the widest."
        )
    return ratio


def check_aspect(text: str) -> None:
    """Refuse what is no aspect. Raises SettingsError."""
    aspect(text, (1, 1))
