"""Packages that come with an extra of promptkit's, such as ``promptkit[finish]``."""

from __future__ import annotations

from importlib.util import find_spec

from promptkit.errors import SettingsError


def need(module: str, package: str, extra: str, what: str) -> None:
    """Raise SettingsError, with the command that installs it, where a package that ``what`` needs is not there."""
    if find_spec(module) is None:
        raise SettingsError(
            f"{what} needs the package {package}, which is not installed.",
            hint=f"Install it: pip install 'promptkit[{extra}]'",
        )
