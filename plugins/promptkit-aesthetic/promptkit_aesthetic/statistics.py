"""What pixels say without any weights: sharpness, exposure, colourfulness, each from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit import Candidate, Prompt, SettingsError
from promptkit.rgb import as_rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

LUMA = (0.2126, 0.7152, 0.0722)
"""What red, green and blue give to brightness (ITU-R BT.709)."""
SHARP = 0.003
"""The variance of the Laplacian, of values in 0 to 1, that counts one half."""
WELL_EXPOSED = 0.2
MODERATE = 33.0
"""What Hasler and Süsstrunk call moderately colourful; it counts one half."""
FLOOR = 1e-6
"""So that a geometric mean is never 0 for a reason that the others cannot make good in order."""


def sharpness(pixels: NDArray[Any]) -> float:
    """Return v / (v + 0.003) of the variance v of the Laplacian of brightness (Pech-Pacheco et al., ICPR 2000).

    Noise counts as sharp, and so do small pictures: compare pictures of one size and sampler.
    """
    import numpy as np

    grey = np.pad(pixels @ np.asarray(LUMA), 1, mode="edge")
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    variance = float(np.var(around - 4 * grey[1:-1, 1:-1]))
    return variance / (variance + SHARP)


def exposure(pixels: NDArray[Any]) -> float:
    """Return the mean of exp(−(i − ½)² / 2σ²) over all values i, σ = 0.2 (Mertens et al., Exposure Fusion, 2007)."""
    import numpy as np

    return float(np.exp(-((pixels - 0.5) ** 2) / (2 * WELL_EXPOSED**2)).mean())


def colourfulness(pixels: NDArray[Any]) -> float:
    """Return M / (M + 33) of M = σ + 0.3 μ in the plane of red less green and yellow less blue (Hasler and Süsstrunk,
    Measuring colourfulness in natural images, 2003); 33 is moderately colourful, 109 extremely."""
    import numpy as np

    red, green, blue = (pixels[..., at] * 255 for at in range(3))
    first, second = red - green, (red + green) / 2 - blue
    spread = np.hypot(first.std(), second.std())
    strength = np.hypot(first.mean(), second.mean())
    found = float(spread + 0.3 * strength)
    return found / (found + MODERATE)


MEASURES: Mapping[str, Callable[[NDArray[Any]], float]] = {
    "sharpness": sharpness,
    "exposure": exposure,
    "colourfulness": colourfulness,
}


def measured(image: Image) -> dict[str, float]:
    """Return every measure of a picture of any mode, each from 0 to 1."""
    import numpy as np

    pixels = np.asarray(as_rgb(image), dtype=np.float64) / 255
    return {name: measure(pixels) for name, measure in MEASURES.items()}


class StatisticsRanker:
    """The geometric mean of the chosen measures, from 0 to 1; ``total`` alone."""

    name = "image-stats"

    def __init__(self, chosen: Sequence[str]) -> None:
        self.chosen = tuple(chosen)

    def describe(self) -> Mapping[str, Any]:
        total = f"geometric mean of {', '.join(self.chosen)}, 0 to 1"
        return {"name": self.name, "model": ",".join(self.chosen), "total": total}

    def score(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[Mapping[str, float]]:  # noqa: ARG002
        return [{"total": self._total(candidate)} for candidate in candidates]

    def _total(self, candidate: Candidate) -> float:
        if candidate.image is None:
            raise ValueError("only finished candidates can be scored: one has no picture")
        found = measured(candidate.image)
        total = 1.0
        for name in self.chosen:
            total *= max(found[name], FLOOR) ** (1 / len(self.chosen))
        return total


class StatisticsLoader:
    """Image statistics: no weights are needed."""

    name = "image-stats"
    summary = "sharpness, exposure and colourfulness of the pixels; no weights"
    checkpoints = f"one or more of {', '.join(MEASURES)}, joined by commas; by default all"

    def load(self, model: str | None = None, *, device: str | None = None) -> StatisticsRanker:  # noqa: ARG002
        chosen = list(dict.fromkeys(name.strip() for name in model.split(","))) if model else list(MEASURES)
        unknown = [name for name in chosen if name not in MEASURES]
        if unknown:
            raise SettingsError(
                f"image-stats knows no '{unknown[0]}'.", hint=f"There are {', '.join(MEASURES)}: image-stats:sharpness."
            )
        return StatisticsRanker(chosen)
