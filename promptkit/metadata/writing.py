"""Writing pictures with what they say about themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from promptkit.finish import spoken
from promptkit.metadata.infotext import KEYWORD, infotext, quoted
from promptkit.metadata.reading import CHUNK, PictureRecord
from promptkit.pictures import kept
from promptkit.records import Candidate, Recipe
from promptkit.rgb import as_rgb

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 256 * 1024
"""A longer record is written without its phrases, which can be read from the prompt again."""
COMPRESS_LEVEL = 1
"""zlib's least: docs/search.md has what it costs and saves."""
QUALITY = 95
"""Of JPEG and WebP, in per cent."""


def write_png(handle: BinaryIO, image: Image, recipe: Recipe, candidate: Candidate) -> None:
    """Write a PNG with its recipe. The same run writes the same bytes: no time, host or path is inside."""
    record: dict[str, Any] = {
        "recipe": recipe.to_json(),
        "candidate": {
            "index": candidate.index,
            "seed": candidate.seed,
            "batch_size": candidate.batch_size,
            "shrunk": candidate.shrunk,
            "variation_seed": candidate.variation_seed,
            "scores": dict(candidate.scores),
        },
    }
    write_picture(handle, image, {KEYWORD: infotext(recipe, candidate), CHUNK: _record_text(record)})


def write_finished(
    handle: BinaryIO,
    image: Image,
    record: PictureRecord,
    steps: Sequence[Mapping[str, Any]],
    *,
    stripped: bool = False,
    kind: str = "PNG",
) -> None:
    """Write a finished copy of a picture that keeps what the picture said of itself, with the steps that were done
    since; nothing of it where it was ``stripped``."""
    before = (record.recipe or {}).get("finish") or []
    done = [*(before if isinstance(before, list) else []), *steps]
    texts = {CHUNK: _record_text({"recipe": {**(record.recipe or {}), "finish": done}, "candidate": record.candidate})}
    if record.infotext is not None:
        lines = [line for line in (record.infotext, f"Finish: {quoted(spoken(steps))}") if line]
        texts = {KEYWORD: ", ".join(lines), **texts}
    write_picture(handle, image, {} if stripped else texts, kind=kind)


def write_picture(handle: BinaryIO, image: Image, texts: Mapping[str, str], *, kind: str = "PNG") -> None:
    """Write a picture as PNG, JPEG or WebP, with the EXIF and the ICC profile that it carries.

    ``texts`` are chunks of a PNG; the other formats take none.
    """
    if kind == "PNG":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        for keyword, text in texts.items():
            info.add_itxt(keyword, _encodable(text))
        image.save(handle, format=kind, pnginfo=info, compress_level=COMPRESS_LEVEL, **kept(image))
        return
    fitting = image if image.mode in ("RGB", "L") or (kind == "WEBP" and image.mode == "RGBA") else as_rgb(image)
    fitting.save(handle, format=kind, quality=QUALITY, **kept(image))


def _record_text(record: Mapping[str, Any]) -> str:
    text = json.dumps(record, sort_keys=True, ensure_ascii=True)
    if len(text) <= MAX_BYTES:
        return text
    return json.dumps({**record, "recipe": {**record["recipe"], "phrases": []}}, sort_keys=True, ensure_ascii=True)


def _encodable(text: str) -> str:
    """Replace what UTF-8 and PNG cannot hold; the JSON chunk keeps the exact text, escaped."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
