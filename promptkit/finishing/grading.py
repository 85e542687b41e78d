"""The arithmetic of a grade, from sRGB values to sRGB values, on as much of a picture as is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from promptkit.finishing.arrays import LUMA, from_light, to_light
from promptkit.finishing.lut import Lut
from promptkit.finishing.match import Match
from promptkit.finishing.white import adaptation
from promptkit.packs.grades import KNOBS, read_channels

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIDDLE = 0.46135612950044164
"""The sRGB value of middle grey, which gives back 18% of the light."""


@dataclass(frozen=True, kw_only=True)
class Grading:
    """A grade to put on values (height, width, 1 or 3) in 0 to 1.

    The order is that of the work: what the reference brings, white and light, the picture's own colour, the tones of
    lift, gamma and gain, contrast, the table of a look. So black and white can be toned.
    """

    numbers: Mapping[str, Any]
    """One for each of ``packs.grades.KNOBS``, as settings have them."""
    matched: Match | None = None
    lut: Lut | None = None
    strength: float = 1.0
    """The share of the grade; the rest is the picture as it was."""

    def applied(self, found: NDArray[Any]) -> NDArray[Any]:
        """Return the graded values."""
        made = found
        if self.matched is not None or self._in_light:
            made = from_light(self._lit(to_light(made)))
        if self.numbers["contrast"] != 1:
            made = contrasted(made, self.numbers["contrast"])
        if self.lut is not None:
            made = _looked_up(self.lut, made)
        return found + self.strength * (made - found) if self.strength < 1 else made

    @property
    def neutral(self) -> bool:
        """Whether it changes nothing."""
        asked = self._in_light or self.numbers["contrast"] != 1 or self.matched is not None or self.lut is not None
        return not asked or self.strength == 0

    @property
    def coloured(self) -> bool:
        """Whether it has what a grey picture cannot show."""
        parted = any(len(set(self._channels[name])) > 1 for name in self._channels)
        return parted or bool(self.numbers["temperature"] or self.numbers["tint"])

    @cached_property
    def _channels(self) -> dict[str, tuple[float, float, float]]:
        return {knob.name: read_channels(knob, self.numbers[knob.name]) for knob in KNOBS if knob.channels}

    @cached_property
    def _in_light(self) -> bool:
        plain = (knob for knob in KNOBS if not knob.channels and knob.name != "contrast")
        parted = (knob for knob in KNOBS if knob.channels)
        return any(self.numbers[knob.name] != knob.default for knob in plain) or any(
            set(self._channels[knob.name]) != {knob.default} for knob in parted
        )

    @cached_property
    def _white(self) -> NDArray[Any]:
        import numpy as np

        turned = adaptation(self.numbers["temperature"], self.numbers["tint"])
        return (turned * 2 ** self.numbers["exposure"]).astype(np.float32)

    def _lit(self, light: NDArray[Any]) -> NDArray[Any]:
        """Do what is done to light."""
        import numpy as np

        if self.matched is not None:
            light = self.matched.applied(light)
        grey = light.shape[-1] == 1
        light = light * np.float32(2 ** self.numbers["exposure"]) if grey else light @ self._white.T
        if not grey and self.numbers["saturation"] != 1:
            brightness = (light @ np.asarray(LUMA, np.float32))[..., None]
            light = brightness + np.float32(self.numbers["saturation"]) * (light - brightness)
        return self._lifted(light)

    def _lifted(self, light: NDArray[Any]) -> NDArray[Any]:
        """Return (gain · (x + lift · (1 − x)))^(1 / gamma) of each channel: lift moves black, gain white, gamma what
        lies between. Of a grey picture, the channels' brightness alone."""
        import numpy as np

        lift, gamma, gain = (np.asarray(self._channels[name], np.float32) for name in ("lift", "gamma", "gain"))
        if light.shape[-1] == 1:
            lift, gamma, gain = (part @ np.asarray(LUMA, np.float32) for part in (lift, gamma, gain))
        moved = gain * (light + lift * (1 - light))
        return moved if np.all(gamma == 1) else np.maximum(moved, 0) ** (1 / gamma)


def contrasted(found: NDArray[Any], slope: float) -> NDArray[Any]:
    """Return sRGB values in 0 to 1 on a curve that is as steep as ``slope`` at middle grey and keeps black and white.

    Two powers that meet at the pivot: nothing is cut at the ends, and 1 / slope takes it back. The pivot is the sRGB
    value of 18% light, so exposure and contrast mean the same middle.
    """
    import numpy as np

    low = MIDDLE * (np.minimum(found, MIDDLE) / np.float32(MIDDLE)) ** slope
    high = (1 - MIDDLE) * ((1 - np.maximum(found, MIDDLE)) / np.float32(1 - MIDDLE)) ** slope
    return np.where(found < MIDDLE, low, 1 - high)


def _looked_up(lut: Lut, found: NDArray[Any]) -> NDArray[Any]:
    """Return a table's colours; of a grey picture, their brightness."""
    import numpy as np

    if found.shape[-1] == 3:
        return lut.applied(found)
    grey = to_light(lut.applied(np.repeat(found, 3, axis=-1)).clip(0, 1)) @ np.asarray(LUMA, np.float32)
    return from_light(grey)[..., None]
