"""Other pictures and other words that say the same: what a score should not depend on, and does a little.

A picture is mirrored and cropped to nine tenths, a text is said in other ways. How a total moves over all of them is
the noise of the measurement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from promptkit.prompt import Prompt, Slot
from promptkit.rankers.alternatives import Claim
from promptkit.slots.words import spoken

if TYPE_CHECKING:
    from PIL.Image import Image

View = Callable[["Image"], "Image"]

CROP = 0.9
"""The side of a crop, of the picture's."""
PLACES = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.5, 0.5))
"""Where crops lie: the corners and the middle."""
SIDED = frozenset(("left", "right", "lettering", "text", "sign", "writing"))
"""Words for what a mirror changes."""
OF_A_SUBJECT = ("a picture of {}", "an image that shows {}")
OF_A_LOOK = ("a picture, {}", "{}, image")
WAYS = 1 + len(OF_A_SUBJECT)
"""Ways to say a text, itself the first."""


def views(prompt: Prompt) -> Iterator[View]:
    """Yield ways to look at a picture, the plain one first; no mirror where the prompt tells left from right."""
    yield lambda image: image
    if not SIDED & {word for phrase in prompt.phrases for word in spoken(phrase.text)}:
        yield _mirrored
    for across, down in PLACES:
        yield lambda image, across=across, down=down: _cropped(image, across, down)  # type: ignore[misc]


def _mirrored(image: Image) -> Image:
    from PIL.Image import Transpose

    return image.transpose(Transpose.FLIP_LEFT_RIGHT)


def _cropped(image: Image, across: float, down: float) -> Image:
    width, height = (max(1, round(CROP * side)) for side in image.size)
    left, top = round(across * (image.width - width)), round(down * (image.height - height))
    return image.crop((left, top, left + width, top + height))


def in_other_words(text: str, slot: str = Slot.SUBJECT.value) -> tuple[str, ...]:
    """Return ``WAYS`` ways to say a text, itself first."""
    return (text, *(template.format(text) for template in (OF_A_SUBJECT if slot == Slot.SUBJECT else OF_A_LOOK)))


def reworded(claim: Claim) -> list[Claim]:
    """Return a claim said in ``WAYS`` ways, itself first: with one phrase of each value where values have several, else
    by templates."""
    if len(claim.truth) > 1:
        one = [[texts[way % len(texts)] for texts in (claim.truth, *claim.others)] for way in range(WAYS - 1)]
    else:
        said = [in_other_words(texts[0], claim.slot) for texts in (claim.truth, *claim.others)]
        one = [[ways[way] for ways in said] for way in range(1, WAYS)]
    return [claim, *(replace(claim, truth=(truth,), others=tuple((text,) for text in rest)) for truth, *rest in one)]
