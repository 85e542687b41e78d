"""What a style is once its pack has been read: frozen, resolved, plain strings and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class StyleText:
    """Words for a slot. Braces name a slot (in ``subject``) or one of the style's choices."""

    text: str
    weight: float = 1.0


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
    """style, lighting and camera, in the order in which they are added."""
    negative: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    """Styles it does not go with: ``pack/style`` or ``pack/*``."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    finish: tuple[Mapping[str, Any], ...] = ()
    template: str | None = None
    """A verbatim template with ``{prompt}``, of an imported style."""

    @property
    def id(self) -> str:
        return f"{self.pack}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class StylePack:
    """A file of styles."""

    name: str
    version: str
    title: str
    summary: str
    licence: str
    path: str
    styles: tuple[Style, ...]
    vocabulary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
