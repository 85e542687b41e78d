"""A library: pictures as plain files in a folder, and SQLite beside them that knows them.

Names are loaded on first use: who asks for the library's folder alone does not wait for what reads pictures.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from promptkit.library.records import StoredPicture, StoredRun
    from promptkit.library.store import Library

__all__ = ["Library", "StoredPicture", "StoredRun"]

_HOME_OF = {"Library": "store", "StoredPicture": "records", "StoredRun": "records"}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value
