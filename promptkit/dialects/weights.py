"""Attention weights as numbers: read, and kept in range."""

from __future__ import annotations

import math

from promptkit.errors import PromptError

STEP = 1.1
"""What one pair of round brackets multiplies by."""
MAX_WEIGHT = 100.0
WEIGHTINGS = ("a1111", "comfyui", "compel")
"""Whose arithmetic weights can follow."""


def read_number(written: str, text: str, position: int) -> float:
    """Read a weight as it was written. Raises PromptError where it is none, or out of range."""
    try:
        return checked_weight(float(written), text, position)
    except ValueError:
        raise PromptError(
            f"'{written}' is not a weight.",
            text=text,
            position=position,
            hint="Write a number, as in (golden hour:1.2).",
        ) from None


def checked_weight(weight: float, text: str, position: int) -> float:
    """Return a weight that is finite and not too large. Raises PromptError with the place."""
    if math.isfinite(weight) and abs(weight) <= MAX_WEIGHT:
        return weight
    raise PromptError(
        f"The weight {weight:g} is out of range.",
        text=text,
        position=position,
        hint=f"Weights lie between -{MAX_WEIGHT:g} and {MAX_WEIGHT:g}; 0.5 to 1.5 is usual.",
    )


def weighting_of(dialect: str) -> str:
    """Return whose arithmetic the weights of a dialect are meant for: that of the program that reads the dialect."""
    return dialect if dialect in ("a1111", "comfyui") else "compel"


def write_number(weight: float) -> str:
    """Write a weight to six decimals, without an exponent: no dialect but A1111's reads one."""
    return f"{weight:.6f}".rstrip("0").rstrip(".")
