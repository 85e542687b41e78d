"""What is known about one plugin."""

from __future__ import annotations

from dataclasses import dataclass, field

OK = "ok"
SKIPPED = "not loaded"
DISABLED = "disabled"
QUARANTINED = "quarantined"
SLOW_SECONDS = 0.2
"""A plugin that takes longer to load is pointed at."""


@dataclass
class PluginRecord:
    """What is known about one plugin, loaded or not."""

    name: str
    version: str
    status: str = OK
    error: str | None = None
    """What went wrong last, in one line; why it is quarantined, where it is."""
    cure: str | None = None
    trace: str | None = None
    seconds: float = 0.0
    """Time to import and register."""
    hooks: tuple[str, ...] = ()
    builtin: bool = False
    distribution: str | None = None
    """The installed package that it came in."""
    entry: str | None = None
    """``module`` or ``module:attribute``."""
    printed: str = ""
    """What it printed while it was loaded; this reached no terminal."""
    notes: list[str] = field(default_factory=list)
    """What is odd about it and stops nothing."""
    failures: int = field(default=0, repr=False)

    @property
    def slow(self) -> bool:
        return self.seconds > SLOW_SECONDS

    def remarks(self) -> list[str]:
        """Return what a person should know of it, the reason of its state first."""
        told = [self.error] if self.error else []
        if self.slow and not self.builtin:
            told.append(f"slow: takes {self.seconds * 1000:.0f} ms to load")
        if self.printed:
            told.append("prints while it is loaded, which is kept from the output")
        return [*told, *self.notes]
