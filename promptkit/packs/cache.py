"""What checked packs came to, kept from run to run, so that a pack is validated when it changes and at no other time.

One JSON file. An entry counts while its pack file has the same times, size and inode, and while promptkit's version and
the code that reads packs are the same; the whole file counts while its checksum fits. Nothing here can fail: without a
usable cache packs are validated again, and a cache that cannot be written is not.
"""

from __future__ import annotations

import json
import os
import stat
import time
import zlib
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from promptkit.errors import PackError
from promptkit.packs.resolve import PlainPack
from promptkit.packs.style import FORMAT

MAX_ENTRIES = 2000
MAX_BYTES = 64 << 20
SETTLED_NS = 2_000_000_000
"""A file changed so recently is not kept: it might change again within the tick of its file system's clock."""
_HEAD = '{{"crc32":"{:08x}","packs":'
_HEAD_LENGTH = len(_HEAD.format(0))


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of what can be made again: ``$PROMPTKIT_HOME/cache``, else the platform's cache folder."""
    home = environment.get("PROMPTKIT_HOME")
    if home:
        return Path(home) / "cache"
    from platformdirs import user_cache_path

    return user_cache_path("promptkit")


class PackCache:
    """Checked packs and known errors by file. ``get`` and ``put`` while packs are read, then ``save``."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._used: set[str] = set()
        self._changed = False

    @cached_property
    def _entries(self) -> dict[str, Any]:
        return _load(self.file)

    def get(self, path: Path) -> PlainPack | PackError | None:
        """Return what a file came to when it was last checked; ``None`` when it is not known or has changed."""
        name = str(path.absolute())
        self._used.add(name)
        entry = self._entries.get(name)
        if not isinstance(entry, dict) or entry.get("stamp") != stamp_of(path):
            return None
        if "error" in entry:
            return PackError(**entry["error"], file=str(path))
        pack: PlainPack = entry["pack"]
        return pack

    def put(self, path: Path, stamp: list[int] | None, found: PlainPack | PackError) -> None:
        """Keep what a file came to; ``stamp`` is the file's from before it was read."""
        if stamp is None or stamp[0] > time.time_ns() - SETTLED_NS:
            return
        what = {"error": _error(found)} if isinstance(found, PackError) else {"pack": found}
        self._entries[str(path.absolute())] = {"stamp": stamp, **what}
        self._changed = True

    def save(self) -> None:
        """Write the cache in one piece if it has changed; what cannot be written is not."""
        if not self._changed:
            return
        kept = {name: entry for name, entry in self._entries.items() if name in self._used or os.path.lexists(name)}
        ordered = sorted(kept, key=lambda name: name not in self._used)[:MAX_ENTRIES]
        body = json.dumps(
            {"made_by": _made_by(), "files": {name: kept[name] for name in ordered}}, separators=(",", ":")
        )
        text = _HEAD.format(zlib.crc32(body.encode())) + body + "}"
        try:
            _replace(self.file, text)
        except OSError:
            return
        self._changed = False


def stamp_of(path: Path) -> list[int] | None:
    """Return what changes when a file does; ``None`` for what is no plain file."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return [found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino]


def _load(file: Path) -> dict[str, Any]:
    try:
        if not file.is_file() or file.stat().st_size > MAX_BYTES:
            return {}
        text = file.read_bytes().decode("ascii")
        body = text[_HEAD_LENGTH:-1]
        if text[:_HEAD_LENGTH] != _HEAD.format(zlib.crc32(body.encode())):
            return {}
        content = json.loads(body)
        files: dict[str, Any] = content["files"] if content["made_by"] == _made_by() else {}
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return {}
    return files


@cache
def _made_by() -> list[Any]:
    """Return what decides how a pack is read: a checkout keeps its version number while its code changes."""
    from promptkit import __version__

    code = [(entry.name, entry.stat().st_mtime_ns) for entry in os.scandir(Path(__file__).parent) if entry.is_file()]
    return [__version__, FORMAT, zlib.crc32(repr(sorted(code)).encode())]


def _error(error: PackError) -> dict[str, Any]:
    return {key: getattr(error, key) for key in ("message", "line", "column", "key", "hint")}


def _replace(file: Path, text: str) -> None:
    """Write a file in one piece, so that another process reads the old one or the new one."""
    from tempfile import mkstemp

    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(dir=file.parent, prefix=f"{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(text)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
