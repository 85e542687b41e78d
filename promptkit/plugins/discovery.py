"""Finding the plugins that are installed, and those that need another promptkit; nothing is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from promptkit.errors import PluginError
from promptkit.installed.distributions import PLUGINS, Distribution, Entry, canonical, distributions, is_plain

PROJECT = "promptkit"


def installed() -> Iterator[tuple[Distribution, Entry]]:
    """Yield the entry points of installed plugins, in the order of the distributions' and their own names."""
    for distribution in distributions():
        for entry in sorted(distribution.of(PLUGINS), key=lambda entry: entry.name):
            yield distribution, entry


def check_fit(distribution: Distribution) -> None:
    """Refuse a distribution that says it needs another promptkit than this one. Raises PluginError."""
    from promptkit import __version__

    for needed in unmet(distribution, {PROJECT: __version__}):
        raise PluginError(
            f"it needs {needed}, and this is promptkit {__version__}",
            hint=f"Upgrade one of the two: python -m pip install --upgrade promptkit {distribution.name}",
        )


def check_name(name: str) -> None:
    """Refuse a name that nobody can type or that would do something to a terminal. Raises PluginError."""
    if not is_plain(name):
        raise PluginError(
            "its name has blanks, signs or characters that cannot be seen",
            hint="Its author gives it a name of letters, digits, '-', '_' and '.'; until then, uninstall it.",
        )


@dataclass(frozen=True, kw_only=True)
class Need:
    """A requirement that what is installed does not meet."""

    name: str
    specifier: str
    version: str
    """What is there instead."""

    def __str__(self) -> str:
        return f"{self.name}{self.specifier}"


def unmet(distribution: Distribution, versions: Mapping[str, str]) -> list[Need]:
    """Return the requirements of a distribution that ``versions``, by canonical name, do not meet; those of extras and
    of other platforms do not count, nor do packages that ``versions`` does not name, nor lines that are none."""
    lines = distribution.headers().get("requires-dist", ())
    return [need for line in lines if _first_word(line) in versions for need in _unmet(line, versions)]


def _unmet(line: str, versions: Mapping[str, str]) -> Iterator[Need]:
    from packaging.requirements import Requirement

    try:
        needed = Requirement(line)
        here = versions[canonical(needed.name)]
        applies = needed.marker is None or needed.marker.evaluate({"extra": ""})
        if applies and not needed.specifier.contains(here, prereleases=True):
            yield Need(name=needed.name, specifier=str(needed.specifier), version=here)
    except ValueError:
        return


def _first_word(line: str) -> str:
    end = next((at for at, char in enumerate(line) if not (char.isalnum() or char in "-_.")), len(line))
    return canonical(line[:end])
