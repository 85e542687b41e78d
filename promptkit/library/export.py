"""Copying pictures out of a library, with a list of what is known of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.errors import LibraryError
from promptkit.library.records import StoredPicture
from promptkit.output import prepare_folder, write_file

if TYPE_CHECKING:
    from promptkit.library.store import Library

INDEX = "index.jsonl"
INDEX_VERSION = 1

Strip = Callable[[bytes, str], bytes]
"""Given a file's bytes and its format: the same picture without what it says of itself."""


def export(library: Library, ids: Sequence[int], out: Path, *, strip: Strip | None = None) -> list[Path]:
    """Copy pictures into the folder ``out``, and list them in ``index.jsonl`` there, one JSON document a line. Returns
    the copies in the order of ``ids``. Raises LibraryError before anything is written where a file is not as the
    library has it, OutputError where one cannot be written.

    With ``strip`` neither the copies nor the list say how they were made.
    """
    pictures = library.pictures(ids)
    for picture in pictures:
        if not picture.path.is_file():
            raise LibraryError(f"'{picture.path}' is gone.", hint="promptkit library verify says what is missing.")
    folder = prepare_folder(out)
    if folder.resolve() == library.folder.resolve():
        raise LibraryError(f"'{out}' is the library itself.", hint="Choose another folder with --out.")
    copies = [_copy(picture, folder, strip) for picture in pictures]
    lines = [_line(picture, copy, strip is not None) for picture, copy in zip(pictures, copies, strict=True)]
    text = "".join(f"{json.dumps(line, sort_keys=True)}\n" for line in lines)
    write_file(folder / INDEX, lambda handle: handle.write(text.encode()))
    return copies


def _copy(picture: StoredPicture, folder: Path, strip: Strip | None) -> Path:
    content = picture.path.read_bytes()
    kept = content if strip is None else strip(content, picture.format)
    return write_file(folder / Path(picture.file).name, lambda handle: handle.write(kept))


def _line(picture: StoredPicture, copy: Path, stripped: bool) -> Mapping[str, Any]:
    """Return what the list says of a copy: no path of this machine."""
    head = {"promptkit": INDEX_VERSION, "kind": "picture", "file": copy.name}
    if stripped:
        return {**head, "width": picture.width, "height": picture.height, "format": picture.format}
    told = {name: value for name, value in picture.to_json().items() if name not in ("path", "file")}
    return {**told, **head, "recipe": picture.recipe, "picture_kind": picture.kind}
