"""What a style is once its pack has been read: frozen, resolved, plain strings and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
SLOT_ORDER = ("subject", "style", "lighting", "camera")
"""The order in which what styles add follows the typed text."""


@dataclass(frozen=True, kw_only=True)
class StyleText:
    """Words for a slot. Braces name a slot (in ``subject``) or one of the style's choices."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where an imported style comes from."""

    tool: str
    """Whose rules its templates follow: one of ``frames.TOOLS``."""
    name: str = ""
    """Its name in that tool, letter for letter."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """One style with everything it inherits."""

    pack: str
    name: str
    title: str
    summary: str = ""
    subject: str | None = None
    """Words round ``{subject}``."""
    slots: Mapping[str, tuple[StyleText, ...]] = field(default_factory=dict)
    """style, lighting and camera, where it says something of them."""
    order: tuple[str, ...] = ()
    """All slots, in the order in which its words are added; empty for the usual order."""
    negative: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    """Styles it does not go with: ``pack/style`` or ``pack/*``."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    """What to know when it is used with a model, by the model's name: for people to read."""
    finish: tuple[Mapping[str, Any], ...] = ()
    template: str | None = None
    """What an imported style puts round the prompt, word for word; ``{prompt}`` stands for the prompt."""
    negative_template: str | None = None
    """The same for the negative prompt."""
    dialect: str | None = None
    """How its texts write weights; None where there are none, or where that is not known."""
    origin: Origin | None = None

    @property
    def verbatim(self) -> bool:
        """Whether it is applied word for word, not slot by slot."""
        return self.template is not None or self.negative_template is not None or self.origin is not None

    @property
    def id(self) -> str:
        return f"{self.pack}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Grade:
    """A named look: numbers for the post-processor ``grade``."""

    pack: str
    name: str
    summary: str
    settings: Mapping[str, float | str]
    """What it sets, by the names of ``packs.grades.KNOBS``, as a chain has them."""

    @property
    def id(self) -> str:
        return f"{self.pack}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class StylePack:
    """A file of styles and grades."""

    name: str
    version: str
    title: str
    summary: str
    licence: str
    path: str
    styles: tuple[Style, ...]
    grades: tuple[Grade, ...] = ()
    vocabulary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    """Files whose pack of the same name does not count because this one does."""
