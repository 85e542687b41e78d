"""Writing files so that each is there whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from promptkit.errors import OutputError

CURES = {
    errno.ENOSPC: "The disk is full: free some space, or choose another folder with --out.",
    errno.EACCES: "Choose a folder that you may write to with --out.",
    errno.EROFS: "Choose a folder that you may write to with --out.",
    errno.EPERM: "Choose a folder that you may write to with --out.",
}


def prepare_folder(folder: Path) -> Path:
    """Make a folder and prove that it can be written to, before any work is done. Raises OutputError."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"'{folder}' is a file, not a folder.", hint="Choose another name with --out.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise _explain(folder, error) from error


def write_file(path: Path, write: Callable[[BinaryIO], object]) -> Path:
    """Write through a temporary file: flushed to disk, then moved into place, then the folder flushed.

    A file that is there already is left as it is when its bytes are the same; else the new one gets a number.
    Raises OutputError, with nothing half-written left.
    """
    with _written(path, write) as temporary:
        target = _free_name(path, temporary)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    return target


@contextmanager
def _written(path: Path, write: Callable[[BinaryIO], object]) -> Iterator[Path]:
    """Yield a temporary file beside ``path``, whole and on disk, to be moved from there; then flush the folder."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".promptkit-", suffix=".part")
    except OSError as error:
        raise _explain(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            write(handle)
            handle.flush()
            os.fsync(handle.fileno())
        yield temporary
        _sync_folder(path.parent)
    except OSError as error:
        raise _explain(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> Path:
    """Write a file in the place of another, which stays as it is until the new one is whole and on disk. A link is
    followed. Raises OutputError, with nothing half-written left."""
    target = path.resolve()
    try:
        mode = target.stat().st_mode
    except OSError as error:
        raise _explain(path, error) from error
    with _written(target, write) as temporary:
        temporary.chmod(mode & 0o777)
        temporary.replace(target)
    return path


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _free_name(path: Path, written: Path) -> Path:
    target, number = path, 2
    while target.exists() and target.read_bytes() != written.read_bytes():
        target = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return target


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explain(path: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        f"'{path}' cannot be written: {reason}.", hint=CURES.get(error.errno or 0, "Choose another folder with --out.")
    )
