"""Taking out noise: by alike neighbourhoods, by alike neighbours, or in wavelets; as much as the picture has."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promptkit.errors import SettingsError
from promptkit.extras import need
from promptkit.finishing.noise import CLEAN, estimated_sigma
from promptkit.finishing.smoothing import METHODS
from promptkit.finishing.tiles import finished_in_tiles
from promptkit.interfaces import MODES, Processed, Setting

if TYPE_CHECKING:
    from PIL.Image import Image

AUTO = "auto"
STRONGEST = 50 / 255
"""The standard deviation, as a share of white, that strength 1 is for."""
HINT = "Write auto, or 0 to 1: denoise:0.2"


def read_strength(text: str) -> float | None:
    """Return the standard deviation, as a share of white, that a strength stands for; ``None`` for that of the picture.
    Raises SettingsError."""
    if text == AUTO:
        return None
    try:
        share = float(text)
    except ValueError:
        raise SettingsError(f"'{text}' is no strength.", hint=HINT) from None
    if not 0 <= share <= 1:
        raise SettingsError(f"The strength '{text}' is out of range.", hint=HINT)
    return share * STRONGEST


class Denoise:
    """Takes noise out of a picture; ``auto`` measures how much there is, and leaves a clean picture as it is."""

    name = "denoise"
    summary = "takes out noise, as much as the picture has or as you say"
    modes = MODES
    settings = (
        Setting(
            name="strength",
            default=AUTO,
            check=read_strength,
            summary="auto, or 0 to 1, which is for a standard deviation of 50 levels of 255",
        ),
        Setting(
            name="method",
            default="nlm",
            choices=tuple(METHODS),
            summary="nlm is best, bilateral fastest, wavelet for fine grain",
        ),
    )

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """Raise SettingsError where a package is missing."""
        what = f"denoise:method={settings['method']}"
        if settings["strength"] == AUTO or settings["method"] != "bilateral":
            need("skimage", "scikit-image", "finish", what)
        if settings["strength"] == AUTO or settings["method"] == "wavelet":
            need("pywt", "PyWavelets", "finish", what)
        if settings["method"] == "bilateral":
            need("cv2", "opencv-python-headless", "finish", what)

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Processed:  # noqa: ARG002
        self.check_settings(settings)
        asked = read_strength(settings["strength"])
        sigma = estimated_sigma(image) if asked is None else asked
        levels = round(255 * sigma, 2)
        if asked is None and sigma < CLEAN:
            note = f"The picture is clean (noise of {levels:g} levels of 255): nothing was changed."
            return Processed(image=image.copy(), note=note, facts={"sigma": levels}, done=False)
        if sigma == 0:
            return Processed(image=image.copy(), note="The strength is 0: nothing was changed.", done=False)
        method = METHODS[settings["method"]]
        made = finished_in_tiles(image, lambda found: method.work(found, sigma), overlap=method.overlap)
        note = f"Noise of {levels:g} levels of 255 was found." if asked is None else ""
        return Processed(image=made, note=note, facts={"sigma": levels, "library": method.library})
