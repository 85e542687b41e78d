"""Writing pictures with what they say about themselves.

A PNG carries the infotext as ``parameters``, our record as ``promptkit``, and XMP; JPEG and WebP carry the infotext as
EXIF's user comment and the record inside XMP. The same run writes the same bytes: no time, host or path is inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from promptkit.finish import spoken
from promptkit.metadata.carried import XMP, XMP_CHUNK, Carried
from promptkit.metadata.exif import with_comment
from promptkit.metadata.infotext import FINISH, infotext, quoted
from promptkit.metadata.readers.a1111 import KEYWORD, infotext_in
from promptkit.metadata.readers.own import CHUNK, record_of
from promptkit.metadata.record import (
    LEFT_OUT,
    MAX_BYTES,
    WITHOUT_PHRASES,
    as_json,
    new_record,
    record_text,
    without_phrases,
)
from promptkit.metadata.values import mapping, sequence
from promptkit.metadata.xmp import COMPOSITE, SYNTHETIC, described, merged
from promptkit.pictures import kept
from promptkit.records import Candidate, Recipe
from promptkit.rgb import as_rgb

if TYPE_CHECKING:
    from PIL.Image import Image

COMPRESS_LEVEL = 1
"""zlib's least: docs/search.md has what it costs and saves."""
QUALITY = 95
"""Of JPEG and WebP, in per cent."""
SEGMENT = 65_000
"""Bytes that fit into one segment of a JPEG, which holds 65,533 with what stands before them."""
NO_INFOTEXT = "Its infotext was too long for a JPEG and was left out."


def write_png(
    handle: BinaryIO, image: Image, recipe: Recipe, candidate: Candidate, *, kind: str = "PNG"
) -> tuple[str, ...]:
    """Write a picture of a run, as PNG or as another ``kind``. Returns what had to be left out, in words for the
    user."""
    return write_picture(
        handle,
        image,
        {KEYWORD: infotext(recipe, candidate)},
        record=new_record(recipe, candidate),
        source=SYNTHETIC,
        kind=kind,
    )


def write_finished(
    handle: BinaryIO,
    image: Image,
    before: Carried,
    steps: Sequence[Mapping[str, Any]],
    *,
    stripped: bool = False,
    kind: str = "PNG",
) -> tuple[str, ...]:
    """Write a finished copy of a picture that keeps what the picture carried, whoever wrote it, with the steps that
    were done since; nothing of it where it was ``stripped``. Returns what had to be left out, in words for the user."""
    if stripped:
        return write_picture(handle, image, {}, kind=kind)
    record = record_of(before)
    recipe = mapping(record.get("recipe"))
    ours = {**recipe, "finish": [*sequence(recipe.get("finish")), *steps]}
    texts = dict(before.chunks)
    if (told := infotext_in(before)) is not None:
        texts[KEYWORD] = ", ".join(filter(None, (told, f"{FINISH}: {quoted(spoken(steps))}")))
    return write_picture(
        handle,
        image,
        texts,
        record={"recipe": ours, "candidate": record.get("candidate")},
        source=SYNTHETIC if isinstance(recipe.get("prompt"), str) else COMPOSITE if _by_network(steps) else None,
        xmp=before.texts.get(XMP),
        kind=kind,
    )


def _by_network(steps: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a network made any of a picture's pixels: those that did tell their architecture."""
    return any("architecture" in (step.get("facts") or {}) for step in steps)


def write_picture(
    handle: BinaryIO,
    image: Image,
    texts: Mapping[str, str],
    *,
    record: Mapping[str, Any] | None = None,
    source: str | None = None,
    xmp: str | None = None,
    kind: str = "PNG",
) -> tuple[str, ...]:
    """Write a picture as PNG, JPEG or WebP, with the EXIF and the ICC profile that it carries.

    ``texts`` are chunks of a PNG, of which other formats take ``parameters`` alone; ``record`` is ours; ``source`` is
    one of IPTC's digital source types, and ``xmp`` a packet that was there before. Returns what had to be left out, in
    words for the user.
    """
    if kind == "PNG":
        return _write_png(handle, image, texts, record, source, xmp)
    options, notes = _beside(image, texts.get(KEYWORD), record, source, xmp, kind)
    fitting = image if image.mode in ("RGB", "L") or (kind == "WEBP" and image.mode == "RGBA") else as_rgb(image)
    fitting.save(handle, format=kind, quality=QUALITY, **{**kept(image), **options})
    return notes


def _write_png(
    handle: BinaryIO,
    image: Image,
    texts: Mapping[str, str],
    record: Mapping[str, Any] | None,
    source: str | None,
    xmp: str | None,
) -> tuple[str, ...]:
    from PIL.PngImagePlugin import PngInfo

    info, chunks = PngInfo(), dict(texts)
    notes: tuple[str, ...] = ()
    if record is not None:
        told, notes = record_text(record)
        chunks[CHUNK] = told
    if record is not None or xmp:
        chunks[XMP_CHUNK] = merged(xmp, _described(record, source), source)
    for keyword, text in chunks.items():
        if text:
            info.add_itxt(keyword, _encodable(text))
    image.save(handle, format="PNG", pnginfo=info, compress_level=COMPRESS_LEVEL, **kept(image))
    return notes


def _beside(
    image: Image,
    told: str | None,
    record: Mapping[str, Any] | None,
    source: str | None,
    xmp: str | None,
    kind: str,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what Pillow is to write beside the pixels of a JPEG or a WebP, and what had to be left out."""
    options: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    if told:
        block = with_comment(image.info.get("exif"), told)
        if kind != "JPEG" or len(block) <= SEGMENT:
            options["exif"] = block
        else:
            notes = (NO_INFOTEXT,)
    if record is not None or xmp:
        packet, left_out = _packet(record, source, xmp, SEGMENT if kind == "JPEG" else MAX_BYTES)
        options |= {"xmp": packet} if packet else {}
        notes = (*notes, *left_out)
    return options, notes


def _packet(
    record: Mapping[str, Any] | None, source: str | None, xmp: str | None, limit: int
) -> tuple[bytes | None, tuple[str, ...]]:
    """Return the XMP of a JPEG or a WebP: whole, else without the phrases, else without our record, and last without
    what was there before."""
    if record is None:
        return (xmp or "").encode() or None, ()
    parts: tuple[tuple[Mapping[str, Any] | None, tuple[str, ...]], ...] = (
        (record, ()),
        (without_phrases(record), (WITHOUT_PHRASES,)),
        (None, (LEFT_OUT,)),
    )
    for before in (xmp, None):
        for part, notes in parts:
            text = None if part is None else as_json(part)
            packet = merged(before, _described(record, source, text), source).encode()
            if len(packet) <= limit:
                return packet, notes
    return None, (LEFT_OUT,)


def _described(record: Mapping[str, Any] | None, source: str | None, text: str | None = None) -> str:
    model = mapping(mapping((record or {}).get("recipe")).get("model"))
    return described(source=source, model=model.get("name"), licence=model.get("licence"), record=text)


def _encodable(text: str) -> str:
    """Replace what UTF-8 and PNG cannot hold; the JSON chunk keeps the exact text, escaped."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
