"""Locks between processes that die with their process: the system lets go of them, however it ended."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

from promptkit.errors import LibraryError


class FileLock:
    """A lock on a small file, which stays where it is. ``wait`` waits for another process, else ``Held`` is raised."""

    def __init__(self, file: Path, *, wait: bool = False) -> None:
        self._file = file
        self._handle: IO[bytes] | None = None
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle = file.open("ab")
        except OSError as error:
            raise _unlocked(file, error) from error
        try:
            _lock(handle, wait=wait)
        except BlockingIOError:
            handle.close()
            raise Held(str(file)) from None
        except OSError as error:
            handle.close()
            raise _unlocked(file, error) from error
        self._handle = handle

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let go of it; once more does nothing."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def remove(self) -> None:
        """Remove the file and let go: only where nobody will want this lock any more."""
        self._file.unlink(missing_ok=True)
        self.release()


class Held(Exception):
    """Another process, or another run of this one, has the lock."""


def _unlocked(file: Path, error: OSError) -> LibraryError:
    return LibraryError(
        f"'{file}' cannot be locked: {error.strerror or error}.",
        hint="Put the library on a disk that knows locks and may be written to, or use --no-library.",
    )


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: IO[bytes], *, wait: bool) -> None:
        """Lock the first byte. Raises BlockingIOError where it is locked, after ten seconds with ``wait``."""
        handle.seek(0)
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(*error.args) from error
else:
    import fcntl

    def _lock(handle: IO[bytes], *, wait: bool) -> None:
        """Lock the file. Raises BlockingIOError where it is locked, and OSError where the disk knows no locks."""
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
