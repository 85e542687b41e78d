"""Captions of scenes: tags and sentences in many word orders, with facets left out."""

from __future__ import annotations

import random
from collections.abc import Mapping

from promptkit.embedded.scenes.scene import Scene
from promptkit.embedded.words import FACETS

DROP = {"subject": 0.03, "colour": 0.12, "style": 0.15, "lighting": 0.15, "camera": 0.15}
"""How often a facet is left to chance."""

IN_THE_LIGHT = ("light", "lighting", "daylight", "moonlight", "hour", "glow")


def caption(scene: Scene, rng: random.Random, *, drop: Mapping[str, float] = DROP) -> str:
    """Return one way to say ``scene``; ``drop={}`` says all of it. Never empty."""
    said = {
        facet: rng.choice(FACETS[facet][getattr(scene, facet)])
        for facet in FACETS
        if rng.random() >= drop.get(facet, 0.0)
    }
    if not said:
        said = {"subject": rng.choice(FACETS["subject"][scene.subject])}
    return _tags(said, rng) if rng.random() < 0.55 or "subject" not in said else _sentence(said, rng)


def _thing(said: Mapping[str, str]) -> str:
    return " ".join(said[facet] for facet in ("colour", "subject") if facet in said)


def _with_article(words: str) -> str:
    return f"an {words}" if words.startswith(("a", "e", "i", "o", "8", "um")) else f"a {words}"


def _tags(said: Mapping[str, str], rng: random.Random) -> str:
    tags = [said[facet] for facet in ("style", "lighting", "camera") if facet in said]
    rng.shuffle(tags)
    thing = _thing(said)
    if thing:
        whole = _with_article(thing) if "subject" in said and rng.random() < 0.6 else thing
        tags.insert(0 if rng.random() < 0.75 else rng.randrange(len(tags) + 1), whole)
    return ", ".join(tags)


def _sentence(said: Mapping[str, str], rng: random.Random) -> str:
    """Say the style in front ("an oil painting of …"), light and camera behind."""
    text = _with_article(_thing(said))
    if "style" in said:
        style = said["style"]
        if style.endswith(("art", "vector", "poly", "pixelated", "design", "ink", "canvas")):
            style += rng.choice((" picture", " image"))
        text = f"{_with_article(style)} of {text}"
    tail = []
    if "lighting" in said:
        lighting = said["lighting"]
        within = lighting.endswith(IN_THE_LIGHT) and rng.random() < 0.6
        tail.append(f" in {lighting}" if within else f", {lighting}")
    if "camera" in said:
        tail.append(f", {said['camera']}")
    if len(tail) == 2 and tail[0].startswith(",") and rng.random() < 0.5:
        tail.reverse()
    return text + "".join(tail)
