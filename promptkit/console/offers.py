"""What was offered last, and can be taken by its number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Words for a slot, or a style that fills all of them."""

    slot: str
    """The slot; empty for a style."""
    words: str
    style: str = ""
    """The ``pack/style`` that they are from."""
