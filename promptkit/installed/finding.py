"""From what a person types after ``plugins info`` or ``disable`` to what is installed; nothing is imported."""

from __future__ import annotations

from dataclasses import dataclass

from promptkit.errors import UnknownNameError
from promptkit.installed.distributions import PLUGINS, Distribution, canonical, distributions
from promptkit.names import nearest


@dataclass(frozen=True, kw_only=True)
class Found:
    """One plugin, or a whole distribution where ``plugin`` is ``None``."""

    distribution: Distribution
    plugin: str | None = None

    @property
    def switches(self) -> tuple[str, ...]:
        """The names to switch."""
        return (self.distribution.name,) if self.plugin is None else (self.plugin,)


def find(name: str) -> Found:
    """Return the installed plugin, or the distribution, of that name. Raises UnknownNameError."""
    every = distributions()
    for distribution in every:
        for entry in distribution.of(PLUGINS):
            if name in (entry.name, f"{distribution.name}.{entry.name}"):
                return Found(distribution=distribution, plugin=entry.name)
    for distribution in every:
        if canonical(name) == canonical(distribution.name):
            return Found(distribution=distribution)
    names = [entry.name for made in every for entry in made.of(PLUGINS)] + [made.name for made in every]
    near = nearest(name, names)
    listed = f"Installed are: {', '.join(names)}." if names else "None is installed; promptkit plugins install NAME."
    raise UnknownNameError("installed plugin", name, near, hint=None if near else listed)
