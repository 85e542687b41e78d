"""What lies on the desk: everything that a console's session has settled so far, to be undone and redone as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field

from promptkit.records import BEST_OF_N, GenerationSettings

CANDIDATES = 4


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The prompt as it is typed, and what a run of it would be made with. Pictures lie beside it, and stay."""

    text: str = ""
    """As typed; ``set`` and ``drop`` change it in its place."""
    negative: str = ""
    dialect: str = "a1111"
    template: bool = False
    """Whether ``text`` is a template, of which the text seed draws the prompt."""
    styles: tuple[str, ...] = ()
    """``pack/style``, or ``pack/style:weight``."""
    override: tuple[str, ...] = ()
    """Slots in which styles replace what was typed."""
    locked: tuple[str, ...] = ()
    """Slots that neither ``vary`` nor ``suggest`` nor a style may touch."""
    model: str = "embedded"
    ranker: str | None = None
    seed: int = 0
    candidates: int = CANDIDATES
    text_seed: int = 0
    settings: GenerationSettings = field(default_factory=GenerationSettings)
    search: str = BEST_OF_N
    variation_seed: int | None = None
    variation_strength: float | None = None
    finish: str | None = None
    """A chain; ``None`` is the styles' own, ``"none"`` none."""
    shown: int | None = None
    """Which of the session's runs candidates are counted in; ``None`` before the first."""
