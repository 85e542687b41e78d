"""Every word that the embedded model knows: slot → value → phrases, the usual phrase first.

Plain data: the style packs, the rankers, the advice on unknown words, and the captions of the training scenes all
read it.
Colour is a facet of the subject, so it has a table of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

Table = Mapping[str, tuple[str, ...]]

SUBJECTS: Table = {
    "lighthouse": ("lighthouse", "lighthouse tower", "beacon"),
    "cottage": ("cottage", "house", "cabin"),
    "tree": ("tree", "oak tree", "oak"),
    "tulip": ("tulip", "flower", "blossom"),
    "mushroom": ("mushroom", "toadstool"),
    "cat": ("cat", "kitten", "kitty"),
    "owl": ("owl", "barn owl"),
    "fish": ("fish", "goldfish"),
    "snail": ("snail", "garden snail"),
    "sailboat": ("sailboat", "boat", "sailing boat"),
    "car": ("car", "automobile", "hatchback"),
    "rocket": ("rocket", "spaceship", "rocket ship"),
    "balloon": ("hot air balloon", "balloon"),
    "teapot": ("teapot", "kettle"),
    "robot": ("robot", "android"),
    "umbrella": ("umbrella", "parasol"),
}

COLOURS: Table = {
    "red": ("red", "crimson", "scarlet"),
    "orange": ("orange", "tangerine"),
    "yellow": ("yellow", "golden yellow"),
    "green": ("green", "emerald"),
    "blue": ("blue", "navy"),
    "purple": ("purple", "violet"),
    "pink": ("pink", "rose pink"),
    "white": ("white", "ivory"),
}

STYLES: Table = {
    "flat-vector": ("flat vector", "flat vector art", "vector illustration", "flat design"),
    "pixel-art": ("pixel art", "8-bit pixel art", "pixelated"),
    "watercolour": ("watercolour", "watercolor", "watercolour painting", "watercolor painting"),
    "ink-line": ("ink line drawing", "ink drawing", "line art", "pen and ink"),
    "low-poly": ("low poly", "low-poly render", "polygonal art"),
    "oil-painting": ("oil painting", "impasto oil painting", "oil on canvas"),
}

LIGHTINGS: Table = {
    "soft-daylight": ("soft daylight", "overcast daylight", "daylight", "soft light"),
    "golden-hour": ("golden hour", "sunset light", "warm evening light", "golden hour light"),
    "neon": ("neon lighting", "neon light", "neon glow"),
    "moonlight": ("moonlight", "moonlit", "night light"),
    "studio": ("studio lighting", "studio light", "softbox lighting"),
    "backlit": ("backlit", "backlight", "rim light"),
}

CAMERAS: Table = {
    "close-up": ("close-up", "close up", "close-up shot", "macro shot"),
    "wide-shot": ("wide shot", "wide angle", "wide angle shot", "long shot"),
    "low-angle": ("low angle", "low angle shot", "worm's-eye view"),
    "overhead": ("overhead view", "overhead shot", "top-down view", "bird's-eye view"),
    "tilted": ("dutch angle", "tilted", "tilted shot"),
    "shallow-focus": ("shallow depth of field", "bokeh", "blurred background", "85mm lens"),
}

FACETS: Mapping[str, Table] = {
    "subject": SUBJECTS,
    "colour": COLOURS,
    "style": STYLES,
    "lighting": LIGHTINGS,
    "camera": CAMERAS,
}
"""The five things a scene is made of, each with its values."""

VOCABULARY: Mapping[str, Table] = {
    "subject": {**SUBJECTS, **COLOURS},
    "style": STYLES,
    "lighting": LIGHTINGS,
    "camera": CAMERAS,
}
"""The same by prompt slot."""
