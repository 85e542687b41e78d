"""What a gallery shows of one picture: out of its file, and out of the library where that knows it."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from promptkit.errors import MetadataError
from promptkit.finish import spoken
from promptkit.gallery.commands import Command, commands
from promptkit.gallery.phrases import Piece, by_slot, read_pieces, recorded_pieces
from promptkit.gallery.thumbnails import Thumbnail, thumbnail
from promptkit.metadata import Provenance, read_provenance
from promptkit.metadata.values import mapping, number, sequence, text
from promptkit.pictures import open_picture
from promptkit.prompt import SLOTS

if TYPE_CHECKING:
    from PIL.Image import Image

    from promptkit.library import StoredPicture

ALT = 300
"""Characters of a picture's description."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture to be shown."""

    path: Path
    stored: StoredPicture | None = None
    """What a library knows of it."""
    before: Path | None = None
    """The picture that it was finished from."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A post-processor that was run on a picture."""

    text: str
    """As a chain is written."""
    before: float | None = None
    """The total before it."""
    after: float | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Card:
    """All that is shown of a picture."""

    name: str
    link: str
    """The file, relative to the page, as a URL."""
    thumb: Thumbnail
    before: Thumbnail | None = None
    """The picture that it was finished from."""
    pieces: tuple[Piece, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    negative: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)
    """``total`` first, then the slots; finite."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What else is known, each with its name: seed, model, sampler, …"""
    tags: tuple[str, ...] = ()
    rating: int | None = None
    made: float = 0.0
    """Seconds since 1970, UTC."""
    steps: tuple[Step, ...] = ()
    commands: tuple[Command, ...] = ()

    @property
    def prompt(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def alt(self) -> str:
        """The prompt slot by slot, for those who do not see the picture."""
        said = "; ".join(f"{slot}: {words}" for slot, words in self.slots.items()) or self.prompt or self.name
        return said if len(said) <= ALT else f"{said[: ALT - 1]}…"

    @property
    def weakest(self) -> tuple[str, float] | None:
        """The slot that the picture says least, with its score; ``None`` where no slot was judged."""
        slots = {name: value for name, value in self.scores.items() if name != "total"}
        return min(slots.items(), key=lambda pair: pair[1]) if slots else None


def card_of(picture: Picture, *, page: Path, side: int) -> tuple[Card, Image]:
    """Return what is shown of a picture on ``page``, with thumbnails within ``side`` pixels, and the picture. Raises
    MetadataError for what cannot be opened; where only the one before cannot, that is left out."""
    opened = open_picture(picture.path)
    said, stored = read_provenance(opened), picture.stored
    recipe = mapping(said.recipe if said and said.recipe else stored.recipe if stored else None)
    pieces = _pieces(said, stored, recipe)
    file = _relative(picture.path, page.parent)
    before = None
    if picture.before is not None:
        with suppress(MetadataError):
            before = thumbnail(open_picture(picture.before).image, side)
    card = Card(
        name=picture.path.name,
        link=_url(file, picture.path),
        thumb=thumbnail(opened.image, side),
        before=before,
        pieces=pieces,
        slots=by_slot(pieces),
        negative=text(recipe.get("negative")) or (said.negative if said else stored.negative if stored else ""),
        scores=_scores(said, stored),
        facts=dict(_facts(said, stored, recipe, opened.image.size)),
        tags=stored.tags if stored else (),
        rating=stored.rating if stored else None,
        made=_made(picture),
        steps=tuple(map(_step, said.finish)) if said else (),
        commands=commands(said, file or str(picture.path)),
    )
    return card, opened.image


def _pieces(said: Provenance | None, stored: StoredPicture | None, recipe: Mapping[str, Any]) -> tuple[Piece, ...]:
    recorded = recorded_pieces(recipe)
    if recorded is not None:
        return recorded
    typed = said.prompt if said and said.prompt else stored.prompt if stored else ""
    return read_pieces(typed, said.dialect if said else "a1111") if typed else ()


def _relative(path: Path, folder: Path) -> str | None:
    """Return where a file lies, seen from a folder, with ``/``; ``None`` where it lies on another drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return None


def _url(file: str | None, path: Path) -> str:
    """Return a relative URL, which begins with a dot so that no name can be a scheme."""
    if file is None:
        return path.absolute().as_uri()
    return quote(os.fsencode(file if file.startswith("../") else f"./{file}"))


def _scores(said: Provenance | None, stored: StoredPicture | None) -> dict[str, float]:
    found = dict(stored.scores) if stored and stored.scores else mapping(said.candidate if said else None).get("scores")
    values = {name: number(value) for name, value in mapping(found).items()}
    order = ("total", *SLOTS, *sorted(set(values) - {"total", *SLOTS}))
    known = ((name, values.get(name)) for name in order)
    return {name: float(value) for name, value in known if value is not None and math.isfinite(value)}


def _facts(
    said: Provenance | None, stored: StoredPicture | None, recipe: Mapping[str, Any], size: tuple[int, int]
) -> Iterator[tuple[str, str]]:
    """Yield what is known beside prompt and scores; what is not known is left out."""
    settings = said.settings if said else mapping(recipe.get("settings"))
    candidate = mapping(said.candidate if said else None)
    named = {
        "seed": said.seed if said and said.seed is not None else stored.seed if stored else None,
        "variation seed": candidate.get("variation_seed"),
        "model": text(said.model.get("name")) if said else stored.model if stored else None,
        "sampler": said.sampler if said else stored.sampler if stored else None,
        "steps": settings.get("num_inference_steps"),
        "guidance": settings.get("guidance_scale"),
        "size": f"{size[0]}x{size[1]}",
        "styles": ", ".join(filter(text, sequence(recipe.get("styles")))),
        "made by": said.tool if said else stored.tool if stored else None,
        "library id": stored.id if stored else None,
    }
    yield from ((name, _plain(value)) for name, value in named.items() if value not in (None, ""))


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _made(picture: Picture) -> float:
    if picture.stored:
        return picture.stored.made or picture.stored.added
    return picture.path.stat().st_mtime


def _step(step: Mapping[str, Any]) -> Step:
    scores = mapping(step.get("scores"))
    before, after = (number(mapping(scores.get(when)).get("total")) for when in ("before", "after"))
    return Step(
        text=spoken([step]) if isinstance(step.get("settings"), dict) else str(step["name"]),
        before=before,
        after=after,
        note=text(step.get("note")) or "",
    )


def score_names(cards: Sequence[Card]) -> list[str]:
    """Return the names of all scores of the cards, in the order in which they are shown."""
    found = {name for card in cards for name in card.scores}
    return [name for name in ("total", *SLOTS, *sorted(found - {"total", *SLOTS})) if name in found]
