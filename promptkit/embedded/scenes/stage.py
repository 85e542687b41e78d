"""Where things stand and how they are lit: camera set-ups and palettes, as numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from promptkit.embedded.scenes.subjects import Point

RGB = tuple[int, int, int]

COLOUR: dict[str, RGB] = {
    "red": (212, 44, 46),
    "orange": (244, 132, 30),
    "yellow": (250, 212, 52),
    "green": (52, 156, 66),
    "blue": (38, 96, 208),
    "purple": (126, 58, 176),
    "pink": (246, 132, 182),
    "white": (248, 246, 240),
}

FIXED: dict[str, RGB] = {
    "cream": (252, 244, 222),
    "dark": (44, 36, 46),
    "glow": (255, 224, 110),
    "flame": (255, 120, 40),
    "wood": (128, 84, 52),
    "stone": (150, 144, 140),
    "steel": (150, 158, 170),
    "leaf": (70, 150, 70),
    "glass": (190, 226, 244),
    "water": (90, 160, 210),
    "sand": (226, 190, 140),
}
"""Colours of the parts that do not take the scene's colour."""


@dataclass(frozen=True)
class Light:
    """A lighting: colours of sky and ground, and what it does to the colours of things."""

    sky: tuple[RGB, RGB]
    """Top and horizon."""
    ground: RGB
    hill: RGB
    tint: tuple[float, float, float]
    """Factors on the subject's colours."""
    rim: tuple[RGB, RGB] | None = None
    """Colours of the bright edge, left and right."""


LIGHT: dict[str, Light] = {
    "soft-daylight": Light(((138, 190, 236), (226, 240, 248)), (146, 194, 116), (116, 170, 118), (1.0, 1.0, 1.0)),
    "golden-hour": Light(((236, 112, 66), (255, 214, 122)), (176, 116, 62), (150, 84, 62), (1.06, 0.92, 0.72)),
    "neon": Light(
        ((24, 8, 52), (74, 18, 104)), (22, 14, 48), (40, 12, 74), (0.94, 0.84, 1.0), ((255, 60, 200), (60, 230, 255))
    ),
    "moonlight": Light(((10, 18, 54), (44, 78, 134)), (30, 56, 84), (20, 40, 74), (0.72, 0.8, 1.0)),
    "studio": Light(((176, 176, 180), (222, 222, 224)), (198, 198, 202), (206, 206, 208), (1.0, 1.0, 1.0)),
    "backlit": Light(
        ((120, 140, 150), (255, 250, 224)), (96, 104, 96), (150, 160, 150), (0.76, 0.74, 0.74), ((255, 250, 220),) * 2
    ),
}


@dataclass(frozen=True)
class Camera:
    """A camera set-up, in fractions of the picture's side."""

    scale: float
    """Length of one unit of the subject."""
    ground: float
    """Where the subject stands, from the top."""
    horizon: float | None
    """Height of the horizon from the top; ``None`` looks down at the ground alone."""
    squash: float = 1.0
    taper: float = 0.0
    """How much narrower the subject gets per unit of height; negative widens it."""
    roll: float = 0.0
    """Degrees."""
    blur: bool = False


CAMERA: dict[str, Camera] = {
    "close-up": Camera(0.60, 1.14, 0.80),
    "wide-shot": Camera(0.31, 0.78, 0.62),
    "low-angle": Camera(0.47, 0.97, 0.90, squash=1.1, taper=0.30),
    "overhead": Camera(0.46, 0.80, None, squash=0.72, taper=-0.22),
    "tilted": Camera(0.38, 0.82, 0.66, roll=20.0),
    "shallow-focus": Camera(0.43, 0.86, 0.62, blur=True),
}


@dataclass(frozen=True)
class View:
    """A camera with the accidents of one picture: maps scene points to pixels of a square of ``size``."""

    camera: Camera
    size: int
    shift: float
    zoom: float
    mirror: bool
    roll: float
    """Radians."""

    def _turn(self, x: float, y: float) -> Point:
        half = self.size / 2
        cos, sin = math.cos(self.roll), math.sin(self.roll)
        x, y = x - half, y - half
        return half + cos * x - sin * y, half + sin * x + cos * y

    def subject(self, points: Iterable[Point]) -> list[Point]:
        """Map points of a subject; see ``subjects`` for their coordinates."""
        camera, unit = self.camera, self.camera.scale * self.zoom * self.size
        sign = -1.0 if self.mirror else 1.0
        across = self.size * (0.5 + self.shift)
        down = self.size * camera.ground
        return [
            self._turn(
                across + sign * unit * x * max(0.3, 1.0 - camera.taper * (y - 0.4)), down - unit * camera.squash * y
            )
            for x, y in points
        ]

    def frame(self, points: Iterable[Point]) -> list[Point]:
        """Map points given in fractions of the picture, x to the right and y down; only the roll moves them."""
        return [self._turn(x * self.size, y * self.size) for x, y in points]
