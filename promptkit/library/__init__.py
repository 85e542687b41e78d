"""A library: pictures as plain files in a folder, and SQLite beside them that knows them."""

from promptkit.library.records import StoredPicture, StoredRun
from promptkit.library.store import Library

__all__ = ["Library", "StoredPicture", "StoredRun"]
