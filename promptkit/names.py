"""Names as people type them: one or several, and those that a slip came from."""

from __future__ import annotations

from collections.abc import Iterable

SUGGESTIONS = 3
NEAR_ENOUGH = 0.6
"""Similarity from which a name may have been meant: 1 less the share of letters that would have to change."""

SHOWN = 80
"""Characters of a name or a phrase that a message shows."""


def shortened(text: str) -> str:
    """Return the text, or the beginning of a long one."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def nearest(name: str, names: Iterable[str], limit: int = SUGGESTIONS) -> list[str]:
    """Return the names that ``name`` may be a slip of, best first; none where none is really near.

    A name with slashes is compared as a whole and by its last part, by the Damerau-Levenshtein distance, in small
    letters.
    """
    from rapidfuzz.distance import DamerauLevenshtein

    def likeness(other: str) -> float:
        whole = other.lower()
        return max(
            DamerauLevenshtein.normalized_similarity(typed, whole),
            DamerauLevenshtein.normalized_similarity(typed.rpartition("/")[2], whole.rpartition("/")[2]),
        )

    typed = name.lower()[:200]
    rated = sorted((-likeness(other), number, other) for number, other in enumerate(names))
    return [other for score, _, other in rated[:limit] if -score >= NEAR_ENOUGH]


def listed(names: Iterable[str]) -> tuple[str, ...]:
    """Return names as a tuple; a text that stands alone is one name, not its letters."""
    return (names,) if isinstance(names, str) else tuple(names)


def loose(name: str) -> str:
    """Return a name without case, blanks and signs, as people write samplers: "DPM++ 2M Karras" and
    ``dpmpp_2m_karras`` come to the same."""
    return "".join(char for char in name.lower().replace("++", "pp") if char.isalnum())
