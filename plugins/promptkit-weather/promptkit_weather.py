"""Weather for prompts that leave it to chance, with the light that comes with it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from promptkit import Phrase, Prompt, hookimpl

WEATHER = {
    "in thick fog": "soft, directionless light",
    "after rain, wet ground": "pale sun on wet surfaces",
    "under towering clouds": "shifting patches of sunlight",
    "in falling snow": "bright, bounced light",
    "in a dry heat": "hard midday sun",
}
SAID = ("fog", "rain", "drizzle", "snow", "storm", "mist", "cloud", "sunny", "wind", "heat", "hail")


class Weather:
    """Yields the prompt under different skies, in an order that the text seed decides."""

    name = "weather"

    def expand(self, prompt: Prompt, *, draw: Callable[[str], random.Random], limit: int | None) -> Iterator[Prompt]:
        if any(word in prompt.text.lower() for word in SAID):
            yield prompt
            return
        skies = draw("weather").sample(list(WEATHER), len(WEATHER))
        for sky in skies[:limit]:
            added = [Phrase(text=sky, slot="subject", source="weather", reason="expander")]
            if not prompt.slot("lighting"):
                added.append(Phrase(text=WEATHER[sky], slot="lighting", source="weather", reason="expander"))
            yield replace(prompt, phrases=(*prompt.phrases, *added))


@hookimpl
def register_expanders() -> Sequence[Weather]:
    return [Weather()]
