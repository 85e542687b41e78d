"""The modules of first-party plugins, taken from their folders without installing them."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

PLUGINS = Path(__file__).parent.parent / "plugins"


def module(distribution: str) -> ModuleType:
    """Import the package of a distribution in plugins/."""
    folder = str(PLUGINS / distribution)
    if folder not in sys.path:
        sys.path.append(folder)
    return import_module(distribution.replace("-", "_"))
