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
    shared: bool = False
    """Whether another distribution has a plugin of the same name."""

    @property
    def switches(self) -> tuple[str, ...]:
        """The names to switch."""
        if self.plugin is None:
            return (self.distribution.name,)
        return (f"{self.distribution.name}.{self.plugin}" if self.shared else self.plugin,)


def find(name: str) -> Found:
    """Return the installed plugin, or the distribution, of that name. Raises UnknownNameError."""
    every = distributions()
    plugins = [(made, entry.name) for made in every for entry in made.of(PLUGINS)]
    for distribution, plugin in plugins:
        if name in (plugin, f"{distribution.name}.{plugin}"):
            shared = sum(other == plugin for _, other in plugins) > 1
            return Found(distribution=distribution, plugin=plugin, shared=shared)
    for distribution in every:
        if canonical(name) == canonical(distribution.name):
            return Found(distribution=distribution)
    names = [plugin for _, plugin in plugins] + [made.name for made in every]
    near = [] if canonical(name) == "promptkit" else nearest(name, names)
    shown = [*(plugin for _, plugin in plugins), *(made.name for made in every if not made.of(PLUGINS))]
    listed = f"Installed are: {', '.join(shown)}." if names else "None is installed; promptkit plugins install NAME."
    raise UnknownNameError("installed plugin", name, near, hint=None if near else listed)
