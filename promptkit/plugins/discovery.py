"""Finding the plugins that are installed, and those that need another promptkit; nothing is imported."""

from __future__ import annotations

from collections.abc import Iterator

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


def unmet(distribution: Distribution, versions: dict[str, str]) -> list[str]:
    """Return the requirements of a distribution that ``versions``, by canonical name, do not meet; those of extras and
    of other platforms do not count, nor do packages that ``versions`` does not name."""
    lines = distribution.headers().get("requires-dist", ())
    asked = [line for line in lines if _first_word(line) in versions]
    if not asked:
        return []
    from packaging.requirements import InvalidRequirement, Requirement

    found = []
    for line in asked:
        try:
            needed = Requirement(line)
        except InvalidRequirement:
            continue
        applies = needed.marker is None or needed.marker.evaluate({"extra": ""})
        if applies and not needed.specifier.contains(versions[canonical(needed.name)], prereleases=True):
            found.append(f"{needed.name}{needed.specifier}")
    return found


def _first_word(line: str) -> str:
    end = next((at for at, char in enumerate(line) if not (char.isalnum() or char in "-_.")), len(line))
    return canonical(line[:end])
