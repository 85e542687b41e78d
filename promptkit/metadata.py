"""What a picture says about itself: the recipe in PNG text chunks, for promptkit and for tools that read A1111's."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from promptkit.errors import MetadataError
from promptkit.finish import spoken
from promptkit.records import Candidate, Recipe

if TYPE_CHECKING:
    from PIL.Image import Image

CHUNK = "promptkit"
INFOTEXT = "parameters"
FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 256 * 1024
"""A longer record is written without its phrases, which can be read from the prompt again."""
COMPRESS_LEVEL = 1
"""zlib's least: docs/search.md has what it costs and saves."""
MAX_READ = 1024 * 1024
"""Characters; Pillow reads no more of a compressed text. Four texts of 32 KiB stay below it, escaped at six to one."""


@dataclass(frozen=True)
class PictureRecord:
    """What was found in a picture."""

    recipe: Mapping[str, Any] | None
    """The recipe as JSON, when promptkit wrote it."""
    candidate: Mapping[str, Any] | None
    infotext: str | None
    """A1111's text, whoever wrote it."""


def infotext(recipe: Recipe, candidate: Candidate) -> str:
    """Return the text that A1111 and its kin show: prompt, negative prompt, settings."""
    settings, variation = recipe.settings, recipe.variation or {}
    pairs = {
        "Steps": settings.get("num_inference_steps"),
        "Sampler": settings.get("sampler"),
        "CFG scale": settings.get("guidance_scale"),
        "Seed": candidate.seed,
        "Size": f"{settings.get('width')}x{settings.get('height')}",
        "Model hash": (recipe.model.get("hash") or "")[:10] or None,
        "Model": recipe.model.get("name"),
        "Variation seed": candidate.variation_seed,
        "Variation seed strength": variation.get("strength"),
        "Template": recipe.drawn_from,
        "Finish": spoken(recipe.finish) or None,
        "Version": f"promptkit {recipe.environment.get('promptkit')}",
    }
    line = ", ".join(f"{key}: {_quoted(str(value))}" for key, value in pairs.items() if value is not None)
    negative = [f"Negative prompt: {recipe.negative}"] if recipe.negative else []
    return "\n".join((recipe.resolved, *negative, line))


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if any(sign in value for sign in ",:\n") else value


def write_png(handle: BinaryIO, image: Image, recipe: Recipe, candidate: Candidate) -> None:
    """Write a PNG with its recipe. The same run writes the same bytes: no time, host or path is inside."""
    from PIL.PngImagePlugin import PngInfo

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
    info = PngInfo()
    info.add_itxt(INFOTEXT, _encodable(infotext(recipe, candidate)))
    info.add_itxt(CHUNK, _record_text(record))
    image.save(handle, format="PNG", pnginfo=info, compress_level=COMPRESS_LEVEL)


def write_finished(handle: BinaryIO, image: Image, record: PictureRecord, steps: Sequence[Mapping[str, Any]]) -> None:
    """Write a finished copy of a picture as a PNG that keeps what the picture said of itself, with the steps that were
    done since."""
    from PIL.PngImagePlugin import PngInfo

    before = (record.recipe or {}).get("finish") or []
    done = [*(before if isinstance(before, list) else []), *steps]
    kept = {"recipe": {**(record.recipe or {}), "finish": done}, "candidate": record.candidate}
    info = PngInfo()
    if record.infotext is not None:
        lines = [line for line in (record.infotext, f"Finish: {_quoted(spoken(steps))}") if line]
        info.add_itxt(INFOTEXT, _encodable(", ".join(lines)))
    info.add_itxt(CHUNK, _record_text(kept))
    image.save(handle, format="PNG", pnginfo=info, compress_level=COMPRESS_LEVEL)


def _record_text(record: Mapping[str, Any]) -> str:
    text = json.dumps(record, sort_keys=True, ensure_ascii=True)
    if len(text) <= MAX_BYTES:
        return text
    return json.dumps({**record, "recipe": {**record["recipe"], "phrases": []}}, sort_keys=True, ensure_ascii=True)


def _encodable(text: str) -> str:
    """Replace what UTF-8 and PNG cannot hold; the JSON chunk keeps the exact text, escaped."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def open_picture(path: Path) -> Image:
    """Open a PNG, JPEG or WebP and load it as RGB. Raises MetadataError for what is none, is cut short, or is a
    bomb."""
    from PIL import Image as Pillow

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with Pillow.open(path, formats=FORMATS) as image:
                texts = dict(getattr(image, "text", {}) or {})
                picture = image.convert("RGB")
    except FileNotFoundError:
        raise MetadataError(f"There is no file '{path}'.", hint="Check the path.") from None
    except IsADirectoryError:
        raise MetadataError(f"'{path}' is a folder.", hint=f"Give the pictures in it: {path}/*.png") from None
    except Exception as error:
        raise _unreadable(path, error) from error
    picture.info["promptkit-texts"] = texts
    return picture


def _unreadable(path: Path, error: Exception) -> MetadataError:
    """Return what to say of a file that Pillow does not read."""
    from PIL import UnidentifiedImageError

    if "truncated" in str(error).lower():
        return MetadataError(f"'{path}' is cut off.", hint="Make it, or copy it, once more.")
    if isinstance(error, UnidentifiedImageError):
        return MetadataError(f"'{path}' is no picture that promptkit reads.", hint="It reads PNG, JPEG and WebP.")
    return MetadataError(
        f"'{path}' cannot be read as a picture: {str(error).rstrip('.')}.", hint="promptkit reads PNG, JPEG and WebP."
    )


def read_record(picture: Image) -> PictureRecord:
    """Return what an opened picture says about how it was made; wrong shapes count as nothing found."""
    texts = {key: value for key, value in picture.info.get("promptkit-texts", {}).items() if len(value) <= MAX_READ}
    data: Any = None
    if CHUNK in texts:
        try:
            data = json.loads(texts[CHUNK])
        except (ValueError, RecursionError):
            data = None
    found = data if isinstance(data, dict) else {}
    return PictureRecord(_mapping(found.get("recipe")), _mapping(found.get("candidate")), texts.get(INFOTEXT))


def _mapping(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) else None
