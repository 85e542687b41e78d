"""What contracts are tried on: prompts, pictures, seeds, drawn by hypothesis."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from promptkit.errors import PluginError
from promptkit.prompt import Prompt
from promptkit.seeds import MAX_SEED
from promptkit.slots.parse import parse

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from PIL.Image import Image

PHRASES = (
    "a red cat", "a lighthouse on a cliff", "two old friends", "oil painting", "in the style of an engraving", "moody",
    "golden hour", "soft window light", "close-up", "35mm lens, f/1.8", "(gold leaf:1.2)", "[[dawn, dusk]]",
    "{brass|glass} bell", "naïve café", "日本の庭", "🦊", "a\nb", "100 % wool; 2°",
)  # fmt: skip
NEGATIVES = ("", "text, watermark", "(blurry:1.3)")
SIZES = ((1, 1), (1, 7), (8, 1), (5, 5), (33, 18), (64, 64))
"""Width and height in pixels: single, odd, and usual ones."""
MODES = ("RGB", "L", "RGBA", "LA", "P", "1", "I;16")
"""What a PNG can hold."""
SEEDS = (0, 1, 12345, MAX_SEED)


def strategies() -> Any:
    """Return ``hypothesis.strategies``. Raises PluginError where hypothesis is not installed."""
    try:
        from hypothesis import strategies as found
    except ImportError:
        raise PluginError(
            "The checks of promptkit.testing need hypothesis, which is not installed.",
            hint="Install it: pip install 'promptkit[testing]'",
        ) from None
    return found


def every(case: SearchStrategy[Any], probe: Callable[[Any], object], *, examples: int, shrink: bool = True) -> None:
    """Run a probe on cases, the same ones each time; the simplest that fails raises, or the first without
    ``shrink``."""
    strategies()
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case)
    def run(drawn: Any) -> None:
        probe(drawn)

    run()


def prompts() -> SearchStrategy[Prompt]:
    """Draw prompts of one to five phrases, plain and with signs, with and without a negative one."""
    st = strategies()
    texts = st.lists(st.sampled_from(PHRASES), min_size=1, max_size=5, unique=True).map(", ".join)
    return st.builds(lambda text, negative: parse(text, negative=negative), texts, st.sampled_from(NEGATIVES))


def seeds() -> SearchStrategy[int]:
    st = strategies()
    return st.sampled_from(SEEDS) | st.integers(0, MAX_SEED)


def pictures(modes: tuple[str, ...] = MODES) -> SearchStrategy[Image]:
    """Draw pictures of these modes, of every size in ``SIZES``."""
    st = strategies()
    return st.builds(picture, st.sampled_from(modes), st.sampled_from(SIZES), st.integers(0, 255))


def picture(mode: str, size: tuple[int, int], seed: int) -> Image:
    """Return a picture of noise on a ground of its own, the same for the same seed."""
    from PIL import Image as Pillow

    rng = random.Random(seed)
    width, height = size
    if mode == "I;16":
        return Pillow.frombytes(mode, size, rng.randbytes(2 * width * height))
    ground = Pillow.new("RGBA", size, (*rng.randbytes(3), 255))
    noise = Pillow.frombytes("RGBA", size, rng.randbytes(4 * width * height))
    return Pillow.blend(ground, noise, 0.3).convert(mode)


def of(image: Image) -> str:
    """Say what picture it is: ``a 1×7 RGBA picture``."""
    return f"a {image.width}×{image.height} {image.mode} picture"


def content(image: Image) -> tuple[Any, ...]:
    """Return all that a picture holds, to be compared."""
    palette = None if image.palette is None else image.palette.tobytes()
    return image.mode, image.size, image.tobytes(), palette, dict(image.info)
