"""Draw a scene: backdrop, subject, light, then the medium."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from promptkit.embedded.scenes.media import MEDIA, Pixels, to_image
from promptkit.embedded.scenes.scene import Scene
from promptkit.embedded.scenes.stage import CAMERA, COLOUR, FIXED, LIGHT, RGB, Light, View
from promptkit.embedded.scenes.subjects import BUILD, arc

OVERSAMPLE = 2
NEON = ((0.1, (255, 50, 190)), (0.9, (40, 225, 255)))
"""Where the tubes stand, and their colours."""


def render(scene: Scene, rng: random.Random, size: int = 64) -> Image.Image:
    """Return an RGB picture of ``scene``, ``size`` pixels a side; placing and accidents come from ``rng``."""
    view = _look(scene, rng, size * OVERSAMPLE)
    light = LIGHT[scene.lighting]
    backdrop = _backdrop(scene, view, light, rng)
    if view.camera.blur:
        backdrop = _defocus(backdrop, view, light, rng)
    _shadow(backdrop, view, scene.lighting)
    mask = _subject(backdrop, scene, view, light)
    pixels: Pixels = np.asarray(backdrop, np.float32)
    cover: Pixels = np.asarray(mask, np.float32) / np.float32(255)
    pixels = _shade(pixels, cover, mask, light)
    return to_image(MEDIA[scene.style](pixels, cover, size, rng))


def _look(scene: Scene, rng: random.Random, side: int) -> View:
    camera = CAMERA[scene.camera]
    roll = math.radians(camera.roll + rng.uniform(-3, 3)) if camera.roll else 0.0
    return View(
        camera=camera,
        size=side,
        shift=rng.uniform(-0.07, 0.07),
        zoom=rng.uniform(0.94, 1.06),
        mirror=rng.random() < 0.5,
        roll=roll if rng.random() < 0.5 else -roll,
    )


def _blend(low: RGB, high: RGB, part: Pixels) -> Pixels:
    return np.array(low, np.float32) * (1 - part[..., None]) + np.array(high, np.float32) * part[..., None]


def _backdrop(scene: Scene, view: View, light: Light, rng: random.Random) -> Image.Image:
    side = view.size
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32) / side
    horizon = view.camera.horizon
    if scene.lighting == "studio":
        glow = np.clip(1 - np.hypot(xs - 0.5, ys - 0.45) / 0.75, 0, 1)
        image = to_image(_blend((150, 150, 156), (246, 246, 246), glow))
    elif horizon is None:
        glow = np.clip(1 - np.hypot(xs - 0.5, ys - 0.5), 0, 1) * 0.5
        image = to_image(_blend(light.ground, light.sky[1], glow))
    elif scene.lighting == "backlit":
        glow = np.clip(1 - np.hypot(xs - 0.5 - view.shift, ys - 0.42) / 0.62, 0, 1)
        image = to_image(_blend(light.sky[0], light.sky[1], np.sqrt(glow)))
    else:
        image = to_image(_blend(light.sky[0], light.sky[1], np.clip(ys / max(horizon, 0.3), 0, 1)))
    draw = ImageDraw.Draw(image, "RGBA")
    _lamps(draw, scene.lighting, view, rng)
    _ground(draw, scene.lighting, view, light, rng)
    return image


def _disc(draw: ImageDraw.ImageDraw, view: View, x: float, y: float, radius: float, fill: tuple[int, ...]) -> None:
    draw.polygon(view.frame(arc(x, y, radius, radius, 24)), fill=fill)


def _lamps(draw: ImageDraw.ImageDraw, lighting: str, view: View, rng: random.Random) -> None:
    """Draw what gives the light: clouds, the sun, neon tubes, moon and stars, softboxes, rays."""
    side = 0.17 if rng.random() < 0.5 else 0.83
    _LAMPS[lighting](draw, view, side, rng)


def _clouds(draw: ImageDraw.ImageDraw, view: View, _side: float, rng: random.Random) -> None:
    for _ in range(3):
        x, y = rng.uniform(0.05, 0.95), rng.uniform(0.06, 0.3)
        for dx, radius in ((-0.07, 0.045), (0.0, 0.065), (0.07, 0.05)):
            _disc(draw, view, x + dx, y, radius, (255, 255, 255, 230))


def _low_sun(draw: ImageDraw.ImageDraw, view: View, side: float, rng: random.Random) -> None:
    height = min(view.camera.horizon or 0.2, 0.62) - rng.uniform(0.06, 0.14)
    for radius, alpha in ((0.22, 60), (0.16, 90), (0.105, 255)):
        _disc(draw, view, side, height, radius, (255, 240, 170, alpha))


def _tubes(draw: ImageDraw.ImageDraw, view: View, _side: float, _rng: random.Random) -> None:
    for x, tone in NEON:
        for width, alpha in ((0.09, 50), (0.05, 90), (0.018, 255)):
            corners = ((x - width, 0.08), (x + width, 0.08), (x + width, 0.66), (x - width, 0.66))
            draw.polygon(view.frame(corners), fill=(*tone, alpha))


def _moon(draw: ImageDraw.ImageDraw, view: View, side: float, rng: random.Random) -> None:
    for _ in range(14):
        _disc(draw, view, rng.uniform(0, 1), rng.uniform(0, 0.6), 0.009, (235, 240, 255, 255))
    _disc(draw, view, side, 0.17, 0.13, (150, 180, 230, 80))
    _disc(draw, view, side, 0.17, 0.095, (244, 246, 255, 255))
    _disc(draw, view, side + 0.035, 0.15, 0.022, (205, 214, 236, 255))


def _softboxes(draw: ImageDraw.ImageDraw, view: View, side: float, _rng: random.Random) -> None:
    for x in (side, 1 - side):
        for margin, tone in ((0.0, (60, 60, 66, 255)), (0.02, (255, 255, 255, 255))):
            left, right = x - 0.12 + 1.25 * margin, x + 0.12 - 1.25 * margin
            top, bottom = 0.03 + margin, 0.19 - margin
            draw.polygon(view.frame(((left, top), (right, top), (right, bottom), (left, bottom))), fill=tone)


def _rays(draw: ImageDraw.ImageDraw, view: View, _side: float, rng: random.Random) -> None:
    start = rng.uniform(0, 0.1)
    centre = (0.5 + view.shift, 0.42)
    for k in range(10):
        turns = 2 * math.pi * (k / 10 + start), 2 * math.pi * (k / 10 + start + 0.035)
        far = [(centre[0] + 1.2 * math.cos(turn), centre[1] + 1.2 * math.sin(turn)) for turn in turns]
        draw.polygon(view.frame((centre, *far)), fill=(255, 252, 226, 120))


_LAMPS: dict[str, Callable[[ImageDraw.ImageDraw, View, float, random.Random], None]] = {
    "soft-daylight": _clouds,
    "golden-hour": _low_sun,
    "neon": _tubes,
    "moonlight": _moon,
    "studio": _softboxes,
    "backlit": _rays,
}


def _ground(draw: ImageDraw.ImageDraw, lighting: str, view: View, light: Light, rng: random.Random) -> None:
    horizon = view.camera.horizon
    if horizon is None:
        _floor_from_above(draw, lighting, view)
        return
    if lighting == "studio":
        draw.polygon(view.frame(((-1, horizon + 0.1), (2, horizon + 0.1), (2, 2), (-1, 2))), fill=(255, 255, 255, 70))
        return
    if lighting != "neon" and view.camera.scale < 0.55:
        for _ in range(2):
            x, height = rng.uniform(0, 1), rng.uniform(0.05, 0.13)
            draw.polygon(view.frame(arc(x, horizon + 0.01, 0.36, height, 20)), fill=light.hill)
    draw.polygon(view.frame(((-1, horizon), (2, horizon), (2, 2), (-1, 2))), fill=light.ground)
    if lighting == "neon":
        for x, tone in NEON:
            draw.polygon(
                view.frame(((x - 0.05, horizon), (x + 0.05, horizon), (x + 0.14, 1.2), (x - 0.14, 1.2))),
                fill=(*tone, 90),
            )
    if view.camera.scale < 0.35:
        for _ in range(7):
            x, y = rng.uniform(0, 1), rng.uniform(horizon + 0.03, 0.98)
            draw.polygon(view.frame(((x - 0.02, y), (x + 0.02, y), (x, y - 0.05))), fill=light.hill)


def _floor_from_above(draw: ImageDraw.ImageDraw, lighting: str, view: View) -> None:
    """Draw the rings and seams of a paved round place, which say that one looks down."""
    line = (255, 255, 255, 70) if lighting in ("neon", "moonlight", "backlit") else (60, 40, 40, 70)
    centre, seam = (0.5 + view.shift, 0.66), max(2, view.size // 64)
    for radius in (0.9, 0.68, 0.46):
        draw.line(
            [
                *view.frame(arc(*centre, radius, radius * 0.8, 32)),
                *view.frame(arc(*centre, radius, radius * 0.8, 32)[:1]),
            ],
            fill=line,
            width=seam,
        )
    for k in range(12):
        turn = 2 * math.pi * k / 12
        ends = [(centre[0] + r * math.cos(turn), centre[1] + 0.8 * r * math.sin(turn)) for r in (0.46, 1.3)]
        draw.line(view.frame(ends), fill=line, width=seam)


def _defocus(backdrop: Image.Image, view: View, light: Light, rng: random.Random) -> Image.Image:
    """Blur the backdrop and scatter discs of confusion over it."""
    blurred = backdrop.filter(ImageFilter.BoxBlur(view.size / 18))
    draw = ImageDraw.Draw(blurred, "RGBA")
    for _ in range(9):
        tone = tuple(min(255, c + 60) for c in rng.choice(light.sky))
        _disc(draw, view, rng.uniform(0, 1), rng.uniform(0, 0.8), rng.uniform(0.05, 0.09), (*tone, 120))
    return blurred


def _shadow(image: Image.Image, view: View, lighting: str) -> None:
    draw = ImageDraw.Draw(image, "RGBA")
    lean = 0.5 if lighting == "golden-hour" else 0.0
    spot = arc(lean, 0.0, 0.7 + lean * 0.6, 0.13 if view.camera.horizon is not None else 0.3, 20)
    draw.polygon(view.subject(spot), fill=(20, 16, 40, 110))


def _subject(image: Image.Image, scene: Scene, view: View, light: Light) -> Image.Image:
    """Draw the subject on ``image`` and return its mask (L)."""
    corners = 8 if scene.style == "low-poly" else 22
    tones = _tones(scene.colour, light)
    draw, mask = ImageDraw.Draw(image), Image.new("L", image.size)
    cover = ImageDraw.Draw(mask)
    shapes = [(role, view.subject(points)) for role, points in BUILD[scene.subject](corners)]
    outline = tones["outline"]
    for role, points in shapes:
        if role != "hole":
            draw.line([*points, points[0]], fill=outline, width=max(2, view.size // 40), joint="curve")
    for role, points in shapes:
        draw.polygon(points, fill=tones[role])
        cover.polygon(points, fill=0 if role == "hole" else 255)
    return mask


def _tones(colour: str, light: Light) -> dict[str, RGB]:
    main = COLOUR[colour]
    shade = tuple(round(c * 0.74) for c in main)
    lighter = tuple(round(c + (255 - c) * 0.4) for c in main)
    outline = tuple(round(c * 0.34) for c in main)
    raw = {**FIXED, "main": main, "shade": shade, "light": lighter, "outline": outline, "hole": light.ground}
    lit = {
        role: tuple(min(255, round(c * t)) for c, t in zip(rgb, light.tint, strict=True)) for role, rgb in raw.items()
    }
    return {**lit, "glow": FIXED["glow"], "hole": light.ground}  # type: ignore[dict-item]


def _shade(pixels: Pixels, cover: Pixels, mask: Image.Image, light: Light) -> Pixels:
    """Model the subject: a soft shade from one side to the other, and the bright rim where the light has one."""
    side = pixels.shape[0]
    across = np.linspace(1.1, 0.88, side, dtype=np.float32)[None, :, None]
    pixels = pixels * (1 + cover[..., None] * (across - 1))
    if light.rim is None:
        return pixels
    inner = np.asarray(mask.filter(ImageFilter.MinFilter(2 * (side // 64) + 1)), np.float32) / 255
    rim = (cover - inner).clip(0, 1)[..., None]
    left = np.linspace(1, 0, side, dtype=np.float32)[None, :, None]
    tone = np.array(light.rim[0], np.float32) * left + np.array(light.rim[1], np.float32) * (1 - left)
    return pixels * (1 - rim) + tone * rim
