"""The two looks as formulas: ``python -m promptkit_film.made FOLDER`` writes their files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

Colour = tuple[float, float, float]
NODES = 17


def dusk_print(red: float, green: float, blue: float) -> Colour:
    """Print film at dusk: a soft shoulder, lifted blacks, teal shadows and warm lights."""
    grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    warmth = grey - 0.45
    toned = (red + 0.10 * warmth, green + 0.015 * warmth, blue - 0.12 * warmth)
    calm = tuple(grey + 0.88 * (value - grey) for value in toned)
    return tuple(min(1.0, max(0.0, _curve(value))) for value in calm)  # type: ignore[return-value]


def _curve(value: float) -> float:
    """An S round 0.45 whose foot is lifted."""
    value = min(1.0, max(0.0, value))
    return 0.035 + 0.95 * (0.75 * value + 0.25 * value * value * (3 - 2 * value))


def silver(red: float, green: float, blue: float) -> Colour:
    """Black and white through a yellow filter: skies go down, skin goes up."""
    grey = 0.42 * red + 0.50 * green + 0.08 * blue
    toned = 0.015 + 0.97 * (0.45 * grey + 0.55 * grey * grey * (3 - 2 * grey))
    return toned, toned, toned


LOOKS: dict[str, Callable[[float, float, float], Colour]] = {"dusk-print": dusk_print, "silver": silver}


def cube_text(name: str) -> str:
    """Return a look's file: red runs fastest, as the format has it."""
    steps = [at / (NODES - 1) for at in range(NODES)]
    rows = (LOOKS[name](red, green, blue) for blue in steps for green in steps for red in steps)
    lines = (" ".join(f"{value:.5f}" for value in row) for row in rows)
    return f'TITLE "{name}"\nLUT_3D_SIZE {NODES}\n' + "\n".join(lines) + "\n"


if __name__ == "__main__":
    for name in LOOKS:
        Path(sys.argv[1], f"{name}.cube").write_text(cube_text(name), encoding="utf-8")
